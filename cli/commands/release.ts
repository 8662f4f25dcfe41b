/** `release NAME SERVICE`: lets a version that was delivered dark follow the rest of its plan. */
import { CommandError, type Command } from '../command.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { sendDecision } from '../send-decision.ts';
import { printable } from '../terminal.ts';

export const release: Command = {
  name: 'release',
  words: ['NAME', 'SERVICE', '[COMMENT]'],
  switches: {},
  summary: 'release a version that was delivered dark',
  async run(world, [name = '', service = '', comment]) {
    const record = await findEnvironment(world, name);
    const key = findService(record, service);
    const stored = await world.rollouts.load(record.id, key);
    if (stored?.rollout.phase !== 'dark' || stored.approval === undefined) {
      throw new CommandError(
        `${printable(service)} in ${record.id} has no version that waits to be released${stored === undefined ? '' : `: its latest rollout is ${stored.rollout.phase}`}. Versions wait where their plan says \`dark: true\`.`,
      );
    }
    await sendDecision(world, {
      approval: stored.approval,
      decision: 'release',
      ...(comment !== undefined && { comment }),
    });
  },
};
