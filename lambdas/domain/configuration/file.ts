/**
 * The file that a service reads: resolved values, the addresses of its dependencies, and the version of both. Separate because services
 * confirm exactly this version.
 */
import { createHash } from 'node:crypto';
import type { ConfigurationValue } from '../service/configuration.ts';
import type { Resolved } from './layers.ts';

/** The content of the mounted file, as JSON. */
export interface ConfigurationFile {
  /** Twelve hexadecimal digits that stand for everything else in the file: equal content, equal version. */
  readonly version: string;
  readonly environment: string;
  readonly service: string;
  readonly values: Readonly<Record<string, ConfigurationValue>>;
  /** Addresses of the dependencies by their names. */
  readonly dependencies: Readonly<Record<string, string>>;
}

const VERSION_DIGITS = 12;

/** The file of a service. */
export function configurationFile(
  of: { readonly environment: string; readonly service: string },
  resolved: Resolved,
  dependencies: Readonly<Record<string, string>>,
): ConfigurationFile {
  const content = {
    environment: of.environment,
    service: of.service,
    values: sorted(Object.entries(resolved.values).map(([key, { value }]) => [key, value] as const)),
    dependencies: sorted(Object.entries(dependencies)),
  };
  return { version: versionOf(content), ...content };
}

/** The version of any content. */
export function versionOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content), 'utf8').digest('hex').slice(0, VERSION_DIGITS);
}

function sorted<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
