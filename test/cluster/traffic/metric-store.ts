/**
 * The cluster's Prometheus behind a door that can fail for one environment: away, empty or late. Separate because the store itself is
 * everybody's, and the scenarios beside must not notice.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the store fails. `late`: it answers after whoever asked has lost patience. */
export type StoreFault = 'away' | 'empty' | 'late';

const LATE_MS = 10_000;
const NOTHING = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });

export class MetricStore {
  /** Where functions ask. */
  readonly url: string;
  /** By namespace that a query names. */
  readonly faults = new Map<string, StoreFault>();
  readonly #stop: () => Promise<unknown>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    this.#stop = () => {
      server.closeAllConnections();
      return once(server.close(), 'close');
    };
  }

  /** Opens the door to the store at `url`. */
  static async open(url: string): Promise<MetricStore> {
    const server = createServer((incoming, outgoing) => {
      let query = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (query += part));
      incoming.on('end', () => store.#answer(new URL(incoming.url ?? '/', url), incoming, query, outgoing));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const store = new MetricStore(server);
    return store;
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  #answer(target: URL, { method, headers }: IncomingMessage, query: string, outgoing: ServerResponse): void {
    const asked = new URLSearchParams(query).get('query') ?? '';
    const fault = [...this.faults].find(([namespace]) => asked.includes(namespace))?.[1];
    if (fault === 'away') return void outgoing.destroy();
    if (fault === 'empty') return void outgoing.end(NOTHING);
    const pass = (): void => {
      const sent = request(target, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      sent.on('error', () => outgoing.destroy());
      sent.end(query);
    };
    if (fault === 'late') setTimeout(pass, LATE_MS).unref();
    else pass();
  }
}
