/**
 * The door of an existing cluster for functions: takes their AWS bearer tokens, as EKS would, and passes their requests on in the
 * administrator's name *as* the user and groups of their access entry. So the real API server holds them to the real roles and
 * policies. Separate because it is the only part that turns one identity into another.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { Administrator } from './kubeconfig.ts';

/** What the front needs. */
export interface FrontOptions {
  readonly port: number;
  /** PEM of the front's own key and certificate. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly administrator: Administrator;
  /** Who presented this bearer token; undefined when it is not valid. */
  readonly authenticate: (bearer: string) => Promise<{ username: string; groups: string[] } | undefined>;
  /** Hears of every answer that passed. */
  readonly passed?: (method: string, path: string, status: number) => void;
}

/** A listening front. */
export interface Front {
  readonly port: number;
  stop(): Promise<void>;
}

interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** Of one connection only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1. The others are ours to say. */
const ofTheConnection = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const ours = ['host', 'authorization'];
/** API servers close idle connections after 90 s: https://github.com/kubernetes/apiserver/blob/master/pkg/server/secure_serving.go */
const idleMs = 60_000;
const clientIdleMs = 120_000;

/** Serves on 127.0.0.1. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const agent = new Agent({ keepAlive: true, timeout: idleMs, ...options.administrator.tls });
  const server = createServer(options.tls, (request, response) => {
    pass(options, agent, request, response).catch((error: unknown) =>
      refuse(response, { code: 500, reason: 'InternalError', message: (error as Error).message }),
    );
  });
  server.keepAliveTimeout = clientIdleMs;
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

async function pass(
  { administrator, authenticate, passed }: FrontOptions,
  agent: Agent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const user = bearer === undefined ? undefined : await authenticate(bearer);
  if (!user) return refuse(response, { code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  if (Object.keys(request.headers).some((name) => name.startsWith('impersonate-'))) {
    const message = `${user.username} acts for itself only: impersonation does not pass the laptop's front of a real cluster.`;
    return refuse(response, { code: 403, reason: 'Forbidden', message });
  }
  const token = await administrator.token?.();
  const { hostname, port, pathname } = new URL(administrator.endpoint);
  const outgoing = httpsRequest({
    agent,
    host: hostname,
    port: port || 443,
    // The path is never resolved: one such as `//host/` must not lead elsewhere.
    path: `${pathname.replace(/\/$/, '')}${request.url ?? '/'}`,
    method: request.method,
    headers: {
      ...without(request.headers, [...ofTheConnection, ...ours]),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'impersonate-user': user.username,
      'impersonate-group': user.groups,
    },
  });
  outgoing.on('response', (incoming) => {
    passed?.(request.method ?? '', request.url ?? '', incoming.statusCode ?? 0);
    response.writeHead(incoming.statusCode ?? 502, without(incoming.headers, ofTheConnection));
    // A watch that says nothing yet is an answer already.
    response.flushHeaders();
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  outgoing.on('error', ({ message }) =>
    refuse(response, { code: 503, reason: 'ServiceUnavailable', message: `The cluster cannot be reached: ${message}` }),
  );
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

/** Answers as the API itself refuses; an answer that has begun is cut off. */
function refuse(response: ServerResponse, { code, reason, message }: Status): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }),
  );
}
