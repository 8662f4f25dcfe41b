/**
 * How quickly pods come and go. Separate because the numbers depend on each other and the inequality between them is what keeps a
 * switch from losing requests.
 */
import { tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';

/** Seconds. INVARIANT: deregistration < preStop < grace. */
export interface Pace {
  /** Until the gateway has certainly stopped to send requests to a pod that is going. */
  readonly deregistration: number;
  /** A pod keeps serving this long after it was told to go. */
  readonly preStop: number;
  /** A pod is killed this long after it was told to go: what is left after preStop is for requests under way. */
  readonly grace: number;
  /** A Deployment that made no progress for this long is given up. */
  readonly progress: number;
  /** A pod may take this long to begin to answer before it is started again. */
  readonly start: number;
}

/**
 * The gateway takes a change on up to 2 s late (measured with Traefik). Branch environments give requests 10 s to end, lasting ones
 * 30 s behind a load balancer of their own. A new node takes about a minute, so nothing is given up before two.
 */
const PACES = {
  branch: { deregistration: 2, preStop: 3, grace: 13, progress: 180, start: 120 },
  lasting: { deregistration: 10, preStop: 15, grace: 45, progress: 600, start: 300 },
} as const satisfies Record<string, Pace>;

/** The pace of a kind. */
export function paceOf(kind: EnvironmentKind): Pace {
  return PACES[tierOf(kind)];
}
