/**
 * Asks a route as a user would: one request, no redirects followed, the name in the URL but the connection to where the gateway is.
 * Separate because a route must be asked through the gateway, never by the Kubernetes API.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { COMMIT_HEADER } from '../../contracts/variables.ts';
import type { Prober } from '../../ports/cluster.ts';

/** Bytes of an answer that are kept. */
const LONGEST_TEXT = 65_536;

/** Over the network. Connections are not kept: each request must find its way anew. */
export class HttpProber implements Prober {
  ask(question: Parameters<Prober['ask']>[0]): ReturnType<Prober['ask']> {
    const url = new URL(question.url);
    const secure = url.protocol === 'https:';
    const [host, port] = splitAddress(question.connectTo ?? url.host, url.port || (secure ? '443' : '80'));
    const options: RequestOptions & { servername?: string } = {
      host,
      port,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      agent: false,
      timeout: question.timeoutMs,
      headers: { host: url.host, 'user-agent': 'espalier', connection: 'close' },
      ...(secure && { servername: url.hostname }),
    };
    return new Promise((resolve) => {
      const end = setTimeout(() => outgoing.destroy(new Error('no answer in time')), question.timeoutMs);
      const outgoing = (secure ? httpsRequest : httpRequest)(options, (answer) => {
        if (question.read !== true) {
          answer.resume();
          clearTimeout(end);
          resolve(answered(answer));
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => {
          if (Buffer.concat(chunks).length < LONGEST_TEXT) chunks.push(chunk);
        });
        answer.on('end', () => {
          clearTimeout(end);
          resolve({ ...answered(answer), text: Buffer.concat(chunks).toString('utf8', 0, LONGEST_TEXT) });
        });
      });
      outgoing.on('error', (error) => {
        clearTimeout(end);
        resolve({ kind: 'unreachable', reason: error.message });
      });
      outgoing.end();
    });
  }
}

function answered(answer: IncomingMessage): Extract<Awaited<ReturnType<Prober['ask']>>, { kind: 'answered' }> {
  const commit = answer.headers[COMMIT_HEADER];
  const status = answer.statusCode ?? 0;
  return typeof commit === 'string' ? { kind: 'answered', status, commit } : { kind: 'answered', status };
}

function splitAddress(address: string, defaultPort: string): [string, string] {
  const port = /:(\d+)$/.exec(address)?.[1];
  return port === undefined ? [address, defaultPort] : [address.slice(0, -port.length - 1), port];
}
