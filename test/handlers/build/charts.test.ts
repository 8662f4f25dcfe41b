/** Charts in the function `build`: what a build rendered is read, held to the rules and kept by digest before anything is applied. */
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { digestOf } from '../../../lambdas/domain/naming/slug.ts';
import { claimCommitBuild } from '../../../lambdas/handlers/build/claim-commit-build.ts';
import { recordBuild } from '../../../lambdas/handlers/build/record-build.ts';
import { chart, deployment, IMAGE } from '../../boundary/chart/sample-chart.ts';
import { IntakeWorld } from '../intake-world.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;

/** A claimed delivery of a repository with a chart, whose build rendered this and pushed its image. */
async function built(render: (image: string) => string | undefined, file = 'name: orders\nchart: chart\n') {
  const world = new IntakeWorld();
  await world.push('orders', 'feature/login', { 'espalier.yaml': file });
  const delivery = await world.claimed();
  const claimed = await claimCommitBuild(world.build, { delivery });
  const text = render(`registry.example/shop:orders.${delivery.commit}`);
  if (text !== undefined) world.charts.upload('orders', delivery.commit, text);
  world.images.push('orders', delivery.commit, DIGEST);
  return { world, delivery, claimed, text: text ?? '' };
}

const good = (image: string): string => chart(deployment({ replicas: 2 })).replaceAll(IMAGE, image);
const itemOf = (world: IntakeWorld, { commit }: Delivery) => world.builds.load('orders', commit);

describe('a repository with a chart', () => {
  it('has it rendered in the build, with nothing but what is the same in every environment', async () => {
    const { claimed } = await built(
      good,
      'name: orders\nport: 9000\nchart: { path: deploy/chart, values: [a.yaml, b.yaml] }\n',
    );
    if (claimed.kind !== 'start') throw new Error('no build was started');
    const variables = Object.fromEntries(claimed.request.variables.map(({ name, value }) => [name, value]));
    expect(variables).toMatchObject({
      ESPALIER_CHART: 'deploy/chart',
      ESPALIER_CHART_FILES: 'a.yaml b.yaml',
      ESPALIER_CHART_RELEASE: 'orders',
    });
    const values = JSON.parse(variables['ESPALIER_CHART_VALUES'] ?? '') as object;
    expect(values).toMatchObject({ fullnameOverride: 'orders', espalier: { port: 9000, readiness: '/health' } });
    expect(JSON.stringify(values)).not.toContain('feature');
  });

  it('keeps by digest what was rendered, and the definition with what it says', async () => {
    const { world, delivery, text } = await built(good);
    await recordBuild(world.build, { delivery });
    const item = await itemOf(world, delivery);
    expect(item).toMatchObject({ chart: { digest: digestOf(text, 64), breaches: [] }, definition: { replicas: 2 } });
    expect(await world.charts.load(item?.chart?.digest ?? '')).toBe(text);
    expect(await claimCommitBuild(world.build, { delivery })).toEqual({ kind: 'built', digest: DIGEST });
  });

  it('is read with the image also when nobody recorded the build', async () => {
    const { world, delivery } = await built(good);
    expect(await claimCommitBuild(world.build, { delivery })).toEqual({ kind: 'built', digest: DIGEST });
    expect(await itemOf(world, delivery)).toMatchObject({ state: 'built', definition: { replicas: 2 } });
  });

  it.each([
    [
      'a role of the cluster',
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: all }\n',
      'The chart chart cannot be used.\n- ClusterRole all',
    ],
    ['another port', undefined, 'listens on 9090, and the service file says port: 8080'],
  ])('is rejected with %s, by whoever comes first and by whoever comes later', async (_what, more, reason) => {
    const { world, delivery } = await built((image) =>
      more === undefined ? chart(deployment({ port: 9090 })).replaceAll(IMAGE, image) : `${good(image)}---\n${more}`,
    );
    const rejected = expect.objectContaining({
      name: 'RejectedError',
      reason: expect.stringContaining(reason) as unknown,
    });
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(rejected);
    await expect(claimCommitBuild(world.build, { delivery })).rejects.toThrow(rejected);
  });

  it('is held to the rules for containers, and exceptions count', async () => {
    const open = (image: string): string =>
      chart(
        deployment({
          containers: [
            {
              name: 'app',
              image,
              ports: [{ containerPort: 8080 }],
              securityContext: { readOnlyRootFilesystem: false },
            },
          ],
        }),
      );
    const { world, delivery } = await built(open);
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(/makes its root writable.*rule writable-root/);
    const excepted = await built(
      open,
      'name: orders\nchart: chart\nexceptions: [{ rule: writable-root, reason: until the cache moves, until: 2999-01-01 }]\n',
    );
    await expect(recordBuild(excepted.world.build, { delivery: excepted.delivery })).resolves.toEqual({
      digest: DIGEST,
    });
  });

  it('whose rendering is gone needs another commit', async () => {
    const { world, delivery } = await built(() => undefined);
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(
      /what the chart chart rendered with it is not \(any more\)\. Push another commit/,
    );
  });
});
