/**
 * Asks the way in as a browser or curl would. Separate because `*.localhost` is not in every resolver: the connection goes to the
 * gateway's address and the name travels in the Host header, as `curl --resolve` does it.
 */
import { request } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One GET request of a link, by way of the gateway at `host:port`. */
export function ask(
  gateway: string,
  link: string,
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const [host, port] = gateway.split(':');
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        path,
        headers: { ...headers, host: new URL(link).host, connection: 'close' },
        timeout: 5_000,
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end();
  });
}

/** What a service of the shop says about itself and those it called. */
export interface Link {
  readonly service?: string;
  readonly environment?: string;
  readonly commit?: string;
  readonly unreachable?: string;
  readonly calls?: Readonly<Record<string, Link>>;
}

/** The answer as JSON, when the service answered 200. */
export function linkOf(answered: Answered): Link | undefined {
  return answered.status === 200 ? (JSON.parse(answered.text) as Link) : undefined;
}

/** `web@feature-login:1a2b3c4d → orders@feature-login:5e6f7a8b → inventory (away)`. */
export function chain(link: Link): string {
  const self = `${link.service ?? '?'}@${link.environment ?? '?'}:${link.commit?.slice(0, 8) ?? '?'}`;
  const calls = Object.entries(link.calls ?? {}).map(([name, called]) =>
    called.unreachable === undefined ? chain(called) : `${name} (not there)`,
  );
  return [self, ...calls].join(' → ');
}
