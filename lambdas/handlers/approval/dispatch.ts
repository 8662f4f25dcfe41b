/** From an action to its use case. Separate from the composition in handler.ts, so that tests go the same way. */
import type { ApprovalInput } from '../../contracts/inputs.ts';
import { decideApproval } from './decide-approval.ts';
import type { ApprovalPorts } from './ports.ts';
import { waitForDecision } from './wait-for-decision.ts';

/**
 * Step Functions does not tell who started an execution: its name leads to the event in CloudTrail that does.
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html
 */
const starterOf = (execution: string): string => `whoever started ${execution}`;

/** Runs one action of approval. */
export function runApproval(ports: ApprovalPorts, input: ApprovalInput): Promise<object> {
  return input.action === 'wait'
    ? waitForDecision(ports, input)
    : decideApproval(ports, input.input, starterOf(input.execution));
}
