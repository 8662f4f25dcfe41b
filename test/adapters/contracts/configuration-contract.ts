/** What every store of layers, tenants and secret states must do; run against the fakes and against the table. */
import { expect, it } from 'vitest';
import type { SealedSecrets, SecretState } from '../../../lambdas/domain/configuration/secrets.ts';
import type { Tenant } from '../../../lambdas/domain/configuration/tenant.ts';
import type { LayerVersion } from '../../../lambdas/domain/configuration/version.ts';
import type { Layers, SecretStates, Tenants } from '../../../lambdas/ports/configuration.ts';

/** The three stores, empty. */
export interface ConfigurationUnderTest {
  readonly layers: Layers;
  readonly tenants: Tenants;
  readonly secretStates: SecretStates;
}

const version = (number: number, change: Partial<LayerVersion> = {}): LayerVersion => ({
  layer: 'feature-a',
  service: 'orders',
  version: number,
  values: { greeting: `hello ${String(number)}` },
  difference: [{ key: 'greeting', after: `hello ${String(number)}` }],
  author: 'ann',
  reason: 'spring',
  at: number,
  execution: `execution-${String(number)}`,
  ...change,
});
const tenant = (environment: string): Tenant => ({ environment, kind: 'feature', registeredAt: 1 });
const state = (version: number): SecretState => ({ environment: 'feature-a', version, generated: ['a/b'] });
const sealed = (service: string, commit: string): SealedSecrets => ({
  environment: 'feature-a',
  service,
  commit,
  publicKey: 'key',
  version: 'one',
  sealed: 'c2VhbGVk',
});

export function configurationContract(make: () => Promise<ConfigurationUnderTest>): void {
  it('a layer’s newest version holds, and all are kept from the newest to the first, also beyond nine', async () => {
    const { layers } = await make();
    expect(await layers.latest('feature-a', 'orders')).toBeUndefined();
    for (let number = 1; number <= 12; number += 1) expect(await layers.save(version(number))).toBe('saved');
    expect(await layers.latest('feature-a', 'orders')).toEqual(version(12));
    expect((await layers.history('feature-a', 'orders')).map((one) => one.version)).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
    expect(await layers.version('feature-a', 'orders', 9)).toEqual(version(9));
    expect(await layers.version('feature-a', 'orders', 13)).toBeUndefined();
  });

  it('of many who save the same version exactly one does, and a dropped one may be saved again', async () => {
    const { layers } = await make();
    const answers = await Promise.all(Array.from({ length: 8 }, () => layers.save(version(1))));
    expect(answers.filter((answer) => answer === 'saved')).toHaveLength(1);
    await layers.drop(version(1));
    await layers.drop(version(1));
    expect(await layers.latest('feature-a', 'orders')).toBeUndefined();
    expect(await layers.save(version(1))).toBe('saved');
  });

  it('keeps layers and services whose names begin alike apart, and forgets one layer with all its services', async () => {
    const { layers } = await make();
    const all = [
      version(1),
      version(1, { service: 'orders-archive' }),
      version(1, { layer: 'feature-a-b' }),
      version(2, { service: 'orders-archive' }),
    ];
    for (const one of all) await layers.save(one);
    expect(await layers.history('feature-a', 'orders')).toEqual([version(1)]);
    await layers.forget('feature-a');
    expect(await layers.history('feature-a', 'orders-archive')).toEqual([]);
    expect(await layers.history('feature-a-b', 'orders')).toEqual([version(1, { layer: 'feature-a-b' })]);
  });

  it('registers a tenant once, lists all and forgets one', async () => {
    const { tenants } = await make();
    expect(await tenants.register(tenant('feature-a'))).toBe('registered');
    expect(await tenants.register(tenant('feature-a'))).toBe('known');
    expect(await tenants.register(tenant('feature-b'))).toBe('registered');
    expect((await tenants.all()).map(({ environment }) => environment).sort()).toEqual(['feature-a', 'feature-b']);
    await tenants.forget('feature-a');
    expect(await tenants.load('feature-a')).toBeUndefined();
    expect(await tenants.load('feature-b')).toEqual(tenant('feature-b'));
  });

  it('saves what is known about secrets only upon the version that was read', async () => {
    const { secretStates } = await make();
    expect(await secretStates.load('feature-a')).toBeUndefined();
    expect(await secretStates.save(state(0))).toBe('saved');
    expect(await secretStates.save(state(0))).toBe('conflict');
    expect(await secretStates.save(state(1))).toBe('saved');
    expect((await secretStates.load('feature-a'))?.version).toBe(2);
  });

  it('keeps sealed secrets by service and commit, and forgets all of an environment', async () => {
    const { secretStates } = await make();
    await secretStates.save(state(0));
    await secretStates.keep(sealed('orders', 'a'));
    await secretStates.keep(sealed('orders', 'a'));
    await secretStates.keep(sealed('web', 'b'));
    expect(await secretStates.sealed('feature-a', 'orders', 'a')).toEqual(sealed('orders', 'a'));
    expect(await secretStates.sealed('feature-a', 'orders', 'b')).toBeUndefined();
    await secretStates.forget('feature-a');
    expect(await secretStates.sealed('feature-a', 'web', 'b')).toBeUndefined();
    expect(await secretStates.load('feature-a')).toBeUndefined();
  });
}
