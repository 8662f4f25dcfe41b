/**
 * The steps of a plan that last: pauses and analyses, and what people are asked when measurements do not say enough. Separate because
 * only these go by measurements.
 */
import type { Instant } from '../environment/record.ts';
import type { Decision } from './decision.ts';
import type { Observation } from './observation.ts';
import type { Question, Rollout } from './rollout.ts';
import { LOOK_AGAIN } from './waits.ts';

/** How long a person has to answer what a plan did not foresee: an hour, as for an approval in a plan without its own deadline. */
const ANSWER_WITHIN = 3_600_000;

/** Lasts its time, unless measurements are unclear. */
export function pause(rollout: Rollout, seen: Observation, seconds: number): Decision {
  const unclear = askAbout(seen);
  if (unclear) return unclear;
  const end = rollout.stepSince + seconds * 1000;
  if (seen.now >= end) return { kind: 'next-step' };
  return { kind: 'hold', until: Math.min(end, nextMeasurement(rollout, seen)), because: 'the plan pauses here' };
}

/** Ends only with a healthy verdict; whatever else is true at its end is asked about, and never counted as success. */
export function analyse(rollout: Rollout, seen: Observation, seconds: number): Decision {
  const unclear = askAbout(seen);
  if (unclear) return unclear;
  const end = rollout.stepSince + seconds * 1000;
  if (seen.analysis?.kind === 'healthy') return { kind: 'next-step' };
  if (seen.now >= end) {
    return askPerson(seen, 'no-data', 'The analysis came to no verdict in its time. Promote, or return to stable?');
  }
  return { kind: 'hold', until: Math.min(end, nextMeasurement(rollout, seen)), because: 'measuring' };
}

function askAbout(seen: Observation): Decision | undefined {
  if (seen.alarms?.kind === 'absent' || (seen.alarms?.kind === 'unknown' && seen.alarms.exceeded)) {
    return askPerson(
      seen,
      'no-data',
      `The alarms do not say whether it is healthy: ${seen.alarms.said}. Go on, or return to stable?`,
    );
  }
  if (seen.analysis?.kind === 'inconclusive') {
    return askPerson(
      seen,
      'inconclusive',
      `The measurements do not say whether it is healthy: ${seen.analysis.measurement}. Go on, or return to stable?`,
    );
  }
  if (seen.analysis?.kind === 'no-data') {
    return askPerson(
      seen,
      'no-data',
      `There are no measurements: ${seen.analysis.measurement}. Go on, or return to stable?`,
    );
  }
  return undefined;
}

function askPerson(seen: Observation, about: Question['about'], text: string): Decision {
  return { kind: 'ask', question: { about, text, until: seen.now + ANSWER_WITHIN } };
}

/** Where only requests are missing they may be there any moment: a bad version is found as soon as it can be. */
function nextMeasurement(rollout: Rollout, seen: Observation): Instant {
  const interval = rollout.plan.intervalSeconds * 1000;
  if (seen.analysis?.kind !== 'going-on' || seen.analysis.tooFew !== true) return seen.now + interval;
  return seen.now + Math.min(interval, Math.max(LOOK_AGAIN, (seen.now - rollout.stepSince) / 20));
}
