/**
 * From an action to its use case. Separate from the composition in handler.ts, so that tests go the same way.
 */
import type { RolloutInput } from '../../contracts/inputs.ts';
import { advanceRollout } from './advance-rollout.ts';
import { beginRollout } from './begin-rollout.ts';
import { beginExperiment } from './begin-experiment.ts';
import { closeRoute, closeServices } from './close-route.ts';
import { endExperiment } from './end-experiment.ts';
import { closeExperiment } from './experiment-delay.ts';
import { findUnfinished } from './find-unfinished.ts';
import { giveUpRollout } from './give-up-rollout.ts';
import { keepIdleSide, retireSide } from './idle-side.ts';
import { openRoute } from './open-route.ts';
import { planRollout } from './plan-rollout.ts';
import { pointTraffic } from './point-traffic.ts';
import type { TrafficPorts } from './ports.ts';
import { readBack } from './read-back.ts';

/** Runs one action of rollout. */
export function runRollout(ports: TrafficPorts, input: RolloutInput): Promise<object> {
  switch (input.action) {
    case 'open-route':
      return openRoute(ports, input.delivery, input.side);
    case 'point-traffic':
      return pointTraffic(ports, input.delivery, input.side);
    case 'read-back':
      return readBack(ports, input.delivery, input.side);
    case 'close-route':
      return closeRoute(ports, input.claim);
    case 'close-services':
      return closeServices(ports, input.claim);
    case 'find-unfinished':
      return findUnfinished(ports, input.delivery);
    case 'plan-rollout':
      return planRollout(ports, input.delivery);
    case 'begin-rollout':
      return beginRollout(ports, input.rollout);
    case 'advance-rollout':
      return advanceRollout(ports, input.rollout, input.seen ?? undefined);
    case 'give-up-rollout':
      return giveUpRollout(ports, input.rollout, input.error);
    case 'keep-idle-side':
      return keepIdleSide(ports, input.claim);
    case 'retire-side':
      return retireSide(ports, input.claim, input.side);
    case 'begin-experiment':
      return beginExperiment(ports, input);
    case 'end-experiment':
      return endExperiment(ports, input.experiment, input.begun ?? undefined);
    case 'close-experiment':
      return closeExperiment(ports, input);
  }
}
