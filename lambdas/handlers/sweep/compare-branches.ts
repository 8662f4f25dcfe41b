/**
 * Reads the branches of every repository and all records, compares them, and reads heads in rotation. Separate from the comparison
 * itself, which is pure; what cannot be read here is left out, never guessed.
 */
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { fitsAny } from '../../domain/branches/pattern.ts';
import { errorName } from '../../domain/errors.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { compareBranches, type BranchListing, type ExpectedHead } from '../../domain/sweep/compare-branches.ts';
import { rotate } from '../../domain/sweep/rotation.ts';
import type { SweepState } from '../../domain/sweep/state.ts';
import type { SweepPorts } from './sweep-ports.ts';

/** A state machine carries 256 KiB; names of branches may be long. The rest waits for the next sweep. */
const MOST_CHARACTERS = 120_000;

/** What a sweep has to put right because of branches. */
export async function compareBranchesWithRecords(ports: SweepPorts): Promise<ComparisonAnswer<SweepItem>> {
  const { rules, clock } = ports;
  const [records, repositories] = [await ports.records.all(), await ports.branches.repositories()];
  const unread: string[] = [];
  const listings = await listAll(
    ports,
    wantedRepositories(repositories, records, rules.repositories),
    repositories,
    unread,
  );
  const found = compareBranches({ listings, records, rules, removalsPerRun: rules.removalsPerRun, now: clock.now() });
  const state = await ports.states.load();
  const { items: moved, cursor } = await compareHeads(ports, found.heads, state?.cursor);
  // Only hints for the next sweep: losing them to another writer costs nothing.
  if (state !== undefined) await ports.states.save({ ...state, ...(cursor !== undefined && { cursor }), unread });
  return { items: fitting([...found.items, ...moved]), questions: [...found.questions, ...unlisted(unread, state)] };
}

/** Trouble that passes is nobody's business; a listing that fails twice in a row is. */
function unlisted(unread: readonly string[], before: SweepState | undefined): readonly string[] {
  return unread
    .filter((repository) => before?.unread?.includes(repository) === true)
    .map(
      (repository) =>
        `The branches of ${repository} could not be listed in two sweeps. Nothing is done for it until they can be; is its encryption key or a permission gone?`,
    );
}

/** Repositories of the settings, and those that records still name. */
function wantedRepositories(
  existing: readonly string[],
  records: readonly EnvironmentRecord[],
  patterns: readonly string[],
): readonly string[] {
  const named = records.flatMap((record) => Object.values(record.services).map((service) => service.repository));
  return [...new Set([...existing, ...named])].filter((repository) => fitsAny(repository, patterns));
}

async function listAll(
  ports: SweepPorts,
  wanted: readonly string[],
  existing: readonly string[],
  unread: string[],
): Promise<ReadonlyMap<string, BranchListing>> {
  const listings = new Map<string, BranchListing>();
  for (const repository of wanted) {
    const listing = existing.includes(repository)
      ? await ports.branches.list(repository).catch(passing<BranchListing>({ kind: 'failed' }))
      : ({ kind: 'no-repository' } as const);
    if (listing.kind === 'failed') unread.push(repository);
    listings.set(repository, listing);
  }
  return listings;
}

/** Reads as many heads as the budget allows and looks where one is not what the record believes. */
async function compareHeads(
  ports: SweepPorts,
  heads: readonly ExpectedHead[],
  from: string | undefined,
): Promise<{ readonly items: readonly SweepItem[]; readonly cursor: string | undefined }> {
  const nameOf = ({ repository, branch }: ExpectedHead): string => `${repository} ${branch}`;
  const { picked, cursor } = rotate(heads, nameOf, from, ports.rules.headsPerRun);
  const items: SweepItem[] = [];
  for (const { repository, branch, commit } of picked) {
    // A head that cannot be read now comes again in the next round.
    const head = await ports.branches.head(repository, branch).catch(passing(undefined));
    if (head?.kind === 'commit' && head.commit !== commit) {
      items.push({ kind: 'look', repository, branch, because: 'the head is another commit than the record believes' });
    }
  }
  return { items, cursor };
}

function fitting(items: readonly SweepItem[]): readonly SweepItem[] {
  let characters = 0;
  return items.filter((item) => (characters += JSON.stringify(item).length) <= MOST_CHARACTERS);
}

/** Passing trouble becomes this answer; a bug stays one. */
function passing<Answer>(answer: Answer): (error: unknown) => Answer {
  return (error) => {
    if (errorName(error) === undefined) throw error;
    return answer;
  };
}
