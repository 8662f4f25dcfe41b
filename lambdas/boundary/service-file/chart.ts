/** Parses where the chart of a repository is. */
import * as v from 'valibot';
import type { Chart } from '../../domain/service/chart.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { USUAL_RESOURCES } from '../../domain/service/processes.ts';
import { allowed, list, said, table, text } from '../values.ts';

/** Words that need no quotes in any shell, and lead nowhere but down. */
const path = text(
  /^(?!.*(^|\/)\.{1,2}(\/|$))(?!-)[\w.-]+(\/[\w.-]+){0,9}$/,
  'a path inside the repository such as deploy/chart, of letters, digits, ".", "_", "-"',
);

const chart: v.GenericSchema<unknown, Chart> = v.union(
  [
    v.pipe(
      path,
      v.transform((at) => ({ path: at, values: [] })),
    ),
    table({
      path: said('The folder with Chart.yaml.', path),
      values: v.optional(
        said(
          'Files of values, the later ones over the earlier ones.',
          v.pipe(list(path), v.maxLength(10, allowed('at most 10 files'))),
        ),
        [],
      ),
    }),
  ],
  allowed('a path inside the repository such as deploy/chart, or a mapping with the keys path, values'),
);

export const charted = {
  chart: v.exactOptional(
    said('A Helm chart of the repository itself, from which the workload comes; rendered in the build.', chart),
  ),
};

/** Keys of what a chart says itself, and what they are when nobody wrote them. */
const GIVE_WAY = {
  command: '[]',
  resources: JSON.stringify(USUAL_RESOURCES),
  containers: undefined,
  processes: undefined,
  autoscale: undefined,
} as const;

/** The first key that a service file with a chart may not have; undefined when all is well. */
export function keyOfChart(definition: ServiceDefinition): string | undefined {
  if (definition.chart === undefined) return undefined;
  const keys = Object.keys(GIVE_WAY) as (keyof typeof GIVE_WAY)[];
  const said = keys.find((key) => definition[key] !== undefined && JSON.stringify(definition[key]) !== GIVE_WAY[key]);
  return said ?? (definition.replicas === 1 ? undefined : 'replicas');
}
