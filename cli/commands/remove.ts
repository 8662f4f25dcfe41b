/** `remove NAME [SERVICE]`: remove an environment, or withdraw one service from it, until the next push. */
import { tierOf } from '../../lambdas/contracts/kinds.ts';
import type { WithdrawByHandInput } from '../../lambdas/contracts/payloads.ts';
import { CommandError, type Command } from '../command.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { followWorkflow } from '../follow-workflow.ts';
import { indented } from '../terminal.ts';

export const remove: Command = {
  name: 'remove',
  words: ['NAME', '[SERVICE]'],
  switches: { 'no-wait': 'do not follow it to its end' },
  summary: 'remove an environment, or one service of it, until the next push',
  async run(world, [name = '', service], switches) {
    const record = await findEnvironment(world, name);
    const key = service === undefined ? undefined : findService(record, service);
    if (record.phase === 'removed') throw new CommandError(`${record.id} is removed already.`);
    const input: WithdrawByHandInput = { environment: record.id, ...(key !== undefined && { service: key }) };
    const execution = await world.workflows.start('withdraw-service', tierOf(record.kind), input);
    const what = key === undefined ? record.id : `${key} of ${record.id}`;
    if (switches.has('no-wait')) {
      world.output.show({ execution }, [`Started ${execution}`]);
      return;
    }
    await followWorkflow(
      world,
      execution,
      async () => record.id,
      async (id) => {
        const now = await world.records.load(id);
        if (now === undefined || now.phase === 'removed') return true;
        const left = key === undefined ? now.removal : now.services[key];
        return (
          left === undefined || left.failure !== undefined || (key !== undefined && now.services[key]?.touched !== true)
        );
      },
    );
    const after = await world.records.load(record.id);
    const failure = key === undefined ? after?.removal.failure : after?.services[key]?.failure;
    if (failure !== undefined) throw new CommandError(`Could not remove ${what}: ${indented(failure.reason, 2)}`);
    world.output.show({ removed: input }, [`Removed ${what}. The next push to its branch brings it back.`]);
  },
};
