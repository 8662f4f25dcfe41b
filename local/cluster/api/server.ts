/**
 * The Kubernetes API over HTTPS: who asks, whether they may, and which part answers. Separate because it is the only part that
 * knows of connections.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { attemptOf } from './attempt-of.ts';
import { userOf, type Authenticate } from './authenticate.ts';
import type { User } from './attempt.ts';
import { discover, isOfOurs } from './discovery.ts';
import type { Engine } from './engine.ts';
import { Listing } from './listing.ts';
import { isAllowed } from './rbac.ts';
import { RequestMetrics } from './request-metrics.ts';
import { parseRequest, type PathRequest, type ResourceRequest } from './request.ts';
import { parseBody, readBody, refusalOf, respond } from './respond.ts';
import { ApiError, forbidden, unsupported } from './status.ts';
import type { PodAccess } from './subresources.ts';
import { answerResource, type Services } from './verbs.ts';

/** What serving needs. */
export interface ServerOptions {
  readonly port: number;
  /** PEM of the server's key, its certificate and the authority that signs clients. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly authenticate: Authenticate;
  readonly pods: () => PodAccess | undefined;
  readonly log: (line: string) => void;
}

/** A listening API server. */
export interface ApiServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Kubernetes clients keep connections for a long time; closing one that is about to be used costs them a retry. */
const keepAliveMs = 120_000;

/** Serves an engine's objects. */
export async function startServer(engine: Engine, options: ServerOptions): Promise<ApiServer> {
  const services: Services = { engine, listing: new Listing(engine.store), pods: options.pods };
  const metrics = new RequestMetrics();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = parseRequest(request.method ?? 'GET', request.url ?? '/');
    const user = await userOf(request, options.authenticate, engine.store);
    authorize(engine, asked, user);
    metrics.count(asked);
    if (asked.kind === 'path') return answerPath(asked, request, response, metrics);
    // A proxy passes its body on, and what is refused by name needs none.
    const below = asked.resource.subresources.find((one) => one.name === asked.subresource);
    const streams = asked.subresource === 'proxy' || below?.served === false;
    const body = streams || request.method === 'GET' ? Buffer.alloc(0) : await readBody(request);
    const parsed = parseBody(body, request.headers['content-type'], asked.resource.kind);
    const attempt = attemptOf(asked, user, request.headers['user-agent']);
    return await answerResource(services, asked, attempt, parsed, request, response);
  };
  const tls = { ...options.tls, requestCert: true, rejectUnauthorized: false };
  const server: Server = createServer(tls, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const refusal = refusalOf(error, options.log);
      respond(response, refusal.code, refusal.body());
    });
  });
  server.keepAliveTimeout = keepAliveMs;
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Refuses what the user has no right to, in the API's words. */
function authorize(engine: Engine, asked: ResourceRequest | PathRequest, user: User): void {
  if (asked.kind === 'path') {
    if (isAllowed(engine.store, user, { verb: asked.verb, path: asked.path })) return;
    throw new ApiError(
      403,
      'Forbidden',
      `forbidden: User "${user.username}" cannot ${asked.verb} path "${asked.path}"`,
      {},
    );
  }
  const { verb, resource, namespace, subresource, query } = asked;
  // Who lists or watches one name asks for that object.
  const name = asked.name || (/^metadata\.name==?([^,!=]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '');
  const which = subresource ? `${resource.plural}/${subresource}` : resource.plural;
  if (isAllowed(engine.store, user, { verb, group: resource.group, resource: which, namespace, name })) return;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  throw forbidden(
    resource,
    name,
    `User "${user.username}" cannot ${verb} resource "${which}" in API group "${resource.group}" ${where}`,
  );
}

const notThere = (): ApiError => new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

function answerPath(
  asked: PathRequest,
  request: IncomingMessage,
  response: ServerResponse,
  metrics: RequestMetrics,
): void {
  const health = ['/healthz', '/livez', '/readyz'].includes(asked.path.replace(/\/(ping|log)$/, ''));
  if (health || asked.path === '/metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(health ? 'ok' : metrics.text());
    return;
  }
  const accept = request.headers.accept ?? '';
  // kubectl asks the older OpenAPI only about kinds that the newer one does not have: here it has none, which is a message of no bytes.
  if (asked.path === '/openapi/v2') {
    response.writeHead(200, { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' });
    response.end();
    return;
  }
  const aggregate = accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2;');
  const found = asked.verb === 'get' ? discover(asked.path, aggregate, request.headers.host ?? '') : undefined;
  const unknown = !asked.known && !found && !isOfOurs(asked.path);
  if (unknown) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('404 page not found\n');
    return;
  }
  if (!found && /^\/(api|apis\/[^/]+)\/[^/]+\/watch\//.test(asked.path))
    throw unsupported('the path watch/', 'list the resource itself with ?watch=true');
  if (!found) throw notThere();
  respond(
    response,
    200,
    found,
    found['kind'] === 'APIGroupDiscoveryList'
      ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
      : 'application/json',
  );
}
