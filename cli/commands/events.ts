/** `events NAME`: what happened, and with `--follow` what happens. */
import type { Command } from '../command.ts';
import { eventLine } from '../event-lines.ts';
import { followEvents } from '../follow-events.ts';
import { findEnvironment } from '../find-environment.ts';

const POLL_MS = 1_000;

export const events: Command = {
  name: 'events',
  words: ['NAME'],
  switches: { follow: 'go on until interrupted' },
  summary: 'what happened in an environment, oldest first',
  async run(world, [name = ''], switches) {
    const record = await findEnvironment(world, name);
    const next = followEvents(world.history, record.id);
    do {
      for (const event of await next()) world.output.show(event, [eventLine(event)]);
      if (switches.has('follow')) await world.clock.sleep(POLL_MS);
    } while (switches.has('follow'));
  },
};
