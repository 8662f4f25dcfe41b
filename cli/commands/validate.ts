/** `validate FILE`: whether a service file can be used, by the parser that deliveries use. */
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { protocolOf } from '../../lambdas/domain/service/reach.ts';
import { dependencyNames } from '../../lambdas/domain/service/dependencies.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { readServiceFile } from '../read-service-file.ts';
import { CommandError, type Command } from '../command.ts';
import { printable } from '../terminal.ts';

export const validate: Command = {
  name: 'validate',
  words: ['FILE'],
  switches: {},
  summary: 'check a service file (espalier.yaml) without delivering it',
  async run(world, [file = '']) {
    const text = await readServiceFile(world, file);
    const reading = parseServiceFile(text, printable(file));
    if (reading.kind === 'wrong') throw new CommandError(reading.message);
    world.output.show({ file, valid: true, definition: reading.definition }, [
      `${printable(file)} can be used: ${describe(reading.definition)}.`,
    ]);
  },
};

function describe(definition: ServiceDefinition): string {
  const { name, port, chart, processes = {}, schedules = {}, volumes = {}, jobs = {} } = definition;
  const count = (what: string, names: readonly string[]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]);
  return [
    `service ${name}, ${protocolOf(definition)} on port ${String(port)}`,
    ...count('processes', Object.keys(processes)),
    ...count('schedules', Object.keys(schedules)),
    ...count(
      'jobs',
      Object.values(jobs)
        .flat()
        .map((job) => job.name),
    ),
    ...(chart === undefined
      ? []
      : [`workload from the chart ${chart.path}, which is held against this file in the build`]),
    ...count('volumes', Object.keys(volumes)),
    ...count('calls', dependencyNames(definition)),
  ].join('; ');
}
