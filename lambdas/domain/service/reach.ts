/** How a service is reached and asked whether it is well. Separate because traffic and probes are made of it. */

/** How a service is reached. */
export interface Reach {
  /** Port the container listens on, 1024–65535 (containers are not root). */
  readonly port: number;
  /** Path that answers 200 when the service can take requests. */
  readonly health: string;
  /** Path on which the service answers whether it really works, asked once per delivery and change of configuration. */
  readonly selfCheck?: string;
}
