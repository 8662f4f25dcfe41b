/** What a removal takes along, at whatever moment it comes, and what a sweep finds afterwards. */
import { beforeEach, describe, expect, it } from 'vitest';
import { applyConfiguration } from '../../../lambdas/handlers/configuration/apply-configuration.ts';
import { compareConfiguration } from '../../../lambdas/handlers/configuration/compare-configuration.ts';
import { configureDelivery } from '../../../lambdas/handlers/configuration/configure-delivery.ts';
import { registerTenant } from '../../../lambdas/handlers/configuration/register-tenant.ts';
import { removeTenant, withdrawConfiguration } from '../../../lambdas/handlers/configuration/withdraw.ts';
import { prepareEnvironment } from '../../../lambdas/handlers/environment/prepare-environment.ts';
import { deleteGenerated } from '../../../lambdas/handlers/secrets/delete-generated.ts';
import { compareSecrets } from '../../../lambdas/handlers/secrets/compare-secrets.ts';
import { sealAgain, sealForDelivery } from '../../../lambdas/handlers/secrets/seal-secrets.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { TransientError } from '../../../lambdas/domain/errors.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { commit, serviceFile } from '../cluster-world.ts';
import { FakeClusterWorld } from '../fake-cluster-world.ts';
import { CONFIGURED, configuredPorts, Kept } from './configured-world.ts';

const GENERATED = 'shop/generated/branch/feature-login/orders/TOKEN';

let world: FakeClusterWorld;
let saved: EnvironmentRecord[];
let kept: Kept;
let delivery: Delivery;

const ports = () => configuredPorts(world, kept, (record) => saved.push(record));

beforeEach(async () => {
  saved = [];
  world = new FakeClusterWorld();
  kept = new Kept();
  delivery = world.deliver(commit('a'), CONFIGURED);
  await prepareEnvironment(world, delivery);
});

async function delivered(): Promise<void> {
  const { configuration, secrets } = ports();
  await registerTenant(configuration, delivery);
  await sealForDelivery(secrets, delivery);
  await configureDelivery(configuration, delivery, 'blue');
}

describe('a tenant', () => {
  it('is registered once, before anything of its service is there', async () => {
    await registerTenant(ports().configuration, delivery);
    await registerTenant(ports().configuration, delivery);
    expect(world.events.filter(({ message }) => message.includes('registered as a tenant'))).toHaveLength(1);
    expect(world.cluster.names('ConfigMap')).toEqual([]);
  });

  it('is not registered for production, whose secrets are sealed all the same', async () => {
    const production = world.deliver(commit('a'), CONFIGURED, {
      environment: 'production',
      kind: 'production',
      branch: 'main',
    });
    await prepareEnvironment(world, production);
    expect(await registerTenant(ports().configuration, production)).toEqual({ kind: 'no-tenant', secrets: true });
    expect(await kept.tenants.all()).toEqual([]);
    expect((await kept.states.load('production'))?.publicKey).toBeDefined();
  });

  it('is gone with its environment, and with it its layer, its secrets and what was sealed', async () => {
    await delivered();
    await kept.layers.save({
      layer: 'feature-login',
      service: 'orders',
      version: 1,
      values: {},
      difference: [],
      author: 'a',
      reason: 'r',
      at: 0,
      execution: 'e',
    });
    world.remove('feature-login');
    expect(await deleteGenerated(ports().secrets, 'feature-login')).toEqual({ kind: 'deleted' });
    expect(await removeTenant(ports().configuration, 'feature-login')).toEqual({ kind: 'removed' });
    expect([kept.store.names(), kept.layers.names(), await kept.tenants.all(), kept.states.states.size]).toEqual([
      [],
      [],
      [],
      0,
    ]);
    expect(kept.states.written()).toBe('[[],[]]');
  });

  it('that is removed twice, or half-way before, ends the same way', async () => {
    await delivered();
    world.remove('feature-login');
    await deleteGenerated(ports().secrets, 'feature-login');
    await kept.tenants.forget('feature-login');
    for (let again = 0; again < 2; again += 1) {
      await deleteGenerated(ports().secrets, 'feature-login');
      await removeTenant(ports().configuration, 'feature-login');
    }
    expect([kept.store.names(), await kept.tenants.all(), kept.states.states.size]).toEqual([[], [], 0]);
  });

  it('of an environment that is there is kept, and so are kinds', async () => {
    await delivered();
    expect(await removeTenant(ports().configuration, 'feature-login')).toEqual({ kind: 'kept' });
    expect(await deleteGenerated(ports().secrets, 'feature-login')).toEqual({ kind: 'kept' });
    expect(await removeTenant(ports().configuration, 'integration')).toEqual({ kind: 'kept' });
    expect(kept.store.names()).toEqual([GENERATED]);
  });
});

