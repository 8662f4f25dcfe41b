/** Executions of our state machines: found by workflow, tier and name, never listed. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Tier } from '../../contracts/kinds.ts';
import type { Owner } from '../../domain/environment/record.ts';
import { TransientError } from '../../domain/errors.ts';
import type { Executions, StartAnswer } from '../../ports/executions.ts';
import { translated } from '../aws/translate-error.ts';

/** ARNs of the state machines. */
export type Machines = Readonly<Record<Owner['workflow'], Readonly<Record<Tier, string>>>>;

/** Executions of these state machines. */
export function stepFunctionsExecutions(client: SFNClient, machines: Machines): Executions {
  const describe = async (tier: Tier, owner: Pick<Owner, 'workflow' | 'execution'>) => {
    const machine = machines[owner.workflow][tier];
    const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${owner.execution}`;
    try {
      return await translated(`Describing ${owner.execution}`, () =>
        client.send(new DescribeExecutionCommand({ executionArn })),
      );
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  };
  return {
    async start(tier, owner) {
      try {
        // With the name and the input of a running execution this succeeds and starts nothing.
        // Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        await translated(`Starting ${owner.execution}`, () =>
          client.send(
            new StartExecutionCommand({
              stateMachineArn: machines[owner.workflow][tier],
              name: owner.execution,
              input: owner.input,
            }),
          ),
        );
        return 'running';
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return whose(await describe(tier, owner), owner);
        throw error;
      }
    },
    async status(tier, owner) {
      const found = await describe(tier, owner);
      if (found === undefined) return 'absent';
      return isRunning(found.status) ? 'running' : 'ended';
    },
  };
}

function whose(
  found: { readonly status?: string | undefined; readonly input?: string | undefined } | undefined,
  owner: Pick<Owner, 'execution' | 'input'>,
): StartAnswer {
  if (found === undefined) {
    throw new TransientError(`The execution ${owner.execution} is said to exist and not to exist; asked again later.`);
  }
  if (found.input !== owner.input) return 'name-taken';
  return isRunning(found.status) ? 'running' : 'ended';
}

/** A redrive that has not begun will run. */
function isRunning(status: string | undefined): boolean {
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}
