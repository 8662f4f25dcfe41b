/**
 * Counts the API calls of everything that runs here, so that the cost of a delivery can be read: `GET /laptop/calls` answers the
 * numbers since the start by `service:Action`. Separate because no service depends on it. What people call by themselves is not counted.
 */
import type { Call } from './api.ts';
import type { PathHandler } from './server.ts';

/** Counts what passes through `counted`, and by `count` what others hear of; `path` answers the numbers. */
export function callCounts(): { counted(call: Call): Call; count(name: string): void; readonly path: PathHandler } {
  const counts: Record<string, number> = {};
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  return {
    count,
    counted: (call) => (service, action, input, caller) => {
      if (caller.role !== undefined) count(`${service}:${action}`);
      return call(service, action, input, caller);
    },
    path: (request, response, url) => {
      if (request.method !== 'GET' || url.pathname !== '/laptop/calls') return Promise.resolve(undefined);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(counts));
      return Promise.resolve(true);
    },
  };
}
