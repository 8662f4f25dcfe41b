/**
 * A decision by the state machine that people start. Step Functions does not tell who started an execution: where that matters, the
 * decision waits until CloudTrail tells; where it does not, being let to start it is enough, and the history is completed afterwards.
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html
 */
import type { DecideAnswer } from '../../contracts/inputs.ts';
import type { DecideInput } from '../../contracts/payloads.ts';
import { decideApproval } from './decide-approval.ts';
import { rememberApproval } from './hear-starter.ts';
import type { ApprovalPorts } from './ports.ts';

interface Started {
  readonly execution: string;
  readonly input: DecideInput;
}

/** Decides without knowing who, where that is enough. */
export async function decideInConsole(ports: ApprovalPorts, { execution, input }: Started): Promise<DecideAnswer> {
  const known = (await ports.starters.load(execution))?.by;
  if (known !== undefined) return decideApproval(ports, input, { kind: 'person', arn: known });
  const answer = await decideApproval(ports, input, { kind: 'unknown', execution });
  if (answer.kind === 'taken') await rememberApproval(ports, execution, input.approval);
  return answer;
}

/** Decides as whoever started the execution, which is known by now. */
export async function decideAsStarter(ports: ApprovalPorts, { execution, input }: Started): Promise<DecideAnswer> {
  const by = (await ports.starters.load(execution))?.by;
  if (by === undefined) {
    return {
      kind: 'refused',
      reason: `Nobody told who started ${execution}. Decide on the command line: npx espalier decide ${input.approval} ${input.decision}`,
    };
  }
  return decideApproval(ports, input, { kind: 'person', arn: by });
}
