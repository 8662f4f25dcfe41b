/** `validate FILE`: whether a service file can be used, by the parser that deliveries use. */
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { protocolOf } from '../../lambdas/domain/service/reach.ts';
import { dependencyNames } from '../../lambdas/domain/service/dependencies.ts';
import { circlesAmong } from '../../lambdas/domain/service/circles.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { readServiceFile } from '../read-service-file.ts';
import { CommandError, type Command } from '../command.ts';
import { printable } from '../terminal.ts';

export const validate: Command = {
  name: 'validate',
  words: ['FILE', '[FILES…]'],
  switches: {},
  summary: 'check service files (espalier.yaml) without delivering them; several also against each other',
  async run(world, files) {
    const readings = await Promise.all(
      files.map(async (file) => ({
        file,
        reading: parseServiceFile(await readServiceFile(world, file), printable(file)),
      })),
    );
    const wrong = readings.flatMap(({ reading }) => (reading.kind === 'wrong' ? [reading.message] : []));
    if (wrong.length > 0) throw new CommandError(wrong.join('\n'));
    const valid = readings.flatMap(({ file, reading }) =>
      reading.kind === 'read' ? [{ file, valid: true, definition: reading.definition }] : [],
    );
    const circles = circlesAmong(valid.map(({ definition }) => definition));
    const [only] = valid;
    world.output.show(valid.length === 1 ? only : { files: valid, circles }, [
      ...valid.map(({ file, definition }) => `${printable(file)} can be used: ${describe(definition)}.`),
      ...circles.map(
        (circle) =>
          `${[...circle, circle[0] ?? ''].join(' → ')} need each other. That is allowed: they start in any order, so that \`health\` and \`readiness\` of each must answer while the others are away.`,
      ),
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
