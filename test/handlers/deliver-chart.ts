/** A delivery whose build kept a chart. Separate because tests of deploy and of the sweep need one. */
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import type { Delivery } from '../../lambdas/contracts/payloads.ts';
import { digestOf } from '../../lambdas/domain/naming/slug.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { chart, IMAGE, type Loose } from '../boundary/chart/sample-chart.ts';
import type { ClusterWorld } from './cluster-world.ts';

/** Claims the delivery of what a chart rendered for this service file. */
export async function deliverChart(
  world: ClusterWorld,
  pushed: string,
  written: ServiceDefinition,
  objects: readonly Loose[],
): Promise<Delivery> {
  const image = `${world.imageRepository}:${written.name}.${pushed}`;
  const text = chart(...objects).replaceAll(IMAGE, image);
  const reading = parseChart(text, written, image);
  if (reading.kind === 'wrong') throw new Error(reading.message);
  const digest = digestOf(text, 64);
  await world.charts.keep(digest, text);
  const delivery = world.deliver(pushed, reading.definition);
  world.chart(delivery, { digest, configMaps: Object.keys(reading.chart.configMaps), breaches: [] });
  return delivery;
}
