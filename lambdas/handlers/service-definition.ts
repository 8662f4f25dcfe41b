/**
 * The service file of a delivery's commit, as the build kept it. Separate because deploy and rollout need it and must fail alike when
 * the build item is gone.
 */
import type { Delivery } from '../contracts/payloads.ts';
import { TransientError } from '../domain/errors.ts';
import type { ServiceDefinition } from '../domain/service/definition.ts';
import type { BuildItem, Builds } from '../ports/builds.ts';

/** The parsed service file. */
export async function definitionOf(builds: Pick<Builds, 'load'>, delivery: Delivery): Promise<ServiceDefinition> {
  return (await buildOf(builds, delivery)).definition;
}

/** The build item, which has one. */
export async function buildOf(
  builds: Pick<Builds, 'load'>,
  { repository, commit }: Delivery,
): Promise<BuildItem & { readonly definition: ServiceDefinition }> {
  const build = await builds.load(repository, commit);
  if (build?.definition !== undefined) return { ...build, definition: build.definition };
  throw new TransientError(
    `The build of ${repository} at ${commit.slice(0, 8)} is not known any more; another delivery builds it again.`,
  );
}
