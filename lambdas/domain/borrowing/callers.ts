/**
 * Who in an environment calls a service by its name. Separate because what comes and goes under a name must wait for callers, and for
 * nobody else.
 */
import type { EnvironmentRecord } from '../environment/record.ts';
import { dependencyNames } from '../service/dependencies.ts';

/** Whether another service declares this one: in the version that runs, or in the one that is on its way. */
export function isCalled({ services }: EnvironmentRecord, key: string): boolean {
  const name = services[key]?.name;
  if (name === undefined) return false;
  return Object.entries(services).some(
    ([other, { applied, promised }]) =>
      other !== key &&
      [applied?.promised, promised].some((needs) => needs !== undefined && dependencyNames(needs).includes(name)),
  );
}
