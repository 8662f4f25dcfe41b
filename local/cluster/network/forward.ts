/**
 * One HTTP request passed on: bodies are streamed both ways, connection headers stay on their own side, connections are kept.
 * Separate because it knows nothing of routes and names.
 */
import { Agent, request as send } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Where to and how a request is passed on. */
export interface Onward {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** The last word on the response's headers. */
  readonly answerHeaders?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 64, timeout: 0 });

/** Headers that belong to one connection (RFC 9110 §7.6.1). */
const ofConnection =
  'connection keep-alive proxy-connection proxy-authorization te trailer transfer-encoding upgrade expect';
const connectionHeaders = new Set(ofConnection.split(' '));

/** A message's headers that may be passed on, each with all its values. */
export function onwardHeaders(message: IncomingMessage): OutgoingHttpHeaders {
  const named = (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const headers = Object.entries(message.headersDistinct).filter(
    ([name]) => !connectionHeaders.has(name) && !named.includes(name),
  );
  return Object.fromEntries(headers.map(([name, values = []]) => [name, values.length === 1 ? values[0] : values]));
}

/** Answers with a status and one sentence. */
export function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

/** Passes a request on and its response back. */
export function forward(request: IncomingMessage, response: ServerResponse, onward: Onward): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  const headers =
    hasBody && !onward.headers['content-length']
      ? { ...onward.headers, 'transfer-encoding': 'chunked' }
      : onward.headers;
  const { host, port, path } = onward;
  const upstream = send({ agent, host, port, path, method: request.method ?? 'GET', headers, setHost: false });
  upstream.on('response', (incoming) => {
    const own = onwardHeaders(incoming);
    const final = onward.answerHeaders?.(own) ?? own;
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, final);
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    if (response.destroyed) return;
    // A kept connection that its server closed just now has seen nothing of this request: as in Go's proxies it goes on a new one.
    const unseen = upstream.reusedSocket && error.code === 'ECONNRESET' && !hasBody && !response.headersSent;
    if (unseen) forward(request, response, onward);
    else answer(response, 502, `${onward.host}:${onward.port} did not answer: ${error.message}.`);
  });
  response.once('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  if (hasBody) request.pipe(upstream);
  else upstream.end();
}
