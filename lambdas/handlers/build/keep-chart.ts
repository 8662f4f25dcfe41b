/**
 * Takes what a build rendered, holds it to the rules, and keeps it by its digest. Separate because it is done once, with whichever
 * delivery finds the image first, and the deploy function reads nothing that did not come through here.
 */
import type { BuildItem, ChartFacts } from '../../domain/builds/build-item.ts';
import { RejectedError } from '../../domain/errors.ts';
import { imageTag } from '../../domain/naming/image-tag.ts';
import { digestOf } from '../../domain/naming/slug.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { BuildPorts } from './build-ports.ts';

/** The definition with what its chart says. */
export interface Kept {
  readonly definition: ServiceDefinition;
  readonly chart?: ChartFacts;
}

/** Answers a definition without a chart, and one whose chart is kept already, as it is. Throws a RejectedError otherwise. */
export async function keepChart(
  ports: BuildPorts,
  { repository, commit }: { readonly repository: string; readonly commit: string },
  definition: ServiceDefinition,
  known: BuildItem['chart'],
): Promise<Kept> {
  if (definition.chart === undefined) return { definition };
  if (known !== undefined) return { definition, chart: known };
  const { path } = definition.chart;
  const text = await ports.charts.rendered(repository, commit);
  if (text === undefined) {
    throw new RejectedError(
      `The image of ${commit.slice(0, 10)} is there, but what the chart ${path} rendered with it is not (any more). Push another commit, which renders it again.`,
    );
  }
  const image = `${ports.rules.imageRepository}:${imageTag(repository, commit)}`;
  const reading = ports.parseChart(text, definition, image);
  if (reading.kind === 'wrong') {
    throw new RejectedError(
      `The chart ${path} cannot be used.\n${reading.message}\nNothing was applied. \`helm template\` shows what it renders; correct the chart or the service file and push again.`,
    );
  }
  const digest = digestOf(text, 64);
  await ports.charts.keep(digest, text);
  const configMaps = Object.keys(reading.chart.configMaps).toSorted();
  return { definition: reading.definition, chart: { digest, configMaps, breaches: reading.breaches } };
}
