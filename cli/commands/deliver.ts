/** `deliver REPOSITORY BRANCH`: deliver the head of a branch again, whatever was reached, failed or removed before. */
import type { DeliverByHandInput } from '../../lambdas/contracts/payloads.ts';
import { tierOf, type Tier } from '../../lambdas/contracts/kinds.ts';
import type { ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { workOf } from '../../lambdas/domain/environment/services.ts';
import { CommandError, type Command, type World } from '../command.ts';
import { serviceLines } from '../describe-record.ts';
import { nameOf } from '../environment-name.ts';
import { followWorkflow } from '../follow-workflow.ts';
import { printable } from '../terminal.ts';

export const deliver: Command = {
  name: 'deliver',
  words: ['REPOSITORY', 'BRANCH'],
  switches: {
    'no-wait': 'do not follow it to its end',
    'despite-alarms': 'roll it out although an alarm of its plan fires: it is the fix',
  },
  summary: 'deliver the head of a branch again',
  async run(world, [repository = '', branch = ''], switches) {
    const input: DeliverByHandInput = {
      repository,
      branch,
      ...(switches.has('despite-alarms') && { despiteAlarms: true }),
    };
    const execution = await world.workflows.start('deliver-service', await tierOfBranch(world, branch), input);
    if (switches.has('no-wait')) {
      world.output.show({ execution }, [`Started ${execution}`]);
      return;
    }
    const find = async (): Promise<Found | undefined> => findDelivered(world, repository, branch);
    await followWorkflow(
      world,
      execution,
      async () => (await find())?.environment,
      async () => {
        const service = (await find())?.service;
        return service === undefined || (service.owner === undefined && workOf(service) === 'none');
      },
    );
    const found = await find();
    if (found === undefined) {
      throw new CommandError(`Nothing was delivered: ${printable(repository)} has no environment for this branch.`);
    }
    const { environment, key, service } = found;
    if (service.failure !== undefined) throw new CommandError(serviceLines(key, service).join('\n'));
    world.output.show({ environment, service }, [environment, ...serviceLines(key, service)]);
  },
};

async function tierOfBranch(world: World, branch: string): Promise<Tier> {
  const name = await nameOf(world, branch);
  return name.kind === 'none' ? 'branch' : tierOf(name.environmentKind);
}

interface Found {
  readonly environment: string;
  readonly key: string;
  readonly service: ServiceRecord;
}

async function findDelivered(world: World, repository: string, branch: string): Promise<Found | undefined> {
  const name = await nameOf(world, branch);
  const record = name.kind === 'claimed' ? await world.records.load(name.id) : undefined;
  const [key, service] =
    Object.entries(record?.services ?? {}).find(([, candidate]) => candidate.repository === repository) ?? [];
  if (record === undefined || key === undefined || service === undefined) return undefined;
  return { environment: record.id, key, service };
}
