/**
 * Plans of services that no route leads to. Separate because without a route there is one switch, the plain Service, and nothing that
 * a share, a header or a measurement of the gateway could mean.
 */
import { countsRequests } from '../analysis/metric.ts';
import { hasRoute, protocolOf, type Reach } from '../service/reach.ts';
import type { CompiledPlan } from './compile-plan.ts';
import type { Plan } from './step.ts';
import type { WrittenBlueGreen, WrittenMetric, WrittenPlan } from './written-plan.ts';

/** How requests come to a service, as far as its plan depends on it. */
export interface WayTo {
  /** A route leads to it, so that requests can be shared and are counted. */
  readonly routed: boolean;
  /** It answers HTTP, so that it can be asked how it is. */
  readonly http: boolean;
}

/** A service with a route. */
export const BY_ROUTE: WayTo = { routed: true, http: true };

/** How requests come to the service of a file. */
export function wayTo(reach: Pick<Reach, 'routes' | 'protocol'>): WayTo {
  return { routed: hasRoute(reach), http: protocolOf(reach) === 'http' };
}

/** Every pod answers its self-check ten seconds long before it is called by others. */
export function standardInside({ http }: WayTo): WrittenBlueGreen {
  const strategy = 'blue-green';
  return http ? { strategy, before: { analyse: '10s' }, metrics: [{ kind: 'self-check' }] } : { strategy };
}

/** A plan as it is meant without a route: its word, and an analysis that does not say what it measures. */
export function writtenInside(written: WrittenPlan, way: WayTo): WrittenPlan {
  if (written === 'blue-green') return standardInside(way);
  if (typeof written === 'string' || written.strategy === 'canary' || written.metrics !== undefined) return written;
  const analyses = written.before !== undefined || written.after !== undefined;
  return analyses && way.http ? { ...written, metrics: [{ kind: 'self-check' }] } : written;
}

/** Why a plan cannot be carried out without a route, as sentences; empty when it can. */
export function insideProblems(compiled: CompiledPlan, { http }: WayTo): readonly string[] {
  if (compiled.kind !== 'plan') return [];
  const { strategy, plan } = compiled;
  if (strategy === 'canary') {
    return [
      'found a canary plan; without a public route there are no requests to share between two versions. ' +
        'Choose blue-green with a self-check or a job, or rolling',
    ];
  }
  const header = plan.steps.some(({ kind }) => kind === 'try-by-header')
    ? [
        'found a preview by header, or dark; without a public route no request can carry the header. Remove it and check the new version with a self-check or a job',
      ]
    : [];
  const metrics = plan.metrics.flatMap(({ name, source }) => {
    if (countsRequests(source)) {
      return [
        `the metric "${name}" counts requests at the gateway, where none come without a public route; measure by self-check, job, prometheus or cloudwatch`,
      ];
    }
    return source.kind === 'self-check' && !http
      ? [`the metric "${name}" is a self-check, which a service must answer by HTTP; measure by a job`]
      : [];
  });
  return [...header, ...metrics];
}

/** Those of the kind's own metrics that mean something without a route. */
export function metricsInside(metrics: readonly WrittenMetric[], { http }: WayTo): readonly WrittenMetric[] {
  return metrics.filter(
    ({ kind }) => kind === 'job' || kind === 'prometheus' || kind === 'cloudwatch' || (kind === 'self-check' && http),
  );
}

/**
 * A plan for the one rollout in which a service gets its first route. No request could follow a weight or a header before, so what is
 * left of the plan are its questions, one switch, and the measurements that need no request; nothing can be compared.
 */
export function planBeforeRoute(plan: Plan): Plan {
  const metrics = plan.metrics.filter(({ source }) => !countsRequests(source));
  const steps = plan.steps.filter((step) => {
    if (step.kind === 'shift') return step.candidatePercent === 100;
    return step.kind === 'ask' || (step.kind === 'analyse' && metrics.length > 0);
  });
  const { judge: _judge, ...rest } = plan;
  return { ...rest, name: `${plan.name}, without a route before`, steps, metrics };
}
