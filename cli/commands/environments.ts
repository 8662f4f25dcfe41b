/** `environments`: what there is. */
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { isLive } from '../../lambdas/domain/environment/services.ts';
import type { Command } from '../command.ts';
import { environmentState } from '../describe-record.ts';
import { duration, table } from '../terminal.ts';

export const environments: Command = {
  name: 'environments',
  words: [],
  switches: { all: 'removed ones too' },
  summary: 'list the environments',
  async run(world, _words, switches) {
    const records = (await world.records.all())
      .filter((record) => switches.has('all') || record.phase !== 'removed')
      .sort((one, other) => one.id.localeCompare(other.id));
    const rows = records.map((record) => [
      record.id,
      record.kind,
      record.branch ?? '',
      environmentState(record),
      liveServices(record).join(', '),
      duration(world.clock.now() - record.createdAt),
    ]);
    world.output.show(
      records,
      records.length === 0
        ? ['No environments. Push a branch and there is one.']
        : table(['NAME', 'KIND', 'BRANCH', 'STATE', 'SERVICES', 'AGE'], rows),
    );
  },
};

function liveServices(record: EnvironmentRecord): string[] {
  return Object.entries(record.services)
    .filter(([, service]) => isLive(service))
    .map(([key, service]) => service.name ?? key)
    .sort();
}
