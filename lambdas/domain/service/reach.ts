/** How a service is reached and asked whether it is well. Separate because traffic and probes are made of it. */

/** What a service speaks: requests over HTTP, gRPC, or bytes over TCP, which no route from outside leads to. */
export const PROTOCOLS = ['http', 'grpc', 'tcp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A further port by its name. */
export interface NamedPort {
  readonly port: number;
  readonly protocol: Protocol;
}

/** How a service is reached. */
export interface Reach {
  /** `none`: no way in from outside, only others in the cluster call it. */
  readonly routes?: 'none';
  /** Absent: http. */
  readonly protocol?: Protocol;
  /** Port the container listens on, 1024–65535 (containers are not root). */
  readonly port: number;
  /** Further ports, which others in the cluster reach under the service's name by the same number. */
  readonly ports?: Readonly<Record<string, NamedPort>>;
  /** Path that answers 200 when the service runs, and can take requests unless `readiness` says so. Of http only. */
  readonly health: string;
  /** Path on which the service answers whether it really works, asked once per delivery and change of configuration. */
  readonly selfCheck?: string;
  /** Path that answers 200 while the service can take requests; absent: `health`. */
  readonly readiness?: string;
  /** Requests that must be answered through the route before a version is announced. */
  readonly checks?: readonly Check[];
}

/** One request and what it must answer. */
export interface Check {
  readonly path: string;
  readonly status: number;
  /** Text that the answer must hold. */
  readonly contains?: string;
}

/** What a service speaks. */
export function protocolOf({ protocol }: Pick<Reach, 'protocol'>): Protocol {
  return protocol ?? 'http';
}

/** Whether a route from outside leads to a service. */
export function hasRoute({ routes, protocol }: Partial<Pick<Reach, 'routes' | 'protocol'>>): boolean {
  return routes !== 'none' && protocol !== 'tcp';
}