describe('a generated secret whose environment is removed half-way', () => {
  it('is found by the removal although nobody was told that it was made', async () => {
    await registerTenant(ports().configuration, delivery);
    kept.store.onCreate = () => {
      throw new Error('killed right after it was made');
    };
    await expect(sealForDelivery(ports().secrets, delivery)).rejects.toThrow('killed');
    expect(kept.store.names()).toEqual([GENERATED]);
    world.remove('feature-login');
    await deleteGenerated(ports().secrets, 'feature-login');
    expect(kept.store.names()).toEqual([]);
  });

  it('is deleted by whoever made it when the removal was faster', async () => {
    await registerTenant(ports().configuration, delivery);
    kept.store.onCreate = async () => {
      // The removal ran to its end between the look and the making.
      await kept.states.forget('feature-login');
    };
    await expect(sealForDelivery(ports().secrets, delivery)).rejects.toMatchObject({ name: 'SupersededError' });
    expect(kept.store.names()).toEqual([]);
  });
});

describe('a sealing key', () => {
  it('that was lost with the namespace is made anew, and nothing sealed before opens any more', async () => {
    await delivered();
    const before = (await kept.states.load('feature-login'))?.publicKey;
    await world.cluster.remove({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'shop-feature-login',
      name: 'espalier-sealing-key',
    });
    await registerTenant(ports().configuration, delivery);
    expect((await kept.states.load('feature-login'))?.publicKey).not.toBe(before);
    await expect(configureDelivery(ports().configuration, delivery, 'blue')).rejects.toMatchObject({
      name: 'TransientError',
    });
    await sealForDelivery(ports().secrets, delivery);
    await configureDelivery(ports().configuration, delivery, 'blue');
  });

  it('made by two at once is one in the end, in the table and in the cluster', async () => {
    await Promise.all([1, 2, 3].map(() => registerTenant(ports().configuration, delivery)));
    await sealForDelivery(ports().secrets, delivery);
    await expect(configureDelivery(ports().configuration, delivery, 'blue')).resolves.toMatchObject({
      kind: 'configured',
    });
  });
});

describe('withdrawing a service', () => {
  it('takes its configuration and secrets and leaves the key of the environment', async () => {
    await delivered();
    // The last service would take the environment along.
    world.deliver(commit('b'), serviceFile({ name: 'web' }));
    const claim = world.withdraw('feature-login', 'orders');
    await withdrawConfiguration(ports().configuration, claim);
    expect(world.cluster.names('ConfigMap')).toEqual([]);
    expect(world.cluster.names('Secret')).toEqual(['shop-feature-login/espalier-sealing-key']);
  });
});

describe('a change that meets a withdrawal', () => {
  it('leaves nothing of what it brought', async () => {
    await delivered();
    world.settle(delivery);
    // The last service would take the environment along.
    world.deliver(commit('b'), serviceFile({ name: 'web' }));
    const { configuration } = ports();
    const apply = world.cluster.apply.bind(world.cluster);
    let withdrawn = false;
    world.cluster.apply = async (manifest, ...rest) => {
      if (manifest.kind === 'ConfigMap' && !withdrawn) {
        withdrawn = true;
        await withdrawConfiguration(configuration, world.withdraw('feature-login', 'orders'));
      }
      return apply(manifest, ...rest);
    };
    await applyConfiguration(configuration, { environment: 'feature-login', service: null });
    expect(withdrawn).toBe(true);
    expect(world.cluster.names('ConfigMap')).toEqual([]);
  });
});

