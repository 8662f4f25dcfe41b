/**
 * What a plan must fulfil before anything live is touched. Separate because settings and service files are both checked by it,
 * at synth, at delivery and by the command line.
 */
import { ALARM_INTERVAL, askedInterval } from '../analysis/alarms.ts';
import { checkJudge } from '../analysis/compile-judge.ts';
import { checkMetrics } from '../analysis/check-metrics.ts';
import { PLACEHOLDERS, unknownPlaceholders } from '../analysis/queries.ts';
import { baselinePercent } from './baseline.ts';
import { percentAfter, type Plan, type Step } from './step.ts';

/** Longest single wait: a week. Executions live for a year at most; nobody watches a rollout longer than this. */
export const LONGEST_WAIT_SECONDS = 7 * 24 * 3600;
/** Longest that a version stays dark: a month of double cost. */
export const LONGEST_DARK_SECONDS = 30 * 24 * 3600;
/** Longest stay of the old side after promotion: a day of double cost. */
export const LONGEST_KEEP_SECONDS = 24 * 3600;
/** Longest time between two looks at the metrics: an hour. */
const LONGEST_INTERVAL = 3_600;
/**
 * Step Functions ends an execution at 25,000 history events; a plan may come to 20,000, which leaves room for retries.
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const HISTORY_BUDGET = 20_000;
/** Events of one round of wait, observe and decide: Wait 2, Task 5 twice, Choice 2; rounded up. */
const EVENTS_PER_ROUND = 15;
/** Events of looking outside once: Choice 2, Task 5 for the look and 5 for the round after it. */
const EVENTS_PER_LOOK = 12;

/** Events that a plan may come to, with everything it could ask and measure. */
export function historyEvents(plan: Plan): number {
  const rounds = plan.steps.reduce((sum, step) => sum + roundsOf(step, plan.intervalSeconds), 0);
  const events = (rounds + 4) * EVENTS_PER_ROUND + looksOf(plan) * EVENTS_PER_LOOK;
  return events + alarmLooksOf(plan) * (EVENTS_PER_LOOK + EVENTS_PER_ROUND);
}

/** How often the plan looks at its alarms, each time by waking from a wait of its own. */
function alarmLooksOf(plan: Plan): number {
  if ((plan.alarms ?? []).length === 0) return 0;
  const looks = (step: Step): number => {
    if (step.kind === 'ask') return Math.ceil(step.deadlineSeconds / askedInterval(plan));
    return step.kind === 'pause' || step.kind === 'analyse' ? Math.ceil(step.seconds / ALARM_INTERVAL) : 1;
  };
  return plan.steps.reduce((sum, step) => sum + looks(step), 0);
}

/** How often the plan looks outside the network: one look takes every metric along that is due, so that this is the most. */
function looksOf({ steps, metrics }: Plan): number {
  const outside = metrics.filter(({ source }) => source.kind === 'cloudwatch');
  const measured = steps.flatMap((step) => (step.kind === 'pause' || step.kind === 'analyse' ? [step.seconds] : []));
  return measured.reduce(
    (sum, seconds) =>
      sum + outside.reduce((looks, { intervalSeconds }) => looks + Math.ceil(seconds / intervalSeconds), 0),
    0,
  );
}

function roundsOf(step: Step, interval: number): number {
  return step.kind === 'pause' || step.kind === 'analyse' ? 1 + Math.ceil(step.seconds / interval) : 2;
}

/** Everything that is wrong with a plan, as sentences; empty when it can be carried out. */
export function checkPlan(plan: Plan): readonly string[] {
  return [
    ...checkWeights(plan.steps),
    ...checkWaits(plan),
    ...checkHeaders(plan.steps),
    ...checkHistory(plan),
    ...checkAnalysis(plan),
    ...checkAlarms(plan),
    ...checkJudge(plan),
  ];
}

function checkWeights(steps: readonly Step[]): readonly string[] {
  const weights = steps.flatMap((step) => (step.kind === 'shift' ? [step.candidatePercent] : []));
  const outside = weights.filter((weight) => !Number.isInteger(weight) || weight < 1 || weight > 100);
  if (outside.length > 0) {
    return [`found the weight ${outside.join(', ')}; allowed: whole numbers from 1 to 100`];
  }
  const falls = weights.findIndex((weight, index) => index > 0 && weight <= (weights[index - 1] ?? 0));
  if (falls > 0) {
    return [
      `the weight ${String(weights[falls])} comes after ${String(weights[falls - 1])}; weights must rise from step to step`,
    ];
  }
  if (weights.at(-1) !== 100) {
    return [
      `the last weight is ${String(weights.at(-1) ?? 'missing')}; a plan must end at 100: add a step with weight 100`,
    ];
  }
  return [];
}

