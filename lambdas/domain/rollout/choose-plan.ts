/**
 * Which plan a service is rolled out by: its own where the environment's kind allows it, else the kind's. Separate because the
 * settings, the service file and what can be measured meet only here, before anything live is touched.
 */
import { checkMetrics } from '../analysis/check-metrics.ts';
import { compileMetric } from '../analysis/compile-metric.ts';
import { isAskedInside, type Metric } from '../analysis/metric.ts';
import { checkPlan } from './check-plan.ts';
import { compilePlan, strategyOf, type CompiledPlan } from './compile-plan.ts';
import { BY_ROUTE, insideProblems, metricsInside, standardInside, writtenInside, type WayTo } from './inside.ts';
import type { Plan } from './step.ts';
import { STRATEGIES, type Strategy, type WrittenMetric, type WrittenPlan } from './written-plan.ts';

/** What the settings of a kind say about rollouts. */
export interface RolloutRules {
  readonly default: WrittenPlan;
  readonly allowed: readonly Strategy[];
  /** Measured in every rollout of the kind, whatever the plan measures besides. */
  readonly metrics: readonly WrittenMetric[];
  /** Watched in every rollout of the kind, besides those of the plan. */
  readonly alarms: readonly string[];
  /** The stores that this installation can ask. */
  readonly stores: { readonly prometheus: boolean; readonly cloudWatch: boolean };
}

/** The plan, or that pods are replaced in place, or why the plan cannot be carried out and what to do. */
export type ChosenPlan =
  | { readonly kind: 'in-place' }
  | { readonly kind: 'roll-out'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly message: string };

/** `own` is what the service file says, `way` how requests come to the service. */
export function choosePlan(rules: RolloutRules, own: WrittenPlan | undefined, way: WayTo = BY_ROUTE): ChosenPlan {
  const compiled = way.routed
    ? compilePlan(own ?? rules.default, rules.stores.prometheus)
    : compileInside(rules, own, way);
  if (compiled.kind === 'unknown') return refused(describeUnknown(compiled.word));
  const strategy = strategyOf(compiled);
  if (own !== undefined && strategy !== undefined && !rules.allowed.includes(strategy)) {
    return refused(
      `found a ${strategy} plan; the settings allow here: ${rules.allowed.join(', ')}. ` +
        `Choose one of them, or leave rollout out of the service file to get the environment's own plan`,
    );
  }
  if (compiled.kind === 'rolling') return { kind: 'in-place' };
  const metrics = way.routed ? rules.metrics : metricsInside(rules.metrics, way);
  const plan = withAlarms(withMetrics(compiled.plan, metrics), rules.alarms);
  const problems = [
    ...(way.routed ? [] : insideProblems(compiled, way)),
    ...checkPlan(plan),
    ...plan.metrics.flatMap((metric) => missingStore(metric, rules.stores)),
    ...(plan.judge !== undefined && !rules.stores.prometheus ? [NO_JUDGE] : []),
    ...(plan.alarms !== undefined && !rules.stores.cloudWatch ? [NO_ALARMS] : []),
  ];
  return problems.length === 0 ? { kind: 'roll-out', plan } : refused(problems.join('; '));
}

/** A kind's plan that needs a route is replaced: the author did not choose it, and could not change it. */
function compileInside(rules: RolloutRules, own: WrittenPlan | undefined, way: WayTo): CompiledPlan {
  const { prometheus } = rules.stores;
  if (own !== undefined) return compilePlan(writtenInside(own, way), prometheus);
  const ofKind = compilePlan(writtenInside(rules.default, way), prometheus);
  return insideProblems(ofKind, way).length === 0 ? ofKind : compilePlan(standardInside(way), prometheus);
}

/** Everything that is wrong with what somebody wrote, whatever the installation can measure. */
export function problemsOf(written: WrittenPlan): readonly string[] {
  const compiled = compilePlan(written, true);
  if (compiled.kind === 'unknown') return [describeUnknown(compiled.word)];
  return compiled.kind === 'rolling' ? [] : checkPlan(compiled.plan);
}

/** What more is wrong with it for a service that no route leads to. */
export function problemsInside(written: WrittenPlan, way: WayTo): readonly string[] {
  return insideProblems(compilePlan(writtenInside(written, way), true), way);
}

/** Everything that is wrong with the metrics of a kind. */
export function metricProblems(metrics: readonly WrittenMetric[]): readonly string[] {
  return checkMetrics(metrics.map((metric) => compileMetric(metric, 5)));
}

function withMetrics(plan: Plan, metrics: readonly WrittenMetric[]): Plan {
  return {
    ...plan,
    metrics: [...metrics.map((metric) => compileMetric(metric, plan.intervalSeconds)), ...plan.metrics],
  };
}

function withAlarms(plan: Plan, alarms: readonly string[]): Plan {
  const all = [...new Set([...alarms, ...(plan.alarms ?? [])])];
  return all.length === 0 ? plan : { ...plan, alarms: all };
}

const NO_JUDGE =
  'the judge needs Prometheus; set metrics.prometheus.url in the settings, or leave judge out of the plan';

const NO_ALARMS =
  'alarms need CloudWatch; set metrics.cloudWatch: true in the settings, or leave alarms out of the plan';

function missingStore({ name, source }: Metric, stores: RolloutRules['stores']): readonly string[] {
  if (isAskedInside(source)) return [];
  if (source.kind === 'cloudwatch') {
    return stores.cloudWatch
      ? []
      : [
          `the metric "${name}" needs CloudWatch; set metrics.cloudWatch: true in the settings, measure it by Prometheus, or leave it out`,
        ];
  }
  return stores.prometheus
    ? []
    : [
        `the metric "${name}" needs Prometheus; set metrics.prometheus.url in the settings, or leave metrics and analyse out of the plan`,
      ];
}

function describeUnknown(word: string): string {
  return (
    `found ${JSON.stringify(word.slice(0, 80))}; allowed: ${STRATEGIES.join(', ')}, a CodeDeploy name such as ` +
    `Canary10Percent5Minutes or Linear10PercentEvery1Minute, or a block with strategy: blue-green or canary`
  );
}

function refused(message: string): ChosenPlan {
  return { kind: 'refused', message };
}
