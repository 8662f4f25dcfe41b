/**
 * A service with a configuration and a secret of its own, and the functions that bring them, in one environment. Separate because what
 * drifts and what a removal takes along are looked at with the same ones.
 */
import { sealing } from '../../../lambdas/adapters/crypto/sealing.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../../fakes/configuration.ts';
import { AskedPods } from '../../fakes/pods-asked.ts';
import { countingGenerator, FakeSecretStore } from '../../fakes/secrets.ts';
import { serviceFile, type ClusterWorld } from '../cluster-world.ts';

/** Its service file. */
export const CONFIGURED = serviceFile({
  configuration: { subscribe: true, keys: { greeting: { type: 'text', default: 'Hello' } } },
  generate: { TOKEN: 'token' },
});

/** What is kept outside of the cluster. */
export class Kept {
  readonly layers = new FakeLayers();
  readonly tenants = new FakeTenants();
  readonly states = new FakeSecretStates();
  readonly store = new FakeSecretStore();
}

/** Ports of both functions. `seen` makes of the environment's record what they read; `save` gets what they would save, which is not kept. */
export function configuredPorts(
  world: ClusterWorld,
  { layers, tenants, states, store }: Kept,
  save: (record: EnvironmentRecord) => void,
  seen: (record: EnvironmentRecord) => EnvironmentRecord = (record) => record,
) {
  const { cluster, clock, builds, history, installation } = world;
  const load = async (id: string): Promise<EnvironmentRecord | undefined> => {
    const record = await world.records.load(id);
    return record && seen(record);
  };
  const records = {
    load,
    all: async () => [await load('feature-login')].filter((found) => found !== undefined),
    save: (record: EnvironmentRecord) => {
      save(record);
      return Promise.resolve({ kind: 'saved', record } as const);
    },
  };
  const shared = { records, builds, history, clock, tier: 'branch' as const };
  return {
    configuration: {
      ...shared,
      cluster,
      pods: new AskedPods(),
      layers,
      tenants,
      secrets: states,
      sealing,
      installation,
    },
    secrets: { ...shared, installation: 'shop', states, store, generator: countingGenerator(), sealing },
  };
}
