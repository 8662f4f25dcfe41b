/**
 * What the state machines of one delivery did and when, as the Step Functions console would show it. Separate because it is read
 * after the fact, so that nothing is asked while something is measured.
 */
import { paginateGetExecutionHistory, paginateListStateMachines, type SFNClient } from '@aws-sdk/client-sfn';
import { executionName } from '../../lambdas/domain/naming/execution-name.ts';
import { clients } from '../delivery.ts';
import { REPOSITORY, type ClusterStage } from './cluster-stage.ts';

/** A state that was entered. */
export interface Entered {
  readonly machine: string;
  readonly state: string;
  readonly at: number;
}

/** Every state that the delivery of this generation entered, in its own execution and in that of its rollout, by time. */
export async function statesOf(
  stage: ClusterStage,
  environment: string,
  generation: number,
): Promise<readonly Entered[]> {
  const { workflows: client } = clients(stage.laptop);
  const name = executionName(environment, REPOSITORY, generation);
  const entered: Entered[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    for (const { stateMachineArn = '', name: machine = '' } of stateMachines) {
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      entered.push(...(await statesIn(client, executionArn, machine)));
    }
  }
  return entered.toSorted((one, other) => one.at - other.at);
}

/** The moment at which a state was entered first; throws when it never was. */
export function momentOf(entered: readonly Entered[], state: string): number {
  const found = entered.find((each) => each.state === state);
  if (found !== undefined) return found.at;
  throw new Error(
    `The state "${state}" was never entered; these were: ${entered.map((each) => each.state).join(', ')}.`,
  );
}

async function statesIn(client: SFNClient, executionArn: string, machine: string): Promise<readonly Entered[]> {
  const entered: Entered[] = [];
  try {
    for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) {
      for (const { stateEnteredEventDetails: details, timestamp } of events) {
        if (details?.name === undefined || timestamp === undefined) continue;
        entered.push({ machine, state: details.name, at: timestamp.getTime() });
      }
    }
  } catch (error) {
    // Most machines take no part in a delivery.
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
  }
  return entered;
}
