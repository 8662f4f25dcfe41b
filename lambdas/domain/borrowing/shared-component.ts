/**
 * What services depend on and Espalier did not deploy: databases, brokers. The settings declare them. Separate because addresses and
 * network policies are made of the same declaration.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import { LENDER } from './lender.ts';

/** One component, for environments of some kinds. */
export interface SharedComponent {
  readonly name: string;
  /** What services get as `<NAME>_URL`; it says host and port, and nobody's password. */
  readonly url: string;
  /** Where the host is, for policies, when its name does not say it: networks outside the cluster. */
  readonly addresses?: readonly string[] | undefined;
  readonly kinds: readonly EnvironmentKind[];
}

/** Where a component is: in a namespace of the cluster, or in networks outside of it. */
export type ComponentPlace =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'networks'; readonly networks: readonly string[] }
  | { readonly kind: 'unknown' };

/** Ports that URLs leave out. */
const USUAL_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'redis:': 6379,
  'rediss:': 6379,
  'amqp:': 5672,
  'amqps:': 5671,
  'mongodb:': 27017,
  'nats:': 4222,
};

/** The component of this name for this kind. */
export function componentNamed(
  components: readonly SharedComponent[] | undefined,
  kind: EnvironmentKind,
  name: string,
): SharedComponent | undefined {
  return components?.find((component) => component.name === name && component.kinds.includes(kind));
}

/** Port of a component; undefined when its URL says none and its scheme has no usual one. */
export function portOf({ url }: Pick<SharedComponent, 'url'>): number | undefined {
  const { protocol, port } = new URL(url);
  return port === '' ? USUAL_PORTS[protocol] : Number(port);
}

/** Where a component is. A short name is one in integration's namespace. */
export function placeOfComponent(installation: string, { url, addresses }: SharedComponent): ComponentPlace {
  if (addresses !== undefined) return { kind: 'networks', networks: addresses };
  const { hostname } = new URL(url);
  if (/^\d+(\.\d+){3}$/.test(hostname)) return { kind: 'networks', networks: [`${hostname}/32`] };
  const [, namespace] = /^[^.]+\.([^.]+)(?:\.svc(?:\.cluster\.local)?)?\.?$/.exec(hostname) ?? [];
  if (namespace !== undefined) return { kind: 'namespace', namespace };
  return hostname.includes('.')
    ? { kind: 'unknown' }
    : { kind: 'namespace', namespace: namespaceOf(installation, LENDER) };
}