function checkWaits(plan: Plan): readonly string[] {
  const problems: string[] = [];
  if (!Number.isInteger(plan.intervalSeconds) || plan.intervalSeconds < 1 || plan.intervalSeconds > LONGEST_INTERVAL) {
    problems.push(
      `found an interval of ${String(plan.intervalSeconds)} s; allowed: 1 s to ${String(LONGEST_INTERVAL)} s (an hour)`,
    );
  }
  for (const step of plan.steps) {
    const seconds =
      step.kind === 'ask'
        ? step.deadlineSeconds
        : step.kind === 'shift' || step.kind === 'try-by-header'
          ? 1
          : step.seconds;
    const longest = step.kind === 'stay-dark' ? LONGEST_DARK_SECONDS : LONGEST_WAIT_SECONDS;
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > longest) {
      const words = step.kind === 'stay-dark' ? 'a month' : 'a week';
      problems.push(`found a wait of ${String(seconds)} s; allowed: 1 s to ${String(longest)} s (${words})`);
    }
  }
  if (!(plan.keepSeconds >= 0) || plan.keepSeconds > LONGEST_KEEP_SECONDS) {
    problems.push(
      `found a keep time of ${String(plan.keepSeconds)} s; allowed: 0 to ${String(LONGEST_KEEP_SECONDS)} s (a day)`,
    );
  }
  return problems;
}

function checkHeaders(steps: readonly Step[]): readonly string[] {
  const late = steps.findIndex((step, index) => step.kind === 'try-by-header' && percentAfter(steps, index) > 0);
  if (late >= 0) {
    return [
      'a header step comes after a weight; a version can be tried by header only before it takes part of all requests',
    ];
  }
  const dark = steps.findIndex((step) => step.kind === 'stay-dark');
  return dark >= 0 && steps.some((step, index) => step.kind === 'try-by-header' && index > dark)
    ? ['a header step comes after dark, which has a header already; name it there: dark: { header: { name, value } }']
    : [];
}

function checkHistory(plan: Plan): readonly string[] {
  const events = historyEvents(plan);
  if (events <= HISTORY_BUDGET) return [];
  return [
    `the plan would come to about ${String(events)} history events of its execution; allowed: ${String(HISTORY_BUDGET)}. ` +
      `Measure less often (intervalSeconds is ${String(plan.intervalSeconds)}) or shorten the pauses`,
  ];
}

function checkAlarms({ alarms = [] }: Plan): readonly string[] {
  return alarms.flatMap((name) =>
    unknownPlaceholders(name).map(
      (placeholder) =>
        `the alarm "${name}" has an unknown placeholder ${placeholder}; allowed: ${PLACEHOLDERS.map((word) => `$${word}`).join(', ')}`,
    ),
  );
}

/** An analysis of nothing would never end well, and one that ends before its first measurement neither. */
function checkAnalysis(plan: Plan): readonly string[] {
  const { steps, metrics } = plan;
  const problems = [...checkMetrics(metrics)];
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'analyse') continue;
    const percent = percentAfter(steps, index);
    // A judge has something to say only while candidate and baseline have requests.
    const isJudged = baselinePercent(plan, percent) > 0;
    if (metrics.length === 0 && !isJudged)
      problems.push('the plan analyses but has no metrics; add metrics, or pause instead');
    for (const { name, initialDelaySeconds, intervalSeconds, source } of metrics) {
      const first = initialDelaySeconds + intervalSeconds;
      if (source.kind === 'job' && first <= step.seconds && first + source.withinSeconds > step.seconds) {
        problems.push(
          `an analysis of ${String(step.seconds)} s ends before the job "${name}" must have ended (after ${String(first + source.withinSeconds)} s); analyse for longer, or give the job less time (within)`,
        );
      }
      if (first > step.seconds) {
        problems.push(
          `an analysis of ${String(step.seconds)} s ends before the metric "${name}" is measured (after ${String(first)} s); analyse for longer, or measure earlier`,
        );
      }
    }
  }
  return problems;
}
