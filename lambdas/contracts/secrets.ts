/**
 * Beginnings of the names of secrets. Separate because they are the whole boundary: roles allow them, and functions make every name with
 * them, so that a service file of a branch can name no secret of production.
 */
import type { EnvironmentKind, Tier } from './kinds.ts';

/** What the names of all secrets that environments of a kind may use begin with: `<installation>/<kind>/`. */
export function secretPrefix(installation: string, kind: EnvironmentKind): string {
  return `${installation}/${kind}/`;
}

/** What the names of all generated secrets of a tier begin with: below no kind's prefix, so that no service file can name them. */
export function generatedPrefix(installation: string, tier: Tier): string {
  return `${installation}/generated/${tier}/`;
}
