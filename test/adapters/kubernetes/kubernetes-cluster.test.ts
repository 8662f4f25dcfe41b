/** The Kubernetes adapter against the laptop's API server, over HTTPS; and the fake, held to the same contract. */
import { afterAll, describe, expect, test } from 'vitest';
import { KubernetesCluster } from '../../../lambdas/adapters/kubernetes/kubernetes-cluster.ts';
import { describeCluster } from '../../contracts/cluster-contract.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { startLaptop } from './laptop.ts';

const started = startLaptop();

afterAll(async () => {
  await (await started).stop();
});

describeCluster('the laptop’s Kubernetes', async () => ({
  cluster: (await started).admin,
  prefix: 'laptop',
  wait: () => Promise.resolve(),
}));

describeCluster('the fake', () => {
  const clock = new VirtualClock();
  return Promise.resolve({ cluster: new FakeCluster(clock), prefix: 'fake', wait: () => clock.sleep(1_000) });
});

describe('the Kubernetes adapter', () => {
  test('reads a list of many pages to its end', async () => {
    const { admin } = await started;
    const namespace = 'pages';
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, 'test');
    const names = Array.from({ length: 520 }, (_, index) => `map-${String(index).padStart(3, '0')}`);
    for (let start = 0; start < names.length; start += 40) {
      await Promise.all(
        names
          .slice(start, start + 40)
          .map((name) => admin.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }, 'test')),
      );
    }
    const listed = await admin.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
    expect(
      listed
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith('map-'))
        .toSorted(),
    ).toEqual(names);
  });

  test('a token that nobody knows may be known later', async () => {
    const { as } = await started;
    const stranger = as(() => Promise.resolve('k8s-aws-v1.unknown'));
    await expect(stranger.list({ apiVersion: 'v1', kind: 'Namespace' })).rejects.toMatchObject({
      name: 'TransientError',
      reason: expect.stringContaining('did not accept our token') as string,
    });
  });

  test('content that the API does not understand is the author’s matter', async () => {
    const { admin } = await started;
    const wrong = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'wrong', namespace: 'default' },
      data: { a: ['no'] },
    };
    await expect(admin.apply(wrong, 'test')).rejects.toMatchObject({ name: 'RejectedError' });
  });

  test('an API server that is away is passing trouble', async () => {
    const { laptop } = await started;
    const away = new KubernetesCluster({ endpoint: 'https://127.0.0.1:1', authority: laptop.certificateAuthority });
    await expect(away.get({ apiVersion: 'v1', kind: 'Namespace', name: 'x' })).rejects.toMatchObject({
      name: 'TransientError',
      reason: expect.stringContaining('could not be reached') as string,
    });
  });

  test('an API server whose certificate another authority signed is not spoken with', async () => {
    const { laptop } = await started;
    const other = await startLaptop();
    const confused = new KubernetesCluster({ endpoint: laptop.endpoint, authority: other.laptop.certificateAuthority });
    await expect(confused.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).rejects.toMatchObject({
      name: 'TransientError',
    });
    confused.close();
    await other.stop();
  });
});
