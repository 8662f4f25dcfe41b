/** Decisions and reasons in words, as the event log, notices and the command line show them. */
import { baselinePercent } from './baseline.ts';
import { headerAt } from './due.ts';
import type { Decision } from './decision.ts';
import type { RollBackReason, Rollout } from './rollout.ts';
import { describeStep } from './step.ts';

/** What was done; undefined for what is not worth a line. */
export function describeDecision(rollout: Rollout, decision: Decision): string | undefined {
  const { candidate, stable, plan } = rollout;
  switch (decision.kind) {
    case 'shift': {
      if (rollout.way === 'plain-service') {
        const to = decision.candidatePercent === 100 ? candidate : stable;
        return `Calls from other services go to ${to.side} (${short(to.commit)})`;
      }
      const percent = decision.candidatePercent;
      const beside = baselinePercent(plan, percent);
      const baseline = beside === 0 ? '' : `, ${String(beside)} % to the baseline`;
      return `${String(percent)} % of the requests to ${candidate.side} (${short(candidate.commit)})${baseline}, ${String(100 - percent - beside)} % to ${stable.side} (${short(stable.commit)})`;
    }
    case 'size-candidate':
      return `Sizes ${candidate.side} for ${String(decision.candidatePercent)} % of the requests`;
    case 'prepare-baseline':
      return `Starts a baseline beside them: ${short(stable.commit)} once more, sized for ${String(decision.candidatePercent)} % of the requests`;
    case 'remove-baseline':
      return 'Removes the baseline: nothing leads to it any more';
    case 'size-stable':
      return `Brings ${stable.side} to its full size`;
    case 'size-as-defined':
      return `${decision.of === 'candidate' ? candidate.side : stable.side} is sized as its service file says`;
    case 'open-header':
      return `${candidate.side} is reached by the header ${decision.match.name}: ${decision.match.value}`;
    case 'close-header':
      return `${candidate.side} is no longer reached by a header`;
    case 'open-way-in':
      return `Opens the way in from outside, to ${candidate.side}`;
    case 'close-way-in':
      return 'Closes the way in from outside';
    case 'point-service':
      return `Calls from other services go to ${decision.to === 'candidate' ? candidate.side : stable.side}`;
    case 'next-step': {
      const next = rollout.phase === 'preparing' ? (rollout.resumeAt ?? 0) : rollout.step + 1;
      const step = plan.steps[next];
      return step === undefined
        ? undefined
        : `Step ${String(next + 1)} of ${String(plan.steps.length)}: ${describeStep(step)}`;
    }
    case 'ask':
      return `Asks: ${decision.question.text}`;
    case 'keep-paused':
      return `Paused by ${decision.by}`;
    case 'resume':
      return 'Goes on';
    case 'promote':
      return `Promotes ${candidate.side} (${short(candidate.commit)})`;
    case 'stay-dark': {
      const match = headerAt(rollout);
      const header = match === undefined ? 'no header' : `the header ${match.name}: ${match.value}`;
      return `${candidate.side} (${short(candidate.commit)}) is dark: reached by ${header}, until ${new Date(decision.until).toISOString()}`;
    }
    case 'promoted':
      return `${candidate.side} (${short(candidate.commit)}) has all the traffic`;
    case 'roll-back':
      if (decision.reason.kind === 'not-started') return `Does not start: ${decision.reason.message}`;
      return `Returns to ${stable.side} (${short(stable.commit)}): ${describeReason(decision.reason)}`;
    case 'rolled-back':
      return `${stable.side} (${short(stable.commit)}) has all the traffic again`;
    case 'hold':
      return undefined;
  }
}

/** Why a rollout returned to what served before. */
export function describeReason(reason: RollBackReason): string {
  switch (reason.kind) {
    case 'unhealthy':
      return `the measurements are bad: ${reason.measurement}`;
    case 'candidate-failed':
      return `the new version failed: ${reason.message}`;
    case 'not-started':
    case 'deadline':
    case 'stuck':
      return reason.message;
    case 'unanswered':
      return `nobody answered in time: ${reason.question}`;
    case 'ordered':
      return `${reason.by} decided so${reason.comment === undefined ? '' : `: ${reason.comment}`}`;
    case 'dropped':
      return `${reason.by} dropped it before it was released${reason.comment === undefined ? '' : `: ${reason.comment}`}`;
    case 'unreleased':
      return 'nobody released it in its time';
    case 'superseded':
      return 'a newer commit is wanted';
    case 'branch-deleted':
      return 'it is not wanted any more';
  }
}

const short = (commit: string): string => commit.slice(0, 8);
