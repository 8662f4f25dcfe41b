/** From an action to its use case. Separate from the composition in handler.ts, so that tests go the same way. */
import type { ApprovalInput } from '../../contracts/inputs.ts';
import { answerCaller, type CallerAsked } from './answer-caller.ts';
import { decideAsStarter, decideInConsole } from './decide-in-console.ts';
import { hearStarter, waitForStarter } from './hear-starter.ts';
import type { ApprovalPorts } from './ports.ts';
import { waitForDecision } from './wait-for-decision.ts';

/** What comes by other ways than a state machine. */
type FromOutside =
  | ({ readonly action: 'answer-caller' } & CallerAsked)
  | { readonly action: 'hear-starter'; readonly execution: string; readonly by: string };

/** Runs one action of approval. */
export function runApproval(ports: ApprovalPorts, input: ApprovalInput | FromOutside): Promise<object> {
  switch (input.action) {
    case 'wait':
      return waitForDecision(ports, input);
    case 'decide':
      return decideInConsole(ports, input);
    case 'wait-for-starter':
      return waitForStarter(ports, input);
    case 'decide-as-starter':
      return decideAsStarter(ports, input);
    case 'answer-caller':
      return answerCaller(ports, input);
    case 'hear-starter':
      return hearStarter(ports, input);
  }
}
