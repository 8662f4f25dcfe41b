/**
 * What measurements mean: one measurement by its conditions, and all of them by their limits. Separate because it is pure, and the
 * only place where a number becomes a verdict.
 * Limits and the order in which they are looked at follow argo-rollouts (`assessMetricStatus`), except that a number that is none and a
 * metric that was never measured are never a success.
 * Source: https://github.com/argoproj/argo-rollouts/blob/master/docs/features/analysis.md
 */
import type { Instant } from '../environment/record.ts';
import type { Analysis } from '../rollout/observation.ts';
import { describeCondition, fulfils, type Metric, type MetricSource } from './metric.ts';
import type { MetricTally, Tally } from './tally.ts';

/** What one measurement brought. */
export type Measurement =
  | { readonly kind: 'value'; readonly value: number }
  /** Fewer requests than the minimum sample. */
  | { readonly kind: 'too-few'; readonly requests: number }
  /** It has not come to an end yet. */
  | { readonly kind: 'pending'; readonly on: string }
  /** Away, empty, late, or nonsense. */
  | { readonly kind: 'error'; readonly because: string };

type Answer = 'success' | 'failure' | 'inconclusive' | 'error' | 'too-few' | 'pending';

/** Failure counts first; between the conditions it is inconclusive; with one condition its opposite is the other. */
export function answerOf(metric: Metric, measurement: Measurement): Answer {
  if (measurement.kind !== 'value') return measurement.kind;
  const { value } = measurement;
  if (!Number.isFinite(value)) return 'error';
  const { success, failure } = metric;
  if (failure !== undefined && fulfils(value, failure)) return 'failure';
  if (success !== undefined)
    return fulfils(value, success) ? 'success' : failure === undefined ? 'failure' : 'inconclusive';
  return failure === undefined ? 'inconclusive' : 'success';
}

/** The tally with one more measurement, taken at `now`. */
export function count(metric: Metric, before: Tally, measurement: Measurement, now: Instant): Tally {
  const answer = answerOf(metric, measurement);
  const { tooFew: _tooFew, ...old } = before[metric.name] ?? NOTHING;
  const said = describe(metric, measurement);
  const next =
    answer === 'too-few'
      ? { ...old, said, tooFew: true as const }
      : { ...old, ...(answer === 'pending' ? {} : countsOf(old, answer)), at: now, said };
  return { ...before, [metric.name]: next };
}

const NOTHING: MetricTally = {
  succeeded: 0,
  failed: 0,
  inconclusive: 0,
  consecutiveErrors: 0,
  consecutiveSuccess: 0,
  at: 0,
  said: '',
};

function countsOf(old: MetricTally, answer: Exclude<Answer, 'too-few' | 'pending'>): Partial<MetricTally> {
  return {
    succeeded: old.succeeded + Number(answer === 'success'),
    failed: old.failed + Number(answer === 'failure'),
    inconclusive: old.inconclusive + Number(answer === 'inconclusive'),
    consecutiveErrors: answer === 'error' ? old.consecutiveErrors + 1 : 0,
    consecutiveSuccess: answer === 'success' ? old.consecutiveSuccess + 1 : 0,
  };
}

/**
 * The verdict over all metrics of a step. One failing metric is enough; then one that says nothing. `ended`: the step's time is over.
 * INVARIANT: healthy only when every metric has succeeded at least once and none exceeded a limit.
 */
export function judge(metrics: readonly Metric[], tally: Tally, ended: boolean): Analysis {
  const verdicts = metrics.map((metric) => ({ verdict: verdictOf(metric, tally[metric.name], ended), metric }));
  for (const worst of ['unhealthy', 'inconclusive', 'no-data'] as const) {
    const blamed = verdicts.filter(({ verdict }) => verdict === worst);
    if (blamed.length === 0) continue;
    return { kind: worst, measurement: blamed.map(({ metric }) => reason(metric, tally, worst)).join('; ') };
  }
  const measurement = metrics.map(({ name }) => tally[name]?.said ?? `${name}: not measured yet`).join('; ');
  const healthy = metrics.length > 0 && verdicts.every(({ verdict }) => verdict === 'healthy');
  if (healthy) return { kind: 'healthy', measurement };
  const tooFew = metrics.some(({ name }) => tally[name]?.tooFew === true);
  return { kind: 'going-on', measurement, ...(tooFew && { tooFew }) };
}

function verdictOf(metric: Metric, tally: MetricTally | undefined, ended: boolean): Analysis['kind'] {
  if (tally === undefined) return 'going-on';
  if (tally.failed > metric.failureLimit) return 'unhealthy';
  if (tally.inconclusive > metric.inconclusiveLimit) return 'inconclusive';
  if (tally.consecutiveErrors > metric.errorLimit) return 'no-data';
  const { consecutiveSuccess } = metric;
  if (consecutiveSuccess > 0) return tally.consecutiveSuccess >= consecutiveSuccess ? 'healthy' : 'going-on';
  return ended && tally.succeeded > 0 && tally.consecutiveErrors === 0 ? 'healthy' : 'going-on';
}

function reason(metric: Metric, tally: Tally, verdict: 'unhealthy' | 'inconclusive' | 'no-data'): string {
  const { said = metric.name, failed = 0, inconclusive = 0, consecutiveErrors = 0 } = tally[metric.name] ?? {};
  switch (verdict) {
    case 'unhealthy':
      return `${said} (failures: ${String(failed)}, allowed: ${String(metric.failureLimit)})`;
    case 'inconclusive':
      return `${said} (inconclusive: ${String(inconclusive)}, allowed: ${String(metric.inconclusiveLimit)})`;
    case 'no-data':
      return `${said} (errors in a row: ${String(consecutiveErrors)}, allowed: ${String(metric.errorLimit)})`;
  }
}

/** Whether the metric is due: not before its delay, then once per interval; too few requests leave it due. */
export function isDue(metric: Metric, tally: Tally, stepSince: Instant, now: Instant): boolean {
  if (now < stepSince + metric.initialDelaySeconds * 1000) return false;
  const last = tally[metric.name];
  return last === undefined || last.tooFew === true || now >= last.at + metric.intervalSeconds * 1000;
}

function describe(metric: Metric, measurement: Measurement): string {
  switch (measurement.kind) {
    case 'value':
      return `${metric.name} ${shown(measurement.value)}${unit(metric.source)}, ${wanted(metric)}`;
    case 'too-few':
      return `${metric.name}: ${String(measurement.requests)} requests so far, ${String(metric.minimumSample)} needed`;
    case 'pending':
      return `${metric.name}: ${measurement.on}`;
    case 'error':
      return `${metric.name} could not be measured: ${measurement.because}`;
  }
}

function wanted({ success, failure }: Metric): string {
  const good = success === undefined ? [] : [`good ${describeCondition(success)}`];
  const bad = failure === undefined ? [] : [`bad ${describeCondition(failure)}`];
  return [...good, ...bad].join(', ');
}

function shown(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : 'is not a number';
}

function unit(source: MetricSource): string {
  return source.kind === 'success-rate' || source.kind === 'self-check' ? ' %' : source.kind === 'latency' ? ' ms' : '';
}
