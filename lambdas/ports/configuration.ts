/** Where the configuration centre keeps layers, tenants and what is known about secrets. */
import type { LayerVersion } from '../domain/configuration/version.ts';
import type { SealedSecrets, SecretState } from '../domain/configuration/secrets.ts';
import type { Tenant } from '../domain/configuration/tenant.ts';

export interface Layers {
  /** The newest version, which holds; undefined while the layer says nothing. */
  latest(layer: string, service: string): Promise<LayerVersion | undefined>;
  version(layer: string, service: string, version: number): Promise<LayerVersion | undefined>;
  /** All versions, the newest first. */
  history(layer: string, service: string): Promise<readonly LayerVersion[]>;
  /** Adds a version; `conflict` when there is one of this number already. */
  save(version: LayerVersion): Promise<'saved' | 'conflict'>;
  /** Takes one version back that nobody may see. */
  drop(version: LayerVersion): Promise<void>;
  /** Forgets all that a layer says, about every service. */
  forget(layer: string): Promise<void>;
}

export interface Tenants {
  load(environment: string): Promise<Tenant | undefined>;
  /** Registering twice is no error: the first one stays. */
  register(tenant: Tenant): Promise<'registered' | 'known'>;
  all(): Promise<readonly Tenant[]>;
  forget(environment: string): Promise<void>;
}

export interface SecretStates {
  load(environment: string): Promise<SecretState | undefined>;
  /** Saves for the version that was read (0: must not exist); `conflict` when somebody was faster. */
  save(state: SecretState): Promise<'saved' | 'conflict'>;
  /** What is sealed for a service at a commit. */
  sealed(environment: string, service: string, commit: string): Promise<SealedSecrets | undefined>;
  keep(sealed: SealedSecrets): Promise<void>;
  /** Forgets all of an environment. */
  forget(environment: string): Promise<void>;
}