describe('a sweep', () => {
  const items = async (): Promise<string[]> =>
    (await compareConfiguration(ports().configuration)).items.map((item) => `${item.kind}: ${item.because}`);

  beforeEach(async () => {
    await delivered();
    world.settle(delivery);
  });

  const greetOtherwise = () =>
    kept.layers.save({
      layer: 'integration',
      service: 'orders',
      version: 1,
      values: { greeting: 'Hi' },
      difference: [],
      author: 'a',
      reason: 'r',
      at: 0,
      execution: 'e',
    });

  it('finds nothing when all is as it should be', async () => {
    expect(await items()).toEqual([]);
  });

  it('finds a change that did not arrive', async () => {
    await greetOtherwise();
    expect(await items()).toEqual(['configure: orders-blue does not have the newest configuration']);
  });

  it('finds a ConfigMap that was edited or deleted by hand, and a Secret that is gone', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop-feature-login', name: 'orders-blue' };
    await world.cluster.remove({ ...map, kind: 'Secret' });
    expect(await items()).toEqual(['configure: Secret orders-blue is missing']);
    await world.cluster.apply(
      { ...map, metadata: { name: map.name, namespace: map.namespace }, data: { GREETING: 'Edited' } },
      'kubectl',
      { force: true },
    );
    expect(await items()).toEqual(['configure: GREETING in ConfigMap orders-blue was edited']);
    await world.cluster.remove(map);
    expect(await items()).toEqual(['configure: ConfigMap orders-blue is missing']);
  });

  it('finds a tenant that no environment has any more', async () => {
    world.forget('feature-login');
    expect(await items()).toEqual(['remove-tenant: its environment is gone']);
  });

  it('leaves a service alone while it is delivered', async () => {
    const before: EnvironmentRecord | undefined = await world.records.load('feature-login');
    expect(before?.phase).toBe('active');
    world.deliver(commit('b'), CONFIGURED);
    await greetOtherwise();
    expect(await items()).toEqual([]);
  });
});

describe('a secret that was rotated', () => {
  const NAMED = serviceFile({
    secrets: {
      PAYMENT: { store: 'secrets-manager', name: 'orders/payment' },
      SMTP: { store: 'parameter-store', name: 'smtp/password' },
    },
    generate: { TOKEN: 'token' },
  });
  const items = async (): Promise<string[]> =>
    (await compareSecrets(ports().secrets)).items.map((item) => `${item.kind} ${item.because}`);
  const again = () => sealAgain(ports().secrets, { environment: 'feature-login', service: null });

  beforeEach(async () => {
    kept.store.put('shop/feature/orders/payment', 'one');
    kept.store.put('/shop/feature/smtp/password', 'one');
    delivery = world.deliver(commit('b'), NAMED);
    await delivered();
  });

  it.each([
    ['shop/feature/orders/payment', 'Secrets Manager'],
    ['/shop/feature/smtp/password', 'Parameter Store'],
  ])('is found by a sweep: %s of %s, until it was sealed again', async (name) => {
    world.settle(delivery);
    expect(await items()).toEqual([]);
    kept.store.put(name, 'two');
    expect(await items()).toEqual([`configure ${name}, which orders uses, was changed`]);
    await again();
    expect(await items()).toEqual([]);
  });

  it('and sealed but never brought is found by the comparison of the configuration', async () => {
    world.settle(delivery);
    kept.store.put('shop/feature/orders/payment', 'two');
    await again();
    const { items: found } = await compareConfiguration(ports().configuration);
    expect(found.map(({ because }) => because)).toEqual(['orders-blue does not have its newest secrets']);
    await applyConfiguration(ports().configuration, { environment: 'feature-login', service: null });
    expect((await compareConfiguration(ports().configuration)).items).toEqual([]);
  });

  it('is left to the delivery of a service that is delivered, and to nobody when it is gone or cannot be read', async () => {
    kept.store.put('shop/feature/orders/payment', 'two');
    expect(await items()).toEqual([]);
    world.settle(delivery);
    const version = kept.store.version.bind(kept.store);
    kept.store.version = () => Promise.reject(new TransientError('throttled'));
    expect(await items()).toEqual([]);
    kept.store.version = version;
    await kept.store.remove('shop/feature/orders/payment');
    expect(await items()).toEqual([]);
  });

  it('is asked for once, however many services use it', async () => {
    world.settle(delivery);
    const asked: string[] = [];
    kept.store.version = (_store, name) => {
      asked.push(name);
      return Promise.resolve('1');
    };
    await compareSecrets(ports().secrets);
    expect(asked.toSorted()).toEqual(['/shop/feature/smtp/password', 'shop/feature/orders/payment']);
  });

  it('is remembered by version numbers alone, and only for commits that are in use', async () => {
    world.settle(delivery);
    kept.store.put('shop/feature/orders/payment', 'secret value');
    await again();
    const { inUse = {} } = (await kept.states.load('feature-login')) ?? {};
    expect(inUse).toEqual({
      [`orders#${commit('b')}`]: { 'shop/feature/orders/payment': '2', '/shop/feature/smtp/password': '1' },
    });
  });
});
