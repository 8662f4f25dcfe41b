/**
 * From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way.
 */
import type { IntakeInput } from '../../contracts/inputs.ts';
import { deliverAgain, rollBack } from './after-rollout.ts';
import { claimDelivery } from './claim-delivery.ts';
import { claimWithdrawal } from './claim-withdrawal.ts';
import { deliverByHand } from './deliver-by-hand.ts';
import type { IntakePorts } from './intake-ports.ts';
import { lookAfterPush, type BranchLook } from './look-after-push.ts';
import { recordTaskFailure } from './record-failure.ts';
import { recordServiceName } from './record-name.ts';
import {
  recordAppliedCommit,
  recordDarkCommit,
  recordEnvironmentRemoved,
  recordServiceWithdrawn,
  stepAsideFrom,
} from './record-outcome.ts';
import { resumeEnvironment } from './resume-environment.ts';
import { wantVersionBefore } from './want-version-before.ts';
import { withdrawByHand } from './withdraw-by-hand.ts';

/** An event that asks for nothing. */
export interface IgnoredEvent {
  readonly action: 'ignore';
  readonly because: string;
}

/** Runs one action of intake. */
export function runIntake(ports: IntakePorts, input: IntakeInput | BranchLook | IgnoredEvent): Promise<object> {
  switch (input.action) {
    case 'ignore':
      return Promise.resolve({ kind: 'ignored', because: input.because });
    case 'look':
      return lookAfterPush(ports, input);
    case 'resume':
      return resumeEnvironment(ports, input);
    case 'claim-delivery': {
      const { input: asked, execution } = input;
      return 'generation' in asked
        ? claimDelivery(ports, { input: asked, execution })
        : deliverByHand(ports, { input: asked, execution });
    }
    case 'claim-withdrawal': {
      const { input: asked, execution } = input;
      return 'generation' in asked
        ? claimWithdrawal(ports, { input: asked, execution })
        : withdrawByHand(ports, { input: asked, execution });
    }
    case 'record-name':
      return recordServiceName(ports, input);
    case 'record-applied':
      return recordAppliedCommit(ports, input);
    case 'record-dark':
      return recordDarkCommit(ports, input);
    case 'roll-back':
      return rollBack(ports, input);
    case 'deliver-again':
      return deliverAgain(ports, input);
    case 'want-before':
      return wantVersionBefore(ports, input);
    case 'record-failure':
      return recordTaskFailure(ports, input);
    case 'step-aside':
      return stepAsideFrom(ports, input);
    case 'record-withdrawn':
      return recordServiceWithdrawn(ports, input);
    case 'record-removed':
      return recordEnvironmentRemoved(ports, input);
  }
}
