/** Who a service is. Separate because every object, message and record of a service begins with this. */

/** Who a service is. */
export interface Identity {
  readonly apiVersion: 'espalier.dev/v1';
  /** 1–24 characters, a DNS label. */
  readonly name: string;
  /** Whom people ask about it: a team, a person, a channel. */
  readonly owner?: string;
}
