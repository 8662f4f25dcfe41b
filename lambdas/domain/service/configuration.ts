/**
 * What of a service is decided outside of its repository: configuration keys, secrets by reference, generated values. Separate because
 * these come from the configuration centre and from Secrets Manager, in every environment others.
 */

/** Types that a configuration key may have. */
export const CONFIGURATION_TYPES = ['text', 'number', 'boolean', 'list'] as const;
export type ConfigurationType = (typeof CONFIGURATION_TYPES)[number];

/** A value of a configuration key; `list` is a list of texts. */
export type ConfigurationValue = string | number | boolean | readonly string[];

/** One key of a service's configuration. */
export interface ConfigurationKey {
  readonly type: ConfigurationType;
  /** Holds where no layer says anything else: a service starts whatever the configuration centre knows. */
  readonly default: ConfigurationValue;
  readonly description?: string;
}

export interface ServiceConfiguration {
  /**
   * `true`: takes a changed file up by itself and confirms the version that it runs (see CONFIGURATION_HEADER). `false`: its pods are
   * replaced when the configuration changes.
   */
  readonly subscribe: boolean;
  /** By name; each is also a variable, `maxItems` as `MAX_ITEMS`. */
  readonly keys: Readonly<Record<string, ConfigurationKey>>;
}

/** Where a secret's value is. The name is below the prefix of the environment's kind: no branch can name a secret of production. */
export type SecretReference =
  | { readonly store: 'secrets-manager'; readonly name: string }
  | { readonly store: 'parameter-store'; readonly name: string };

/** What can be generated, once per environment. A key pair is two variables: `NAME` is the private key, `NAME_PUBLIC` the public one. */
export const GENERATED = ['password', 'token', 'key-pair'] as const;
export type Generated = (typeof GENERATED)[number];

export interface Configured {
  readonly configuration?: ServiceConfiguration;
  /** By variable. */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** By variable. */
  readonly generate?: Readonly<Record<string, Generated>>;
}

/** Variable of a configuration key: `maxItems` → `MAX_ITEMS`, `page.title` → `PAGE_TITLE`. */
export function configurationVariable(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[.-]/g, '_')
    .toUpperCase();
}

/** Ends the variable that holds the public half of a generated key pair. */
const PUBLIC_ENDING = '_PUBLIC';

/** Variable of the public half of a key pair. */
export function publicVariable(variable: string): string {
  return `${variable}${PUBLIC_ENDING}`;
}

/** Every variable that holds a secret, sorted. */
export function secretVariables({ secrets = {}, generate = {} }: Configured): readonly string[] {
  const made = Object.entries(generate).flatMap(([name, what]) =>
    what === 'key-pair' ? [name, publicVariable(name)] : [name],
  );
  return [...Object.keys(secrets), ...made].toSorted();
}

/** Whether the main process takes a changed file up by itself and says so. */
export function subscribes({ configuration }: Configured): boolean {
  return configuration?.subscribe === true;
}

/** Whether there is anything that the configuration centre has to bring. */
export function isConfigured(configured: Configured): boolean {
  return configured.configuration !== undefined || secretVariables(configured).length > 0;
}
