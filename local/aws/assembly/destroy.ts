/**
 * What deleting the stacks would do outside of the state directory: custom resources are told, images are deleted. Separate because
 * a laptop that only stops does none of it.
 */
import { type Account, type Call, person } from '../api.ts';
import type { World } from '../aws.ts';
import { deleteCustomResources } from './custom-resource.ts';

/** How long executions under way may take to end by themselves. */
const patienceMs = 60_000;
const pauseMs = 200;

/** Starts nothing more by schedule, lets executions end, and then deletes. */
export async function destroy(world: World, account: Account, call: Call): Promise<void> {
  world.schedules.stop();
  await executionsEnd(world, account, call);
  await deleteCustomResources(world, account);
  await deleteImages(account, call);
}

/** One that still runs would make again what is deleted. */
async function executionsEnd({ machines }: World, account: Account, call: Call): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end;) {
    const running = await Promise.all(
      machines.map(async ({ arn }) => {
        const input = { stateMachineArn: arn, statusFilter: 'RUNNING' };
        const { executions } = (await call('states', 'ListExecutions', input, person(account))) as {
          executions: readonly unknown[];
        };
        return executions.length;
      }),
    );
    if (running.every((count) => count === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function deleteImages(account: Account, call: Call): Promise<void> {
  const ask = (action: string, input: Record<string, unknown>) => call('ecr', action, input, person(account));
  const { repositories } = (await ask('DescribeRepositories', {})) as { repositories: { repositoryName: string }[] };
  for (const { repositoryName } of repositories) {
    const { imageIds } = (await ask('ListImages', { repositoryName })) as { imageIds: object[] };
    await ask('BatchDeleteImage', { repositoryName, imageIds });
  }
}
