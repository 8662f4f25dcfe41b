/** Inputs of the function `rollout`. */
import * as v from 'valibot';
import type { RolloutInput } from '../../contracts/inputs.ts';
import { experiment } from './experiment.ts';
import { inputParser } from './input-parser.ts';
import { seen } from './lookout.ts';
import { claim, delivery, digest, execution, rolloutClaim, side, taskError } from './shapes.ts';

export const parseRolloutInput: (event: unknown) => RolloutInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('find-unfinished'), execution, delivery }),
    v.object({ action: v.literal('plan-rollout'), execution, delivery, digest }),
    v.object({ action: v.literal('open-route'), execution, delivery, side }),
    v.object({ action: v.literal('point-traffic'), execution, delivery, side }),
    v.object({ action: v.literal('read-back'), execution, delivery, digest, side }),
    v.object({ action: v.literal('close-route'), execution, claim }),
    v.object({ action: v.literal('close-services'), execution, claim }),
    v.object({ action: v.literal('begin-rollout'), execution, rollout: rolloutClaim }),
    v.object({ action: v.literal('advance-rollout'), execution, rollout: rolloutClaim, seen }),
    v.object({ action: v.literal('give-up-rollout'), execution, rollout: rolloutClaim, error: taskError }),
    v.object({ action: v.literal('keep-idle-side'), execution, claim: delivery }),
    v.object({ action: v.literal('retire-side'), execution, claim: delivery, side }),
    v.object({ action: v.literal('begin-experiment'), execution, experiment }),
    v.object({ action: v.literal('end-experiment'), execution, experiment, begun: v.nullable(v.number()) }),
    v.object({ action: v.literal('close-experiment'), execution, experiment }),
  ]),
);
