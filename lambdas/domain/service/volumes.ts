/** What a service keeps in files. Separate because it exists for some kinds of environments only. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';

/** A small disk of the environment, removed with it. */
export interface Volume {
  /** Absolute path at which the process finds it. */
  readonly path: string;
  readonly size: string;
  /** The process group that has it; absent: the main one. */
  readonly process?: string;
}

/** Volumes by name. */
export interface Volumes {
  readonly volumes?: Readonly<Record<string, Volume>>;
}

/** Volumes of one process group, in the order of their names; `undefined` is the main one. */
export function volumesOf(
  { volumes = {} }: Volumes,
  process: string | undefined,
): readonly (Volume & { name: string })[] {
  return Object.entries(volumes)
    .filter(([, volume]) => volume.process === process)
    .map(([name, volume]) => ({ ...volume, name }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Kinds whose data must outlive what Espalier removes. */
const KEEPS_DATA: readonly EnvironmentKind[] = ['pre-release', 'production'];

/** Why a service with volumes cannot run in environments of a kind, and what to do; undefined when it can. */
export function volumeRefusal({ volumes = {} }: Volumes, kind: EnvironmentKind): string | undefined {
  const [first] = Object.keys(volumes);
  if (first === undefined || !KEEPS_DATA.includes(kind)) return undefined;
  return (
    `The volume "${first}" cannot be had in ${kind}: volumes are small disks that are removed with their environment, on one node, ` +
    `without a copy. Data of ${kind} belongs into a database, a queue or an object store that has backups and outlives deliveries; ` +
    `let the service find it by its configuration, and use a file below /tmp for what may be lost. ` +
    `Remove \`volumes\` from the service file before it goes to ${kind}.`
  );
}
