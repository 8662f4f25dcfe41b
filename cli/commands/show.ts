/** `show NAME`: one environment, its services and what happened last. */
import type { Command } from '../command.ts';
import { environmentState, serviceLines } from '../describe-record.ts';
import { eventLine } from '../event-lines.ts';
import { findEnvironment } from '../find-environment.ts';
import { duration, indented, printable } from '../terminal.ts';

const LAST_EVENTS = 12;

export const show: Command = {
  name: 'show',
  words: ['NAME'],
  switches: {},
  summary: 'show one environment: its services, links, failures and last events',
  async run(world, [name = '']) {
    const record = await findEnvironment(world, name);
    const events = (await world.history.of(record.id)).slice(-LAST_EVENTS);
    const { failure } = record.removal;
    world.output.show({ record, events }, [
      `${record.id}: ${environmentState(record)}`,
      `  kind        ${record.kind}`,
      ...(record.branch === null ? [] : [`  branch      ${printable(record.branch)}`]),
      `  age         ${duration(world.clock.now() - record.createdAt)}`,
      ...(failure === undefined ? [] : [`  removal     ${indented(failure.reason, 14)}`]),
      ...Object.entries(record.services).flatMap(([key, service]) => ['', ...serviceLines(key, service)]),
      ...(events.length === 0 ? [] : ['', ...events.map(eventLine)]),
    ]);
  },
};
