/**
 * From a branch to its environment: looked up when the branch has one, claimed when it has not.
 * Separate because an id is claimed once, by a conditional save of its record, and never computed again afterwards.
 */
import { tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { classifyBranch, type BranchClass } from '../../domain/branches/classify.ts';
import { newRecord } from '../../domain/environment/new-record.ts';
import { fedBy } from '../../domain/environment/observe-branch.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { environmentIds } from '../../domain/naming/environment-id.ts';
import type { IntakePorts } from './intake-ports.ts';

/**
 * `known`: the record is there; `moved` when the settings feed it from another branch than it was saved with.
 * `free`: saving this record of version 0 claims its id. `none`: this branch gets no environment.
 */
export type Found =
  | { readonly kind: 'known'; readonly record: EnvironmentRecord; readonly fits: boolean; readonly moved?: boolean }
  | { readonly kind: 'free'; readonly record: EnvironmentRecord; readonly fits: true }
  | { readonly kind: 'none' };

type FindPorts = Pick<IntakePorts, 'records' | 'rules' | 'clock'>;

/** The environment of a branch, or the record by which it can be claimed. */
export async function findEnvironment(ports: FindPorts, branch: string): Promise<Found> {
  const kind = classifyBranch(branch, ports.rules.branches);
  if (kind.kind === 'lasting-environment') return lastingEnvironment(ports, branch, kind);
  const remembered = await ports.records.idOfBranch(branch);
  const record = remembered === undefined ? undefined : await ports.records.load(remembered);
  if (record?.branch === branch) return { kind: 'known', record, fits: kind.kind !== 'none' };
  if (kind.kind === 'none') return { kind: 'none' };
  return claimable(ports, branch, kind.environmentKind, record === undefined ? remembered : undefined, remembered);
}

async function lastingEnvironment(
  { records, clock }: FindPorts,
  branch: string,
  { id, environmentKind }: Extract<BranchClass, { kind: 'lasting-environment' }>,
): Promise<Found> {
  const record = await records.load(id);
  return record === undefined
    ? { kind: 'free', record: newRecord(id, environmentKind, branch, clock.now()), fits: true }
    : { kind: 'known', record: fedBy(record, branch), fits: true, moved: record.branch !== branch };
}

/**
 * The first id that is free or already this branch's. A crash between the save of the record and the memory of the branch is mended
 * here: the record says whose it is.
 */
async function claimable(
  { records, clock }: FindPorts,
  branch: string,
  kind: EnvironmentKind,
  formerId: string | undefined,
  remembered: string | undefined,
): Promise<Found> {
  // A branch that comes back after its tombstone was forgotten gets its old id, if nobody else has it by now.
  const candidates = [...(formerId === undefined ? [] : [formerId]), ...environmentIds(branch)];
  for (const id of candidates) {
    const taken = await records.load(id);
    if (taken === undefined) return { kind: 'free', record: newRecord(id, kind, branch, clock.now()), fits: true };
    if (taken.branch === branch) {
      await records.rememberBranch(branch, id, remembered);
      return { kind: 'known', record: taken, fits: true };
    }
  }
  throw new Error(
    `All ids of the branch ${JSON.stringify(branch)} are taken by other branches: ${candidates.join(', ')}. This takes equal SHA-256 digests.`,
  );
}

/** Remembers whose a newly claimed id is. Lasting environments are found by their kind and need no memory. */
export async function rememberEnvironment(
  { records }: Pick<IntakePorts, 'records'>,
  record: EnvironmentRecord,
): Promise<void> {
  if (record.branch === null || tierOf(record.kind) === 'lasting') return;
  const known = await records.idOfBranch(record.branch);
  if (known !== record.id) await records.rememberBranch(record.branch, record.id, known);
}
