/** Layers, tenants and what is known about secrets, in memory, under the same conditions as in the table. */
import type { SealedSecrets, SecretState } from '../../lambdas/domain/configuration/secrets.ts';
import type { Tenant } from '../../lambdas/domain/configuration/tenant.ts';
import type { LayerVersion } from '../../lambdas/domain/configuration/version.ts';
import type { Layers, SecretStates, Tenants } from '../../lambdas/ports/configuration.ts';
import { copyOf } from './copy.ts';

export class FakeLayers implements Layers {
  readonly #versions = new Map<string, LayerVersion>();

  async latest(layer: string, service: string): Promise<LayerVersion | undefined> {
    return (await this.history(layer, service))[0];
  }

  async version(layer: string, service: string, version: number): Promise<LayerVersion | undefined> {
    return Promise.resolve(copyOf(this.#versions.get(keyOf({ layer, service, version }))));
  }

  async history(layer: string, service: string): Promise<readonly LayerVersion[]> {
    const found = [...this.#versions.values()].filter((known) => known.layer === layer && known.service === service);
    return Promise.resolve(copyOf(found.toSorted((one, other) => other.version - one.version)));
  }

  async save(version: LayerVersion): Promise<'saved' | 'conflict'> {
    const key = keyOf(version);
    if (this.#versions.has(key)) return Promise.resolve('conflict');
    this.#versions.set(key, copyOf(version));
    return Promise.resolve('saved');
  }

  async drop(version: LayerVersion): Promise<void> {
    this.#versions.delete(keyOf(version));
    return Promise.resolve();
  }

  async forget(layer: string): Promise<void> {
    for (const [key, known] of this.#versions) if (known.layer === layer) this.#versions.delete(key);
    return Promise.resolve();
  }

  /** Names of all layers that say something. */
  names(): readonly string[] {
    return [...new Set([...this.#versions.values()].map(({ layer }) => layer))].toSorted();
  }
}

function keyOf({ layer, service, version }: Pick<LayerVersion, 'layer' | 'service' | 'version'>): string {
  return `${layer} ${service} ${String(version)}`;
}

export class FakeTenants implements Tenants {
  readonly #tenants = new Map<string, Tenant>();

  async load(environment: string): Promise<Tenant | undefined> {
    return Promise.resolve(copyOf(this.#tenants.get(environment)));
  }

  async register(tenant: Tenant): Promise<'registered' | 'known'> {
    if (this.#tenants.has(tenant.environment)) return Promise.resolve('known');
    this.#tenants.set(tenant.environment, copyOf(tenant));
    return Promise.resolve('registered');
  }

  async all(): Promise<readonly Tenant[]> {
    return Promise.resolve(copyOf([...this.#tenants.values()]));
  }

  async forget(environment: string): Promise<void> {
    this.#tenants.delete(environment);
    return Promise.resolve();
  }
}

export class FakeSecretStates implements SecretStates {
  readonly states = new Map<string, SecretState>();
  readonly #sealed = new Map<string, SealedSecrets>();

  async load(environment: string): Promise<SecretState | undefined> {
    return Promise.resolve(copyOf(this.states.get(environment)));
  }

  async save(state: SecretState): Promise<'saved' | 'conflict'> {
    if ((this.states.get(state.environment)?.version ?? 0) !== state.version) return Promise.resolve('conflict');
    this.states.set(state.environment, copyOf({ ...state, version: state.version + 1 }));
    return Promise.resolve('saved');
  }

  async sealed(environment: string, service: string, commit: string): Promise<SealedSecrets | undefined> {
    return Promise.resolve(copyOf(this.#sealed.get(`${environment} ${service} ${commit}`)));
  }

  async keep(sealed: SealedSecrets): Promise<void> {
    this.#sealed.set(`${sealed.environment} ${sealed.service} ${sealed.commit}`, copyOf(sealed));
    return Promise.resolve();
  }

  async forget(environment: string): Promise<void> {
    this.states.delete(environment);
    for (const [key, { environment: of }] of this.#sealed) if (of === environment) this.#sealed.delete(key);
    return Promise.resolve();
  }

  /** Everything that is kept, as text: no value may be in it. */
  written(): string {
    return JSON.stringify([[...this.states.values()], [...this.#sealed.values()]]);
  }
}
