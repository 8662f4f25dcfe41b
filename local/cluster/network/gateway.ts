/**
 * The gateway's data plane: a request → rule → backend by weight → ready endpoint. Separate because it is the one place where the
 * answers 404 (no route), 500 (a backend that cannot be) and 503 (nobody ready) are decided.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { BackendReference } from '../kinds.ts';
import { backendProblem } from './attachment.ts';
import { serviceDestination } from './destination.ts';
import type { PodAddress } from './destination.ts';
import { answer, forward, onwardHeaders } from './forward.ts';
import { changedHeaders, changedPath, redirectLocation } from './route-filters.ts';
import { findRule, routeTable } from './route-table.ts';
import type { Candidate } from './route-table.ts';
import type { View } from '../view.ts';

/** A server that routes every request by the view's routes. */
export function createGateway(view: View, podAddress: PodAddress): Server {
  let table: Candidate[] = [];
  let known = -1;
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (request, response) => {
    if (known !== view.version()) {
      table = routeTable(view);
      known = view.version();
    }
    route(view, podAddress, table, request, response);
  });
  return server;
}

function route(
  view: View,
  podAddress: PodAddress,
  table: readonly Candidate[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers, method = 'GET', url = '/' } = request;
  const host = headers.host ?? '';
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const hostname = host.replace(/:\d+$/, '').toLowerCase();
  const found = findRule(table, { host: hostname, path, method, headers, query: new URLSearchParams(query) });
  if (!found) return answer(response, 404, `404 page not found: no route serves ${hostname}${path}`);
  const prefix = found.match.path?.value ?? '/';
  const redirect = found.rule.filters?.find((filter) => filter.requestRedirect)?.requestRedirect;
  if (redirect) {
    const location = redirectLocation(redirect, { host, url, prefix });
    response.writeHead(redirect.statusCode ?? 302, { location }).end();
    return undefined;
  }
  const backend = byWeight(found.rule.backendRefs ?? []);
  if (!backend) return answer(response, 503, 'no available server: the rule has no backend with a weight');
  const problem = backendProblem(view, found.route, backend);
  const service = view.get('Service', backend.namespace ?? found.route.metadata.namespace, backend.name);
  if (problem || !service) return answer(response, 500, problem?.message ?? 'backend not found');
  const destination = serviceDestination(view, service, backend.port ?? 80, podAddress);
  if (destination.kind === 'none') return answer(response, 503, `no available server: ${destination.text}`);

  const filters = [...(found.rule.filters ?? []), ...(backend.filters ?? [])];
  const rewrite = filters.find((filter) => filter.urlRewrite)?.urlRewrite;
  const onward: OutgoingHttpHeaders = {
    ...onwardHeaders(request),
    ...(rewrite?.hostname ? { host: rewrite.hostname } : {}),
    'x-forwarded-for': [headers['x-forwarded-for'] ?? [], request.socket.remoteAddress ?? ''].flat().join(', '),
    'x-forwarded-host': headers['x-forwarded-host'] ?? host,
    'x-forwarded-proto': headers['x-forwarded-proto'] ?? 'http',
  };
  forward(request, response, {
    host: destination.host,
    port: destination.port,
    path: changedPath(url, prefix, rewrite?.path),
    headers: filters.reduce((all, filter) => changedHeaders(all, filter.requestHeaderModifier), onward),
    answerHeaders: (own) => filters.reduce((all, filter) => changedHeaders(all, filter.responseHeaderModifier), own),
  });
  return undefined;
}

let requests = 0;

/** A backend in proportion to its weight. Multiples of the golden ratio spread evenly: 10 of any 100 requests for a weight of 10. */
function byWeight(backends: readonly BackendReference[]): BackendReference | undefined {
  const sum = backends.reduce((total, backend) => total + (backend.weight ?? 1), 0);
  requests += 1;
  let left = ((requests * 0.618_033_988_749_895) % 1) * sum;
  return backends.find((backend) => {
    left -= backend.weight ?? 1;
    return left < 0;
  });
}
