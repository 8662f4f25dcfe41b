/**
 * Who asks: by client certificate, bearer token or not at all, and on whose behalf. Separate because everything after it only
 * knows users.
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { User } from './attempt.ts';
import { isAllowed } from './rbac.ts';
import { ApiError } from './status.ts';
import type { Store } from './store.ts';

/** Maps a bearer token to a user; undefined when it is not valid. */
export type Authenticate = (bearerToken: string) => Promise<{ username: string; groups: string[] } | undefined>;

const everybody = 'system:authenticated';
const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');

/** The user of a request, after impersonation. */
export async function userOf(request: IncomingMessage, authenticate: Authenticate, store: Store): Promise<User> {
  const user = await realUser(request, authenticate);
  const header = request.headers['impersonate-user'];
  if (header === undefined) {
    if (request.headers['impersonate-group'] !== undefined)
      throw new ApiError(
        500,
        'InternalError',
        'Internal error occurred: requested [{Group}] without impersonating a user',
      );
    return user;
  }
  const username = String(header);
  const wanted = [request.headersDistinct['impersonate-group'] ?? []].flat();
  const [, account] = /^system:serviceaccount:([^:]+):/.exec(username) ?? [];
  check(user, 'users', username, store);
  for (const group of wanted) check(user, 'groups', group, store);
  const implied = account && wanted.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account}`] : [];
  return { username, groups: [...new Set([...wanted, ...implied, everybody])] };
}

function check(user: User, resource: string, name: string, store: Store): void {
  if (isAllowed(store, user, { verb: 'impersonate', group: '', resource, name })) return;
  throw new ApiError(
    403,
    'Forbidden',
    `${resource} "${name}" is forbidden: User "${user.username}" cannot impersonate resource "${resource}" in API group "" at the cluster scope`,
    { name, kind: resource },
  );
}

async function realUser(request: IncomingMessage, authenticate: Authenticate): Promise<User> {
  const socket = request.socket as TLSSocket;
  const certificate = socket.authorized ? socket.getPeerCertificate() : undefined;
  if (certificate?.subject) {
    const { CN, O } = certificate.subject as unknown as { CN: string; O?: string | string[] };
    return { username: CN, groups: [...[O ?? []].flat(), everybody] };
  }
  const { authorization } = request.headers;
  if (authorization === undefined) return { username: 'system:anonymous', groups: ['system:unauthenticated'] };
  const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  const user = token === undefined ? undefined : await authenticate(token);
  if (!user) throw unauthorized();
  return { username: user.username, groups: [...new Set([...user.groups, everybody])] };
}
