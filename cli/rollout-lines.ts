/**
 * A rollout in words: where the traffic is, each step with how it went, what is waited for and until when, what can be decided.
 * Separate from the command, because it is shown once or again and again.
 */
import { approvalOf } from '../lambdas/domain/rollout/approval.ts';
import { headerAt } from '../lambdas/domain/rollout/due.ts';
import { describeReason } from '../lambdas/domain/rollout/describe.ts';
import type { Rollout } from '../lambdas/domain/rollout/rollout.ts';
import { describeStep } from '../lambdas/domain/rollout/step.ts';
import type { StoredRollout } from '../lambdas/domain/rollout/stored.ts';
import { duration, printable, short } from './terminal.ts';

/** Columns of the bar that shows the weights. */
const BAR = 20;

/** The rollout in lines. */
export function rolloutLines(stored: StoredRollout, now: number): string[] {
  const { rollout } = stored;
  const { plan, phase, reason, question } = rollout;
  const approval = approvalOf(stored);
  const header = headerAt(rollout);
  return [
    `${phaseOf(rollout)}: ${weights(rollout)}`,
    `  plan        ${printable(plan.name)}`,
    ...plan.steps.map(
      (each, index) =>
        `  ${mark(rollout, index)} ${String(index + 1).padStart(2)}        ${printable(describeStep(each))}`,
    ),
    ...(header === undefined ? [] : [`  header      ${printable(`${header.name}: ${header.value}`)}`]),
    ...(phase === 'stepping' || phase === 'dark' ? [`  now         ${waitingFor(rollout, now)}`] : []),
    ...(reason === undefined ? [] : [`  returned    ${printable(describeReason(reason))}`]),
    ...(question === undefined ? [] : [`  asked       ${printable(question.text)}`]),
    ...(approval === undefined
      ? []
      : [`  decide      npx espalier decide ${approval.id} ${approval.allowed.join('|')}`]),
  ];
}

/** `[##------------------] 10 % on green (1a2b3c4d), 90 % on blue (5e6f7a8b)`. */
export function weights({ shifted, candidate, stable }: Rollout): string {
  const percent = shifted.candidatePercent;
  const filled = Math.round((percent * BAR) / 100);
  return (
    `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ` +
    `${String(percent)} % on ${candidate.side} (${short(candidate.commit)}), ${String(100 - percent)} % on ${stable.side} (${short(stable.commit)})`
  );
}

/** One line for whoever follows: weights, the step, and the time that is left of it. */
export function statusLine({ rollout }: StoredRollout, now: number): string {
  const { steps } = rollout.plan;
  const at = rollout.phase === 'stepping' ? `step ${String(rollout.step + 1)} of ${String(steps.length)}, ` : '';
  const what = rollout.phase === 'stepping' || rollout.phase === 'dark' ? waitingFor(rollout, now) : phaseOf(rollout);
  return `${weights(rollout)}  ${at}${what}`;
}

function phaseOf({ phase, pausedSince }: Rollout): string {
  return pausedSince === undefined ? phase : `${phase}, kept paused`;
}

function mark({ phase, step }: Rollout, index: number): string {
  if (phase === 'promoted') return '✓';
  if (phase !== 'stepping' && phase !== 'dark') return ' ';
  return index < step ? '✓' : index === step ? '→' : ' ';
}

function waitingFor(rollout: Rollout, now: number): string {
  const { plan, step, stepSince, question, pausedSince, darkUntil, phase } = rollout;
  const left = (until: number): string => `${duration(until - now)} left`;
  if (phase === 'dark') return `waits to be released, ${left(darkUntil ?? now)}`;
  if (question !== undefined) return `waits for an answer, ${left(question.until)}`;
  if (pausedSince !== undefined) return `kept paused for ${duration(now - pausedSince)}`;
  const current = plan.steps[step];
  if (current === undefined) return 'the plan is through';
  const timed = current.kind === 'pause' || current.kind === 'analyse';
  return printable(`${describeStep(current)}${timed ? `, ${left(stepSince + current.seconds * 1_000)}` : ''}`);
}
