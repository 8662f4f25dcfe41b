/**
 * Names of secrets and what is kept about them; values are nowhere in the domain. Separate because the prefix of a name is what keeps
 * a branch from the secrets of production: a service file names the rest only.
 */
import { tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { generatedPrefix, secretPrefix } from '../../contracts/secrets.ts';
import type { SecretReference } from '../service/configuration.ts';

/** What is kept about the secrets of an environment. */
export interface SecretState {
  readonly environment: string;
  readonly version: number;
  /** Opens nothing: whatever is sealed with it, only the namespace of the environment can open. */
  readonly publicKey?: string;
  /** Full names of generated secrets. INVARIANT: a name is here before the secret is made, so that none is ever left behind. */
  readonly generated: readonly string[];
  /**
   * Versions of named secrets that were sealed last, by their full names, for each service at a commit (see sealedFor): what is in use,
   * and so what a sweep finds rotated.
   */
  readonly inUse?: Readonly<Record<string, SecretVersions>>;
}

/** Versions of secrets by their full names. */
export type SecretVersions = Readonly<Record<string, string>>;

/** What versions in use are kept under. */
export function sealedFor(service: string, commit: string): string {
  return `${service}#${commit}`;
}

/** The state after these versions were sealed; what other commits of the service used goes with them. */
export function withVersions(
  state: SecretState,
  { service, commits }: { readonly service: string; readonly commits: readonly string[] },
  { commit, versions }: { readonly commit: string; readonly versions: SecretVersions },
): SecretState {
  const kept = Object.entries(state.inUse ?? {}).filter(
    ([key]) => !key.startsWith(sealedFor(service, '')) || commits.some((known) => key === sealedFor(service, known)),
  );
  return { ...state, inUse: { ...Object.fromEntries(kept), [sealedFor(service, commit)]: versions } };
}

/** Secrets of a service at a commit, sealed. */
export interface SealedSecrets {
  readonly environment: string;
  readonly service: string;
  readonly commit: string;
  /** The key that it was sealed with. */
  readonly publicKey: string;
  /** Stands for the versions of all secrets in it, never for their values. */
  readonly version: string;
  readonly sealed: string;
}

/** Full name of a secret; parameters begin with a slash. */
export function secretName(installation: string, kind: EnvironmentKind, { store, name }: SecretReference): string {
  const full = `${secretPrefix(installation, kind)}${name}`;
  return store === 'parameter-store' ? `/${full}` : full;
}

/** Full name of a generated secret. */
export function generatedName(
  installation: string,
  environment: { readonly id: string; readonly kind: EnvironmentKind },
  of: { readonly service: string; readonly variable: string },
): string {
  return `${generatedPrefix(installation, tierOf(environment.kind))}${environment.id}/${of.service}/${of.variable}`;
}

/** What sealed secrets are bound to: they open for no other service and in no other environment. */
export function sealingContext(environment: string, service: string): string {
  return `${environment}/${service}`;
}
