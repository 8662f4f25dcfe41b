/**
 * State machines as a person starts them: found by name, started under a name that AWS gives.
 * Separate from the adapter of functions, which gets ARNs from its environment and never lists.
 */
import {
  DescribeExecutionCommand,
  paginateListStateMachines,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { stateMachineName } from '../../contracts/stages.ts';
import { RejectedError } from '../../domain/errors.ts';
import type { Workflows } from '../../ports/workflows.ts';

/** The workflows of one installation. */
export function stepFunctionsWorkflows(client: SFNClient, installation: string): Workflows {
  const arnOf = async (name: string): Promise<string> => {
    for await (const page of paginateListStateMachines({ client }, {})) {
      const found = page.stateMachines?.find((machine) => machine.name === name);
      if (found?.stateMachineArn !== undefined) return found.stateMachineArn;
    }
    throw new RejectedError(
      `There is no state machine ${name} in this account and region: the installation "${installation}" is not deployed here.`,
    );
  };
  return {
    async start(workflow, tier, input) {
      const stateMachineArn = await arnOf(stateMachineName(installation, workflow, tier));
      const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
      if (started.executionArn === undefined) throw new Error('StartExecution answered no ARN.');
      return started.executionArn;
    },
    async state(execution) {
      const { status, output, error, cause } = await client.send(
        new DescribeExecutionCommand({ executionArn: execution }),
      );
      if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return { kind: 'running' };
      if (status === 'SUCCEEDED') {
        return { kind: 'succeeded', output: output === undefined ? undefined : (JSON.parse(output) as unknown) };
      }
      return { kind: 'failed', error: error ?? status ?? 'unknown', cause: cause ?? '' };
    },
  };
}
