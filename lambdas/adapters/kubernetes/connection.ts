/**
 * Speaks HTTPS with the Kubernetes API: one connection pool per process, time limits, one more try on a connection that the other
 * side had closed meanwhile. Separate because nothing here knows what is asked.
 */
import { Agent, request, type RequestOptions } from 'node:https';
import { TransientError } from '../../domain/errors.ts';
import type { BearerToken } from './bearer-token.ts';

/** Where the API is and who asks: by token (functions) or by certificate (an administrator's kubeconfig). */
export interface ConnectionOptions {
  /** `https://host[:port]` */
  readonly endpoint: string;
  /** Certificate authority of the API server, PEM. */
  readonly authority: string;
  readonly token?: BearerToken;
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Headers of every request, such as those by which an administrator acts as somebody else. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: object;
  readonly contentType?: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Milliseconds: a healthy API server answers within one, writes with admission within a few seconds. */
const ANSWER_LIMIT = 10_000;

/** A pool of connections to one API server. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #agent: Agent;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: options.authority, ...options.certificate });
  }

  /** One request; every answer of the API is an answer, also a refusal. */
  async send(what: ApiRequest): Promise<ApiResponse> {
    try {
      return await this.#once(what);
    } catch (error) {
      // Requests here are safe to repeat. A function that was asleep holds connections which the server has closed.
      if (!(error instanceof StaleConnectionError)) throw error;
      return await this.#once(what);
    }
  }

  /** One GET of something that is not the API's own: headers and the beginning of the text, whoever answers, however slowly. */
  async glance(
    path: string,
    limits: { readonly timeoutMs: number; readonly mostBytes: number },
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }> {
    const token = await this.#options.token?.();
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#options.endpoint), {
        method: 'GET',
        agent: this.#agent,
        headers: {
          accept: '*/*',
          'user-agent': 'espalier',
          ...headersOf(this.#options),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        // For the whole answer: one that comes byte by byte for ever ends here too.
        signal: AbortSignal.timeout(limits.timeoutMs),
      });
      outgoing.on('response', (incoming) => {
        const headers = Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        );
        let text = '';
        const done = (): void => resolve({ status: incoming.statusCode ?? 0, headers, text });
        incoming.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          if (text.length < limits.mostBytes) return;
          done();
          incoming.destroy();
        });
        incoming.on('end', done);
        incoming.on('error', reject);
      });
      outgoing.on('error', (error) =>
        reject(
          error.name === 'TimeoutError' || error.name === 'AbortError'
            ? new Error(`no answer within ${String(limits.timeoutMs / 1000)} seconds`)
            : error,
        ),
      );
      outgoing.end();
    });
  }

  /** Closes the pool. */
  close(): void {
    this.#agent.destroy();
  }

  async #once(what: ApiRequest): Promise<ApiResponse> {
    const token = await this.#options.token?.();
    const body = what.body === undefined ? undefined : JSON.stringify(what.body);
    const options: RequestOptions = {
      method: what.method,
      agent: this.#agent,
      timeout: ANSWER_LIMIT,
      headers: {
        accept: 'application/json',
        'user-agent': 'espalier',
        ...headersOf(this.#options),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': what.contentType ?? 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      },
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(what.path, this.#options.endpoint), options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', (error) => reject(unreachable(error)));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) }),
        );
      });
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`no answer within ${String(ANSWER_LIMIT / 1000)} seconds`)),
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnectionError() : unreachable(error));
      });
      outgoing.end(body);
    });
  }
}

function headersOf({ headers = {} }: ConnectionOptions): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

class StaleConnectionError extends Error {}

function unreachable(error: NodeJS.ErrnoException): TransientError {
  const why = error.message === '' ? (error.code ?? 'no reason given') : error.message;
  return new TransientError(`The Kubernetes API could not be reached: ${why}`, { cause: error });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
