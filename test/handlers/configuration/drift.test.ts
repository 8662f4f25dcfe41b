/** ConfigMaps and Secrets that somebody changed are found, told and put right: on a server with real field management. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyConfiguration, keepKey } from '../../../lambdas/handlers/configuration/apply-configuration.ts';
import { compareConfiguration } from '../../../lambdas/handlers/configuration/compare-configuration.ts';
import { configureDelivery } from '../../../lambdas/handlers/configuration/configure-delivery.ts';
import { registerTenant } from '../../../lambdas/handlers/configuration/register-tenant.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { sealAgain, sealForDelivery } from '../../../lambdas/handlers/secrets/seal-secrets.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../../lambdas/domain/environment/record.ts';
import { TransientError } from '../../../lambdas/domain/errors.ts';
import { startLaptop, type Laptop } from '../../adapters/kubernetes/laptop.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { installationOf } from '../../fakes/installation.ts';
import { ClusterWorld, commit } from '../cluster-world.ts';
import { CONFIGURED, configuredPorts, Kept } from './configured-world.ts';

const NAMESPACE = 'shop-feature-login';
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'orders-blue' };
const SECRET = { ...MAP, kind: 'Secret' };
const KEY = { ...SECRET, name: 'espalier-sealing-key' };

let laptop: Laptop;
let world: ClusterWorld;
let saved: EnvironmentRecord | undefined;
const kept = new Kept();

function ports(change: Partial<ServiceRecord> = {}) {
  const keep = (record: EnvironmentRecord): void => {
    saved = record;
  };
  return configuredPorts(world, kept, keep, (record) => {
    const orders = record.services['orders'];
    return orders === undefined ? record : { ...record, services: { orders: { ...orders, ...change } } };
  });
}

const found = async (change: Partial<ServiceRecord> = {}): Promise<string[]> =>
  (await compareConfiguration(ports(change).configuration)).items.map(({ because }) => because);

/** What *apply configuration* does with the environment. */
async function broughtAgain(): Promise<void> {
  const { configuration, secrets } = ports();
  const input = { environment: 'feature-login', service: null };
  await keepKey(configuration, 'feature-login');
  await sealAgain(secrets, input);
  await applyConfiguration(configuration, input);
}

/** Somebody changes an object with kubectl. */
async function edit(of: typeof MAP, content: object): Promise<void> {
  const { apiVersion, kind, namespace, name } = of;
  await laptop.admin.apply({ apiVersion, kind, metadata: { name, namespace }, ...content }, 'kubectl', { force: true });
}

const dataOf = async (of: typeof MAP): Promise<Record<string, string>> =>
  ((await laptop.admin.get(of))?.['data'] ?? {}) as Record<string, string>;

beforeAll(async () => {
  laptop = await startLaptop();
  const prober = { ask: () => Promise.reject(new Error('Nothing is probed here.')) };
  const clock = new VirtualClock();
  world = new ClusterWorld({ cluster: laptop.admin, prober, clock, installation: installationOf('shop') });
  const delivery = world.deliver(commit('a'), CONFIGURED);
  await prepareEnvironment(world, delivery);
  await registerTenant(ports().configuration, delivery);
  await sealForDelivery(ports().secrets, delivery);
  await configureDelivery(ports().configuration, delivery, 'blue');
  world.settle(delivery);
});

afterAll(async () => {
  await laptop.stop();
});

describe('a sweep of configuration', () => {
  it('finds nothing in what was just brought, nor in what was brought again', async () => {
    expect(await found()).toEqual([]);
    await broughtAgain();
    expect(await found()).toEqual([]);
  });

  it.each([
    ['a value in a ConfigMap', MAP, { data: { GREETING: 'Edited' } }, 'GREETING in ConfigMap orders-blue was edited'],
    [
      'something added to a ConfigMap',
      MAP,
      { data: { MORE: 'x' } },
      'ConfigMap orders-blue has more than was applied (/data/MORE)',
    ],
    ['a value in a Secret', SECRET, { data: { TOKEN: 'RWRpdGVk' } }, 'Secret orders-blue was edited'],
    [
      'something added to a Secret',
      SECRET,
      { data: { MORE: 'eA==' } },
      'Secret orders-blue has more than was applied (/data/MORE)',
    ],
  ])('finds %s, says so, and it is as it was', async (_what, of, content, because) => {
    const before = await dataOf(of);
    await edit(of, content);
    expect(await found()).toEqual([because]);
    expect(world.events.at(-1)).toMatchObject({
      stage: 'sweep',
      level: 'warning',
      service: 'orders',
      message: `The configuration differs from what holds: ${because}. It is brought again.`,
    });
    expect(saved?.services['orders']).toMatchObject({ healed: { times: 1 } });
    expect(saved?.services['orders']?.again).toBeUndefined();
    await broughtAgain();
    expect(await found()).toEqual([]);
    expect(await dataOf(of)).toEqual(before);
  });

  it('finds an edited sealing key, which is lost: another one takes its place', async () => {
    await edit(KEY, { data: { private: 'eA==' } });
    expect(await found()).toEqual(['Secret espalier-sealing-key was edited']);
    const lost = (await kept.states.load('feature-login'))?.publicKey;
    await broughtAgain();
    expect((await kept.states.load('feature-login'))?.publicKey).not.toBe(lost);
    expect(await found()).toEqual([]);
  });

  it.each([MAP, SECRET, KEY])('finds a deleted $kind $name, and it comes back', async (of) => {
    await laptop.admin.remove(of);
    expect(await found()).toEqual([`${of.kind} ${of.name} is missing`]);
    await broughtAgain();
    expect(await found()).toEqual([]);
  });

  it('respects the annotation at which the kubelet looks, and others on what it brought', async () => {
    const metadata = { name: MAP.name, namespace: NAMESPACE, annotations: { 'example.com/seen': 'yes' } };
    await laptop.admin.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, 'somebody', { force: true });
    expect(await found()).toEqual([]);
  });

  it('asks people when it is undone again and again, and leaves a service that is delivered to its delivery', async () => {
    await edit(MAP, { data: { GREETING: 'Edited' } });
    const healed = { since: world.clock.now(), times: 3 };
    const { items, questions } = await compareConfiguration(ports({ healed }).configuration);
    expect(items).toEqual([]);
    expect(questions[0]).toContain('was put right several times within an hour');
    const owner = {
      workflow: 'deliver-service',
      execution: 'x',
      input: '{}',
      generation: 9,
      claimedAt: 0,
      started: true,
    };
    expect(await found({ owner: owner as ServiceRecord['owner'] & object })).toEqual([]);
    await broughtAgain();
  });

  it('of an environment that cannot be read is told in its log, and hides no other', async () => {
    const { configuration } = ports();
    const layersAway = {
      latest: () => Promise.reject(new TransientError('away')),
      forget: () => Promise.reject(new TransientError('away')),
    };
    await expect(compareConfiguration({ ...configuration, layers: layersAway })).resolves.toEqual({
      items: [],
      questions: [],
    });
    expect(world.events.at(-1)).toMatchObject({
      stage: 'sweep',
      level: 'warning',
      message: 'The configuration could not be compared: away',
    });
  });
});
