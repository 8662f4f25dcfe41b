/**
 * Sends requests at a constant rate and notes what became of every one. The rate does not depend on the answers: what hangs does not
 * hold up what comes after it. Separate from the thread it runs in.
 */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { ConnectionUse, Ending, Outcome } from './outcome.ts';

/** What to send, and the bounds of it. */
export interface Sending {
  readonly host: string;
  readonly port: number;
  /** The Host header: the name of the route. */
  readonly name: string;
  readonly path: string;
  /** Besides the Host header and the one about the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly perSecond: number;
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds after which a request without an answer is lost. */
  readonly patienceMs: number;
  /** The header by which a service marks an answer as its own, and says its commit. */
  readonly mark: string;
}

/** Kept connections, used in turn: enough that each one idles between requests as a browser's would. */
const KEPT_CONNECTIONS = 16;
const TICK_MS = 5;
/** Codes of Node.js in the words of a report. */
const REASONS: Readonly<Record<string, string>> = { ECONNRESET: 'reset', ECONNREFUSED: 'refused' };
const TIMED_OUT = 'time-out';

export class Sender {
  readonly #sending: Sending;
  readonly #kept = new Agent({ keepAlive: true, maxSockets: KEPT_CONNECTIONS, scheduling: 'fifo' });
  readonly #outcomes: Outcome[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #ticking: NodeJS.Timeout | undefined;
  #begun = 0;
  #sent = 0;
  #underWay = 0;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  /** Settles when the last request has its end. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What became of the requests that were sent at this moment or later, as far as it is known. */
  since(moment: number): readonly Outcome[] {
    return this.#outcomes.filter(({ sentAt }) => sentAt >= moment);
  }

  start(): void {
    this.#begun = performance.now();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Sends nothing more; what is under way is still waited for. */
  stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#endWhenQuiet();
  }

  #tick(): void {
    const { perSecond, requests, seconds } = this.#sending;
    const elapsed = (performance.now() - this.#begun) / 1000;
    const due = Math.min(requests, Math.floor(Math.min(elapsed, seconds) * perSecond));
    while (this.#sent < due) this.#send();
    if (this.#sent >= requests || elapsed >= seconds) this.stop();
  }

  #send(): void {
    const connection: ConnectionUse = this.#sent % 2 === 0 ? 'kept' : 'new';
    this.#sent += 1;
    this.#underWay += 1;
    const { host, port, name, path, headers, patienceMs } = this.#sending;
    const sentAt = Date.now();
    const begun = performance.now();
    const outgoing = request({
      host,
      port,
      path,
      agent: connection === 'kept' ? this.#kept : false,
      headers: { ...headers, host: name, connection: connection === 'kept' ? 'keep-alive' : 'close' },
    });
    let ended = false;
    const late = setTimeout(() => {
      end({ kind: 'broken', reason: TIMED_OUT });
      outgoing.destroy();
    }, patienceMs);
    const end = (ending: Ending): void => {
      if (ended) return;
      ended = true;
      clearTimeout(late);
      this.#outcomes.push({ sentAt, tookMs: performance.now() - begun, connection, ending });
      this.#underWay -= 1;
      this.#endWhenQuiet();
    };
    this.#hear(outgoing, end);
    outgoing.end();
  }

  #hear(outgoing: ClientRequest, end: (ending: Ending) => void): void {
    const broken = (error: NodeJS.ErrnoException): void =>
      end({ kind: 'broken', reason: REASONS[error.code ?? ''] ?? error.code ?? error.message });
    outgoing.on('error', broken);
    outgoing.on('response', (answer: IncomingMessage) => {
      answer.on('error', broken);
      answer.on('end', () => {
        const said = answer.headers[this.#sending.mark];
        const commit = typeof said === 'string' ? said : undefined;
        end({
          kind: 'answered',
          status: answer.statusCode ?? 0,
          ours: commit !== undefined,
          ...(commit !== undefined && { commit }),
        });
      });
      answer.resume();
    });
  }

  #endWhenQuiet(): void {
    if (this.#ticking !== undefined || this.#underWay > 0) return;
    this.#kept.destroy();
    this.#ended.resolve();
  }
}
