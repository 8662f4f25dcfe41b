/** Services that speak something else than HTTP, and checks that a version must pass before it is announced. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { applyWorkload } from '../../../lambdas/handlers/deploy/apply-workload.ts';
import { awaitPods } from '../../../lambdas/handlers/deploy/await-pods.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { openRoute } from '../../../lambdas/handlers/rollout/open-route.ts';
import { pointTraffic } from '../../../lambdas/handlers/rollout/point-traffic.ts';
import { readBack } from '../../../lambdas/handlers/rollout/read-back.ts';
import { installationOf } from '../../fakes/installation.ts';
import { commit, DIGEST, ERRORS, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';

let world: FakeClusterWorld;
beforeEach(() => {
  world = new FakeClusterWorld(installationOf('shop', { access: 'internal', address: '127.0.0.1:8000' }));
});

async function running(definition: ServiceDefinition): Promise<Delivery> {
  const delivery = world.deliver(commit('a'), definition);
  await prepareEnvironment(world, delivery);
  await openRoute(world, delivery, 'blue');
  await applyWorkload(world, delivery, DIGEST, { side: 'blue', beside: false });
  await expect(awaitPods(world, delivery, 'blue')).resolves.toEqual({ kind: 'ready' });
  await pointTraffic(world, delivery, 'blue');
  return delivery;
}

/** The Services of sides; the plain one is another name of one of them here. */
const sideServices = () => world.cluster.peek('Service').filter(({ metadata }) => metadata.name.endsWith('-blue'));

describe('a tcp service', () => {
  test('has Services on its own port, no route, and is announced by its address in the cluster', async () => {
    const delivery = await running(serviceFile({ name: 'broker', protocol: 'tcp', port: 5_672 }));
    expect(world.cluster.names('HTTPRoute')).toEqual([]);
    for (const service of sideServices()) {
      expect(service['spec']).toMatchObject({ ports: [{ port: 5_672, targetPort: 'http' }] });
    }
    await expect(readBack(world, delivery, 'blue')).resolves.toEqual({
      kind: 'verified',
      url: 'tcp://broker.shop-feature-login:5672',
    });
  });
});

describe('a grpc service', () => {
  test('has a route whose backend speaks HTTP/2, and is not asked over HTTP', async () => {
    world.prober.unreachable = 'nobody may ask here';
    const delivery = await running(serviceFile({ name: 'prices', protocol: 'grpc', port: 50_051 }));
    expect(sideServices()[0]?.['spec']).toMatchObject({
      ports: [{ port: 80, appProtocol: 'kubernetes.io/h2c' }],
    });
    await expect(readBack(world, delivery, 'blue')).resolves.toMatchObject({
      url: 'http://prices-feature-login.shop.localhost:8000/',
    });
  });
});

describe('further ports', () => {
  test('are reached under the name of the service', async () => {
    await running(serviceFile({ ports: { metrics: { port: 9_090, protocol: 'http' } } }));
    for (const service of sideServices()) {
      expect(service['spec']).toMatchObject({
        ports: [{ port: 80 }, { name: 'metrics', port: 9_090, targetPort: 'metrics' }],
      });
    }
  });
});

describe('checks', () => {
  const check = { path: '/orders', status: 200, contains: 'open' };

  test('are asked through the route before the version is announced', async () => {
    world.prober.texts.set('/orders', 'two are open');
    const delivery = await running(serviceFile({ checks: [check] }));
    await expect(readBack(world, delivery, 'blue')).resolves.toMatchObject({ kind: 'verified' });
  });

  test('one that fails stops the delivery with what was expected and what came', async () => {
    world.prober.texts.set('/orders', 'none');
    const delivery = await running(serviceFile({ checks: [check] }));
    await expect(readBack(world, delivery, 'blue')).rejects.toMatchObject({
      name: ERRORS.rejected,
      message:
        'The new version serves, but it fails a check of its service file: /orders should answer 200 with "open", and answers "none".',
    });
  });
});
