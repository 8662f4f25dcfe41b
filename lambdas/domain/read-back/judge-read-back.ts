/**
 * Does the route serve the pushed commit? Three looks, in the order in which they become true: the route is accepted by its Gateway,
 * only pods of the commit serve, and the health path answers through the gateway.
 * Separate because "announced only when it answers" rests on these rules alone.
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { judgePod, type PodVerdict } from '../readiness/judge-pod.ts';
import type { ParentReference } from '../way-in/gateway.ts';

/** `not-yet` says what is missing; it may still come, unless only another delivery brings it (`lost`). */
export type ReadBack =
  { readonly kind: 'true' } | { readonly kind: 'not-yet'; readonly missing: string; readonly lost?: true };

const TRUE: ReadBack = { kind: 'true' };
const notYet = (missing: string): ReadBack => ({ kind: 'not-yet', missing });

/** What we read of an HTTPRoute. */
export interface RouteReading {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: {
    readonly parents?: readonly {
      readonly parentRef: {
        readonly namespace?: string;
        readonly name: string;
        readonly sectionName?: string;
      };
      readonly conditions?: readonly RouteCondition[];
    }[];
  };
}

interface RouteCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** Accepted by the Gateway it wants, in its present generation, with all backends found. */
export function judgeRoute(route: RouteReading | undefined, wanted: ParentReference): ReadBack {
  if (route === undefined) return notYet('the route does not exist');
  const gateway = `Gateway ${wanted.namespace}/${wanted.name}`;
  const parent = route.status?.parents?.find(
    ({ parentRef }) =>
      parentRef.name === wanted.name &&
      parentRef.namespace === wanted.namespace &&
      parentRef.sectionName === wanted.sectionName,
  );
  if (parent === undefined) return notYet(`${gateway} has not looked at route ${route.metadata.name} yet`);
  for (const type of ['Accepted', 'ResolvedRefs']) {
    const condition = parent.conditions?.find((candidate) => candidate.type === type);
    if (condition === undefined || (condition.observedGeneration ?? 0) < (route.metadata.generation ?? 0)) {
      return notYet(`${gateway} has not taken the newest change of route ${route.metadata.name} on yet`);
    }
    if (condition.status !== 'True') {
      const why = [condition.reason, condition.message].filter((word) => word !== undefined).join(': ');
      return notYet(`${gateway} says ${type}=${condition.status} of route ${route.metadata.name} (${why})`);
    }
  }
  return TRUE;
}

/** How many pods a Service leads to. */
export function countReady(slices: readonly EndpointSlice[]): number {
  return new Set(readyIn(slices).map(({ targetRef, addresses }) => targetRef?.name ?? addresses[0])).size;
}

/** A condition that is absent counts as ready. Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions */
function readyIn(slices: readonly EndpointSlice[]) {
  return slices.flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false));
}

/** At least one endpoint is ready, and every ready one is a pod of the commit; where none is, what its pods say about that. */
export function judgeEndpoints(slices: readonly EndpointSlice[], podsOfCommit: readonly Pod[]): ReadBack {
  const ready = readyIn(slices);
  if (ready.length === 0) return judgeNobody(podsOfCommit.map(judgePod));
  const names = new Set(podsOfCommit.map(({ metadata }) => metadata?.name));
  const other = ready.find(({ targetRef }) => !names.has(targetRef?.name ?? ''));
  if (other === undefined) return TRUE;
  return notYet(`pod ${other.targetRef?.name ?? '?'} of another version still serves`);
}

/** Pods were ready before traffic was pointed to them: what became of them since? */
function judgeNobody(verdicts: readonly PodVerdict[]): ReadBack {
  const nobody = 'no pod is ready behind the Service';
  const lost = verdicts.find((verdict) => verdict.kind === 'never');
  if (lost !== undefined) {
    return { kind: 'not-yet', missing: `${nobody}. ${lost.because}`, ...(lost.passing === true && { lost: true }) };
  }
  const slow = verdicts.find((verdict) => verdict.kind === 'waiting');
  return notYet(slow === undefined ? nobody : `${nobody}, which waits for ${slow.on}`);
}

/** What a prober said. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly commit?: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** The health path answers 2xx, and with the commit if it names one. */
export function judgeAnswer(answer: Answer, commit: string, url: string): ReadBack {
  if (answer.kind === 'unreachable') return notYet(`${url} cannot be reached: ${answer.reason}`);
  if (answer.status < 200 || answer.status > 299) return notYet(`${url} answers ${String(answer.status)}`);
  if (answer.commit === undefined || answer.commit === commit) return TRUE;
  return notYet(`${url} still answers as commit ${answer.commit.slice(0, 8)}`);
}
