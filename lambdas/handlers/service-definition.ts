/**
 * The service file of a delivery's commit, as the build kept it. Separate because deploy and rollout need it and must fail alike when
 * the build item is gone.
 */
import type { Delivery } from '../contracts/payloads.ts';
import { TransientError } from '../domain/errors.ts';
import type { ServiceDefinition } from '../domain/service/definition.ts';
import type { Builds } from '../ports/builds.ts';

/** The parsed service file. */
export async function definitionOf(builds: Pick<Builds, 'load'>, delivery: Delivery): Promise<ServiceDefinition> {
  const definition = (await builds.load(delivery.repository, delivery.commit))?.definition;
  if (definition !== undefined) return definition;
  throw new TransientError(
    `The build of ${delivery.repository} at ${delivery.commit.slice(0, 8)} is not known any more; another delivery builds it again.`,
  );
}
