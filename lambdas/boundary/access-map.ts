/**
 * Function variables that hold something per access, as JSON. Separate because stacks write them from values that are known only at
 * deployment, so they cannot lie in the settings.
 */
import * as v from 'valibot';
import type { Access } from '../contracts/kinds.ts';

const accessMap = v.object({
  internal: v.exactOptional(v.string()),
  oidc: v.exactOptional(v.string()),
  public: v.exactOptional(v.string()),
});

/** The values per access; none when the variable is not set, because every way in has a gateway of its own. */
export function parseAccessMap(name: string, value: string | undefined): Partial<Record<Access, string>> {
  if (value === undefined || value === '') return {};
  try {
    return v.parse(accessMap, JSON.parse(value));
  } catch (error) {
    throw new Error(`The function's variable ${name} must be JSON with a text per access; found ${value}.`, {
      cause: error,
    });
  }
}
