/**
 * A constant load on this machine's own addresses, bounded in count and time. Separate from what is made of its outcomes; whoever uses
 * it starts it, does what must not lose a request, stops it, and reports.
 */
import { isIPv4 } from 'node:net';
import { Worker } from 'node:worker_threads';
import { COMMIT_HEADER } from '../../lambdas/contracts/variables.ts';
import type { Question } from './load-thread.ts';
import type { Outcome } from './outcome.ts';
import type { Sending } from './sender.ts';

export interface LoadOptions {
  /** `host:port` of the way in; nothing but this machine's own addresses. */
  readonly address: string;
  /** The Host header: the name of the route. */
  readonly name: string;
  /** Default `/health`, where a service says its commit. */
  readonly path?: string;
  /** Sent with every request, as by people who try a version by header. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests per second; half on kept connections, half on new ones. */
  readonly perSecond: number;
  /** The load ends by itself after so many requests or seconds, whatever comes first. */
  readonly requests?: number;
  readonly seconds: number;
  /** Default 5,000 ms. */
  readonly patienceMs?: number;
}

export interface Load {
  /** What became of all requests sent at this moment (milliseconds since 1970) or later, as far as it is known. */
  since(moment: number): Promise<readonly Outcome[]>;
  /** Waits for the load's own end, and answers every request of it. */
  ended(): Promise<readonly Outcome[]>;
  /** Sends nothing more, waits for what is under way, and answers every request of the load. Stopping twice is harmless. */
  stop(): Promise<readonly Outcome[]>;
}

/** This machine must stay usable: its generator, gateway, pods and cluster share its cores. */
const MOST_PER_SECOND = 1_000;
/** An hour at 300 a second; outcomes are kept in memory. */
const MOST_REQUESTS = 1_080_000;
const MOST_SECONDS = 3_600;
const PATIENCE_MS = 5_000;

/** Begins to send at once. Throws when what is asked for is out of bounds or leaves this machine. */
export function startLoad(options: LoadOptions): Load {
  const worker = new Worker(new URL('load-thread.ts', import.meta.url), { workerData: sendingOf(options) });
  const waiting = new Map<number, (outcomes: readonly Outcome[]) => void>();
  const end = Promise.withResolvers<readonly Outcome[]>();
  // Whoever stops the load hears of it; nobody else has to.
  end.promise.catch(() => undefined);
  let all: readonly Outcome[] | undefined;
  let asked = 0;
  worker.on('message', ({ id, outcomes }: { id: number | 'end'; outcomes: readonly Outcome[] }) => {
    if (id !== 'end') return waiting.get(id)?.(outcomes);
    all = outcomes;
    end.resolve(outcomes);
  });
  worker.on('error', (error) => end.reject(error));
  const tell = (question: Question): void => worker.postMessage(question);
  const lateEnough = (moment: number) => (outcomes: readonly Outcome[]) =>
    outcomes.filter(({ sentAt }) => sentAt >= moment);
  return {
    since(moment) {
      const ended = end.promise.then(lateEnough(moment));
      if (all !== undefined) return ended;
      asked += 1;
      const id = asked;
      const answered = new Promise<readonly Outcome[]>((resolve) => waiting.set(id, resolve));
      tell({ kind: 'since', id, moment });
      // A thread that ends meanwhile has said everything at its end.
      return Promise.race([answered, ended]).finally(() => waiting.delete(id));
    },
    ended: () => end.promise,
    stop() {
      if (all === undefined) tell({ kind: 'stop' });
      return end.promise;
    },
  };
}

/** Checked, with what is not given filled in. */
function sendingOf(options: LoadOptions): Sending {
  const { perSecond, seconds, requests = Math.ceil(perSecond * seconds) } = options;
  bounded('requests per second', perSecond, MOST_PER_SECOND);
  bounded('seconds', seconds, MOST_SECONDS);
  bounded('requests', requests, MOST_REQUESTS);
  return {
    ...ownAddress(options.address),
    name: options.name,
    path: options.path ?? '/health',
    headers: options.headers ?? {},
    perSecond,
    requests,
    seconds,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    mark: COMMIT_HEADER,
  };
}

function bounded(what: string, value: number, most: number): void {
  if (value > 0 && value <= most) return;
  throw new Error(
    `A load of ${String(value)} ${what} is out of bounds; allowed: more than 0, at most ${String(most)}.`,
  );
}

/** Only a loopback address can be no other machine's; a name could be anybody's. */
function ownAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(address) ?? [];
  const ipv4 = host === 'localhost' ? '127.0.0.1' : host;
  if (host === '[::1]') return { host: '::1', port: Number(port) };
  if (isIPv4(ipv4) && ipv4.startsWith('127.')) return { host: ipv4, port: Number(port) };
  throw new Error(
    `A load goes to this machine alone, and ${address} is not one of its loopback addresses; allowed: 127.0.0.1:PORT, localhost:PORT, [::1]:PORT. Forward the way in to one of these.`,
  );
}
