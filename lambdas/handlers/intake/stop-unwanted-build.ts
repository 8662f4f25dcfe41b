/**
 * Stops the build of a commit that a newer one replaced, unless somebody else waits for it. Separate because it only saves time and
 * money: what it leaves undone, the delivery itself finds out at its next safe point.
 */
import { withoutWishes } from '../../domain/builds/claim-build.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import type { IntakePorts } from './intake-ports.ts';

/** Stops what the change of this service made unwanted. */
export async function stopUnwantedBuild(
  ports: Pick<IntakePorts, 'builds' | 'buildRunner'>,
  before: EnvironmentRecord,
  after: EnvironmentRecord,
  key: string,
): Promise<void> {
  const owner = before.services[key]?.owner;
  const service = after.services[key];
  if (owner?.commit === undefined || service === undefined) return;
  const stillWanted = service.desired.kind === 'commit' && service.desired.commit === owner.commit;
  if (stillWanted) return;
  const item = await ports.builds.load(service.repository, owner.commit);
  if (item === undefined) return;
  const left = withoutWishes(item, { environment: after.id, service: key });
  if (!left.unwanted) return;
  // On a conflict somebody has just joined or finished: then nothing is to be stopped.
  const saved = await ports.builds.save(left.item);
  if (saved.kind === 'saved') await ports.buildRunner.stop(service.repository, owner.commit);
}
