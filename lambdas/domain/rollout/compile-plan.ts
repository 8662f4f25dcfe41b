/**
 * From a plan as people write it to the one list of steps that a rollout carries out. Separate because blue-green, canary and
 * CodeDeploy's names all end here, and nothing behind it knows which of them it was.
 */
import { compileJudge } from '../analysis/compile-judge.ts';
import { compileMetric } from '../analysis/compile-metric.ts';
import { predefinedSteps } from './predefined.ts';
import type { HeaderMatch, Plan, Step } from './step.ts';
import {
  secondsOf,
  type Strategy,
  type WrittenBlueGreen,
  type WrittenCanary,
  type WrittenMetric,
  type WrittenPlan,
  type WrittenStep,
} from './written-plan.ts';

/** The header that reaches the new version when a plan names none. */
export const PREVIEW: HeaderMatch = { name: 'espalier-preview', value: 'yes' };
/** What an analysis measures when nobody says what: more than one failed request in a hundred is a failure. */
export const DEFAULT_METRIC: WrittenMetric = { name: 'success-rate', kind: 'success-rate', success: '>= 99' };
/** Five minutes: long enough to notice, short enough not to pay for both sides. */
const KEEP = '5m';
/** The gateway is scraped every few seconds; looking more often shows the same numbers. */
const INTERVAL = '5s';
/** How long people have to approve when the plan does not say. */
const WITHIN = '1h';
/** How long a dark version waits to be released when the plan does not say: a week holds a release that was planned. */
const DARK_FOR = '7d';

/** What the strategy words mean by themselves, with measurements and without. */
function standard(strategy: 'blue-green' | 'canary', measures: boolean): WrittenPlan {
  if (strategy === 'canary') {
    const steps = [{ weight: 10 }, { pause: '1m' }, { weight: 50 }, { pause: '1m' }, { weight: 100 }];
    return { strategy, steps, ...(measures && { metrics: [DEFAULT_METRIC] }) };
  }
  // A number of errors holds where a rate would not: before a release hardly anybody asks the service.
  return {
    strategy,
    preview: true,
    ...(measures && {
      after: { analyse: '1m' },
      metrics: [{ name: 'errors', kind: 'error-count' as const, failure: '> 10' }],
    }),
  };
}

/** `rolling` has no plan: pods are replaced in place. `unknown`: a word that is neither a strategy nor a predefined name. */
export type CompiledPlan =
  | { readonly kind: 'rolling' }
  | { readonly kind: 'plan'; readonly strategy: 'blue-green' | 'canary'; readonly plan: Plan }
  | { readonly kind: 'unknown'; readonly word: string };

/** What the text of a plan means. `measures`: there is a store to measure by, which only the strategy words ask. */
export function compilePlan(written: WrittenPlan, measures: boolean): CompiledPlan {
  if (written === 'rolling') return { kind: 'rolling' };
  if (written === 'blue-green' || written === 'canary') {
    return withName(compilePlan(standard(written, measures), measures), written);
  }
  if (typeof written === 'string') return predefined(written);
  const steps = written.strategy === 'canary' ? canarySteps(written) : blueGreenSteps(written);
  const name = darkSteps(written).length > 0 ? `dark, then ${written.strategy}` : written.strategy;
  return { kind: 'plan', strategy: written.strategy, plan: planOf(name, [...darkSteps(written), ...steps], written) };
}

function predefined(word: string): CompiledPlan {
  const steps = predefinedSteps(word);
  if (steps === undefined) return { kind: 'unknown', word };
  return { kind: 'plan', strategy: steps.length === 1 ? 'blue-green' : 'canary', plan: planOf(word, steps, {}) };
}

function withName(compiled: CompiledPlan, name: string): CompiledPlan {
  return compiled.kind === 'plan' ? { ...compiled, plan: { ...compiled.plan, name } } : compiled;
}

function planOf(
  name: string,
  steps: readonly Step[],
  {
    keep,
    interval,
    metrics,
    alarms = [],
    judge,
  }: Pick<WrittenCanary, 'keep' | 'interval' | 'metrics' | 'alarms' | 'judge'>,
): Plan {
  const intervalSeconds = secondsOf(interval ?? INTERVAL);
  const measured = metrics ?? (steps.some((step) => step.kind === 'analyse') ? [DEFAULT_METRIC] : []);
  return {
    name,
    steps,
    keepSeconds: secondsOf(keep ?? KEEP),
    intervalSeconds,
    metrics: measured.map((metric) => compileMetric(metric, intervalSeconds)),
    ...(alarms.length > 0 && { alarms }),
    ...(judge !== undefined && { judge: compileJudge(judge) }),
  };
}

/** Reached by the header, and no further until it is released. */
function darkSteps({ dark }: Pick<WrittenCanary, 'dark'>): readonly Step[] {
  if (dark === undefined || dark === false) return [];
  const { header = PREVIEW, expires = DARK_FOR } = dark === true ? {} : dark;
  return [
    { kind: 'try-by-header', match: header },
    { kind: 'stay-dark', seconds: secondsOf(expires) },
  ];
}

function blueGreenSteps({ preview, before, ask, after, dark }: WrittenBlueGreen): readonly Step[] {
  const match = typeof preview === 'object' ? preview : PREVIEW;
  // What was dark is reached by its header already.
  const opens = preview !== undefined && preview !== false && (dark === undefined || dark === false);
  const question = typeof ask === 'object' ? ask.question : ask;
  const within = typeof ask === 'object' ? ask.within : undefined;
  return [
    ...(opens ? [{ kind: 'try-by-header' as const, match }] : []),
    ...(before === undefined ? [] : [{ kind: 'analyse' as const, seconds: secondsOf(before.analyse) }]),
    ...(question === undefined ? [] : [askStep(question, within)]),
    { kind: 'shift', candidatePercent: 100 },
    ...(after === undefined ? [] : [{ kind: 'analyse' as const, seconds: secondsOf(after.analyse) }]),
  ];
}

function canarySteps({ steps }: WrittenCanary): readonly Step[] {
  return steps.map((step, index) => canaryStep(step, steps.slice(0, index)));
}

function canaryStep(step: WrittenStep, before: readonly WrittenStep[]): Step {
  if ('header' in step) return { kind: 'try-by-header', match: step.header };
  if ('weight' in step) return { kind: 'shift', candidatePercent: step.weight };
  if ('analyse' in step) return { kind: 'analyse', seconds: secondsOf(step.analyse) };
  if (step.pause !== UNTIL_APPROVED) return { kind: 'pause', seconds: secondsOf(step.pause) };
  const weight = before.reduce((percent, earlier) => ('weight' in earlier ? earlier.weight : percent), 0);
  return askStep(step.question ?? `It serves ${String(weight)} % of the requests. Go on?`, step.within);
}

function askStep(question: string, within: string | undefined): Step {
  return { kind: 'ask', question, deadlineSeconds: secondsOf(within ?? WITHIN) };
}

/** The pause that people end. */
export const UNTIL_APPROVED = 'until-approved';

/** The strategy that a compiled plan belongs to, as settings allow or refuse it; undefined for an unknown word. */
export function strategyOf(compiled: CompiledPlan): Strategy | undefined {
  return compiled.kind === 'plan' ? compiled.strategy : compiled.kind === 'rolling' ? 'rolling' : undefined;
}
