/**
 * Whether the gateway has taken a switch on already: asked as a user would ask, often enough that an old share would have shown.
 * Separate because it only ever shortens the gateway's time, and only where the answers can tell: nothing rests on it alone that a
 * service could leave out.
 */
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { percentAfter } from '../../domain/rollout/step.ts';
import type { RolloutPorts } from './ports.ts';
import { entrance } from './entrance.ts';
import type { ServiceRoute } from './service-route.ts';

/**
 * Questions of one look, each over a connection of its own. The old side had at least half of the requests, so one gateway that has not
 * taken the switch on stays hidden with 0.5^32, less than one in a billion; one of two replicas with 0.75^32, one in ten thousand.
 */
const QUESTIONS = 32;
const LEAST_SHARE_LEFT = 50;
/** Milliseconds for one answer: a switch is looked at again soon anyway. */
const ANSWER_LIMIT = 1_000;

/** Whether answers can tell a switch to the candidate from the share before it. */
export function showsInAnswers(rollout: Rollout): boolean {
  const { steps } = rollout.plan;
  const { shifted, phase, step } = rollout;
  const isSwitch = phase === 'stepping' && steps[step]?.kind === 'shift' && shifted.candidatePercent === 100;
  return isSwitch && 100 - percentAfter(steps, step) >= LEAST_SHARE_LEFT;
}

/** True when every answer was the candidate's; a service that does not say its commit never shows it. */
export async function onlyCandidateAnswers(
  ports: RolloutPorts,
  route: ServiceRoute,
  rollout: Rollout,
  health: string,
): Promise<boolean> {
  const way = await entrance(ports, route);
  if (way.outside) return false;
  const { connectTo } = way;
  const question = {
    url: `${way.url}${health}`,
    ...(connectTo !== undefined && { connectTo }),
    timeoutMs: ANSWER_LIMIT,
  };
  const answers = await Promise.all(Array.from({ length: QUESTIONS }, () => ports.prober.ask(question)));
  return answers.every((answer) => answer.kind === 'answered' && answer.commit === rollout.candidate.commit);
}
