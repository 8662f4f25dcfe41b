/**
 * What a route says about the two sides. Separate because the weights in the cluster are the truth, whoever wrote them.
 */
import { isClaimTwin } from '../borrowing/baggage.ts';
import type { Percent } from './step.ts';

interface Rule {
  readonly matches?: readonly { readonly headers?: readonly unknown[] }[];
  readonly backendRefs?: readonly { readonly name?: string; readonly weight?: number }[];
}

/** Share of the candidate, and whether it is reached by a header. */
export interface WrittenRoute {
  readonly candidatePercent: Percent;
  readonly header: boolean;
  /** Share of the baseline, and whether it is named; 0 where no baseline is known. */
  readonly baselinePercent: Percent;
  readonly baselineNamed: boolean;
  /** Whether the candidate is named at all: a load balancer learns its pods only then, with whatever weight. */
  readonly named: boolean;
}

/** Reads an HTTPRoute; undefined when there is none or somebody made something else of it than Espalier writes. */
export function readRoute(
  route: object | undefined,
  sides: { readonly candidate: string; readonly stable: string; readonly baseline?: string | undefined },
): WrittenRoute | undefined {
  const { rules: written = [] } = ((route ?? {}) as { spec?: { rules?: readonly Rule[] } }).spec ?? {};
  // Each rule has a twin for callers who claim an environment; it leads to the same backends.
  const rules = written.filter((rule) => !isClaimTwin(rule));
  const isHeader = ({ matches = [] }: Rule): boolean => matches.some(({ headers = [] }) => headers.length > 0);
  const shares = rules.filter((rule) => !isHeader(rule));
  const headers = rules.filter(isHeader);
  const [share] = shares;
  if (share === undefined || shares.length > 1 || headers.length > 1) return undefined;
  const weightOf = (name: string): number =>
    (share.backendRefs ?? [])
      .filter((backend) => backend.name === name)
      .reduce((sum, { weight = 1 }) => sum + weight, 0);
  const known = [sides.candidate, sides.stable, ...(sides.baseline === undefined ? [] : [sides.baseline])];
  if ((share.backendRefs ?? []).some(({ name = '' }) => !known.includes(name))) return undefined;
  const total = known.reduce((sum, name) => sum + weightOf(name), 0);
  if (total === 0) return undefined;
  const isNamed = (name: string | undefined): boolean =>
    name !== undefined && (share.backendRefs ?? []).some((backend) => backend.name === name);
  const percentOf = (name: string | undefined): Percent => (name === undefined ? 0 : (100 * weightOf(name)) / total);
  const header = headers[0]?.backendRefs?.[0]?.name;
  return header === undefined || header === sides.candidate
    ? {
        candidatePercent: percentOf(sides.candidate),
        baselinePercent: percentOf(sides.baseline),
        baselineNamed: isNamed(sides.baseline),
        header: header !== undefined,
        named: isNamed(sides.candidate),
      }
    : undefined;
}
