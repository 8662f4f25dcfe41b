/**
 * How a service is reached from outside: what people are told, and where a request really goes.
 * Separate because links in notices and the requests of read-back must agree.
 */
import type { Access } from '../../contracts/kinds.ts';
import type { WayIn } from './gateway.ts';

/** One way to ask a service. */
export interface Reach {
  /** What people are told: a link, and the Host header to send where no name leads to the gateway. */
  readonly shown: string;
  /** Base of the URL to ask, without a path. */
  readonly url: string;
  /** Where to connect instead of looking the URL's name up: host or host:port. */
  readonly connectTo?: string;
}

/** Addresses of the managed gateway's load balancers. */
export type Addresses = Readonly<Partial<Record<Access, string>>>;

/**
 * How to reach this host by this way in. A way in without domain is plain HTTP; a gateway on the machine itself is reached by
 * `*.localhost`, which every browser and curl resolves there.
 */
export function reach(host: string, wayIn: WayIn, addresses: Addresses): Reach {
  const address = wayIn.address ?? (wayIn.gateway === undefined ? addresses[wayIn.access] : undefined);
  if (address !== undefined && isLoopback(address)) {
    const port = /:\d+$/.exec(address)?.[0] ?? '';
    return { shown: `http://${host}${port}/`, url: `http://${host}${port}`, connectTo: address };
  }
  const scheme = wayIn.domain === undefined ? 'http' : 'https';
  const url = `${scheme}://${host}`;
  if (address === undefined) return { shown: `${url}/`, url };
  const shown = wayIn.domain === undefined ? `http://${address}/ with header Host: ${host}` : `${url}/`;
  return { shown, url, connectTo: address };
}

function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost)(:\d+)?$/.test(address);
}
