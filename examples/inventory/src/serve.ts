/**
 * Listens for requests and stops without losing one. Separate because it knows nothing of what is answered.
 * On SIGTERM: no new connections, requests in flight are finished, kept connections are closed, then the process ends.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers one request; a thrown error becomes a 500. */
export type Answer = (request: Request) => Response | Promise<Response>;

const LARGEST_BODY = 64 * 1024;

/** Starts to listen; `stop` ends it in the same way as SIGTERM does. */
export function serve(answer: Answer, port: number): { readonly server: Server; stop(): Promise<void> } {
  let stopping = false;
  const server = createServer((incoming, outgoing) => {
    outgoing.on('close', () => {
      if (stopping) server.closeIdleConnections();
    });
    respond(answer, incoming, outgoing, () => stopping).catch((error: unknown) => {
      console.error(JSON.stringify({ level: 'error', message: String(error) }));
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  });
  server.listen(port, () => console.log(JSON.stringify({ level: 'info', message: 'listening', port })));
  const stop = (): Promise<void> => {
    stopping = true;
    return new Promise((resolve) => {
      server.close(() => resolve());
    });
  };
  process.once('SIGTERM', () => void stop());
  return { server, stop };
}

async function respond(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  isStopping: () => boolean,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const response = await answer(
    new Request(new URL(incoming.url ?? '/', 'http://service'), {
      method: incoming.method ?? 'GET',
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]),
      ...(body.length > 0 && { body }),
    }),
  );
  response.headers.forEach((value, name) => outgoing.setHeader(name, value));
  if (isStopping()) outgoing.setHeader('connection', 'close');
  outgoing.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()));
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LARGEST_BODY) return undefined;
  }
  return text;
}
