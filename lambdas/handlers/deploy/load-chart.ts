/**
 * The chart of a build, as it was kept. Separate because what is read is checked against its digest and read by the rules once more:
 * nothing in between has to be trusted.
 */
import type { BuildItem } from '../../domain/builds/build-item.ts';
import type { ServiceChart } from '../../domain/charts/objects.ts';
import { RejectedError } from '../../domain/errors.ts';
import { imageTag } from '../../domain/naming/image-tag.ts';
import { digestOf } from '../../domain/naming/slug.ts';
import type { DeployPorts } from './ports.ts';

/** Undefined for a service without a chart. */
export async function loadChart(
  { charts, imageRepository, parseChart }: Pick<DeployPorts, 'charts' | 'imageRepository' | 'parseChart'>,
  { repository, commit, definition, chart }: Pick<BuildItem, 'repository' | 'commit' | 'definition' | 'chart'>,
): Promise<ServiceChart | undefined> {
  if (definition?.chart === undefined) return undefined;
  const text = chart === undefined ? undefined : await charts.load(chart.digest);
  if (text === undefined || digestOf(text, 64) !== chart?.digest) {
    throw new RejectedError(
      `What the chart ${definition.chart.path} rendered at ${commit.slice(0, 10)} is not in the archive, or is not what was kept there. Nothing was applied. Push another commit, which renders it again.`,
    );
  }
  const reading = parseChart(text, definition, `${imageRepository}:${imageTag(repository, commit)}`);
  if (reading.kind === 'read') return reading.chart;
  throw new RejectedError(
    `The chart ${definition.chart.path} cannot be used.\n${reading.message}\nNothing was applied.`,
  );
}
