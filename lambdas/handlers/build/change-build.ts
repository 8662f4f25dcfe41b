/**
 * Read, change, save a build item; on a conflict again. Separate because every use case of builds changes items in this way.
 */
import type { BuildItem } from '../../domain/builds/build-item.ts';
import { TransientError } from '../../domain/errors.ts';
import type { BuildPorts } from './build-ports.ts';

const TRIES = 20;
const PAUSE_MS = 20;

/** The changed item; undefined when there is none. A change that answers the item itself saves nothing. */
export async function changeBuild(
  { builds, clock }: Pick<BuildPorts, 'builds' | 'clock'>,
  repository: string,
  commit: string,
  change: (item: BuildItem) => BuildItem,
): Promise<BuildItem | undefined> {
  for (let count = 1; count <= TRIES; count += 1) {
    const item = await builds.load(repository, commit);
    if (item === undefined) return undefined;
    const changed = change(item);
    if (changed === item) return item;
    const saved = await builds.save(changed);
    if (saved.kind === 'saved') return saved.item;
    await clock.sleep(PAUSE_MS * count);
  }
  throw new TransientError(`The build of ${commit} was changed by others ${String(TRIES)} times in a row.`);
}
