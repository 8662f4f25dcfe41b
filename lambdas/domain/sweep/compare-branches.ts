/**
 * Compares branches with records: what nobody started, what vanished, what people have to decide.
 * Separate from reading either: the same listings always give the same result, and a listing that failed or came back empty is an
 * argument for nothing.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { classifyBranch, type BranchRules } from '../branches/classify.ts';
import { fitsAny } from '../branches/pattern.ts';
import type { EnvironmentRecord, Instant, ServiceRecord } from '../environment/record.ts';
import { serviceKey } from '../naming/service-key.ts';
import { resumeReason } from './resume-reason.ts';

/** What could be learned about one repository's branches. */
export type BranchListing =
  | { readonly kind: 'listed'; readonly branches: readonly string[] }
  | { readonly kind: 'no-repository' }
  | { readonly kind: 'failed' };

export interface BranchComparison {
  readonly items: readonly SweepItem[];
  readonly questions: readonly string[];
  /** Branches that are where they should be; whether their heads are what is wanted is read in rotation. */
  readonly heads: readonly ExpectedHead[];
}

/** The commit that the record believes to be a branch's head. */
export interface ExpectedHead {
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
}

export interface BranchSituation {
  /** By repository: all that fit the settings, and all that records name. */
  readonly listings: ReadonlyMap<string, BranchListing>;
  readonly records: readonly EnvironmentRecord[];
  readonly rules: { readonly repositories: readonly string[]; readonly branches: BranchRules };
  readonly removalsPerRun: number;
  readonly now: Instant;
}

/** Everything that differs. */
export function compareBranches(situation: BranchSituation): BranchComparison {
  const findings = situation.records.flatMap((record) => compareRecord(record, situation));
  const vanished = findings.flatMap((finding) => (finding.kind === 'vanished' ? [finding.item] : []));
  const tooMany = vanished.length > situation.removalsPerRun;
  const resumes = situation.records.flatMap((record): SweepItem[] => {
    const because = resumeReason(record, situation.now);
    return because === undefined ? [] : [{ kind: 'resume', environment: record.id, because }];
  });
  return {
    items: [
      ...missing(situation),
      ...findings.flatMap((finding) => (finding.kind === 'look' ? [finding.item] : [])),
      ...(tooMany ? [] : vanished),
      ...resumes,
    ],
    questions: [
      ...(tooMany
        ? [
            `${String(vanished.length)} branches of environments are gone at once, more than the ${String(situation.removalsPerRun)} that one sweep may remove (sweep.removalsPerRun). Nothing was removed. If they were deleted on purpose, raise the limit for one sweep or remove the environments by hand.`,
          ]
        : []),
      ...new Set(findings.flatMap((finding) => (finding.kind === 'question' ? [finding.question] : []))),
      ...twins(situation.records),
    ],
    heads: findings.flatMap((finding) => (finding.kind === 'head' ? [finding.head] : [])),
  };
}

type Finding =
  | { readonly kind: 'look' | 'vanished'; readonly item: SweepItem }
  | { readonly kind: 'question'; readonly question: string }
  | { readonly kind: 'head'; readonly head: ExpectedHead };

function compareRecord(record: EnvironmentRecord, situation: BranchSituation): readonly Finding[] {
  const { branch } = record;
  if (branch === null) return [];
  return Object.values(record.services).flatMap((service): readonly Finding[] => {
    const finding = compareService(record, branch, service, situation);
    return finding === undefined ? [] : [finding];
  });
}

function compareService(
  record: EnvironmentRecord,
  branch: string,
  service: ServiceRecord,
  { listings, rules }: BranchSituation,
): Finding | undefined {
  const { repository, desired, held } = service;
  // A head that was rolled back is held while the version before it is wanted.
  const expected = held ?? (desired.kind === 'commit' ? desired.commit : undefined);
  const runs = desired.kind === 'commit';
  const ask = (question: string): Finding | undefined => (runs ? { kind: 'question', question } : undefined);
  const look = (kind: 'look' | 'vanished', because: string): Finding => ({
    kind,
    item: { kind: 'look', repository, branch, because },
  });
  if (!fitsAny(repository, rules.repositories)) {
    return ask(
      `The repository ${repository} left the settings, but its service runs in ${record.id}. It stays; withdraw it by hand or put the repository back.`,
    );
  }
  const listing = listings.get(repository) ?? { kind: 'failed' };
  if (listing.kind === 'failed') return undefined;
  if (listing.kind === 'no-repository') {
    return ask(
      `The repository ${repository} does not exist any more, but its service runs in ${record.id}. It stays; withdraw it by hand if the repository was deleted on purpose.`,
    );
  }
  if (!listing.branches.includes(branch)) {
    if (expected === undefined) return undefined;
    if (listing.branches.length === 0) {
      return ask(
        `The repository ${repository} shows no branch at all. Nothing was removed because of that; if it was emptied on purpose, remove its environments by hand.`,
      );
    }
    if (tierOf(record.kind) === 'lasting') {
      return service.branchGone === undefined ? look('look', 'the branch of a lasting environment is gone') : undefined;
    }
    return look(runs ? 'vanished' : 'look', 'the branch is gone');
  }
  const kind = classifyBranch(branch, rules.branches).kind;
  if (kind === 'none') {
    return ask(
      `The branch ${JSON.stringify(branch)} fits no pattern of the settings any more. Its environment ${record.id} stays as it is and gets no further pushes.`,
    );
  }
  if (service.branchGone !== undefined) return look('look', 'the branch is back');
  if (expected === undefined) return look('look', 'the branch is there, but nothing of it is wanted');
  return { kind: 'head', head: { repository, branch, commit: expected } };
}

/** Branches that fit a pattern and that no record knows. */
function missing({ listings, records, rules }: BranchSituation): readonly SweepItem[] {
  const byBranch = new Map(records.map((record) => [record.branch, record]));
  const byId = new Map(records.map((record) => [record.id, record]));
  return [...listings].flatMap(([repository, listing]): readonly SweepItem[] => {
    if (listing.kind !== 'listed' || !fitsAny(repository, rules.repositories)) return [];
    const key = serviceKey(repository);
    return listing.branches.flatMap((branch): readonly SweepItem[] => {
      const kind = classifyBranch(branch, rules.branches);
      if (kind.kind === 'none') return [];
      const record = kind.kind === 'lasting-environment' ? byId.get(kind.id) : byBranch.get(branch);
      // A lasting environment that the settings feed from another branch now is not known by this branch yet.
      return record?.services[key] === undefined || record.branch !== branch
        ? [{ kind: 'look', repository, branch, because: 'the branch is there, but no record knows it' }]
        : [];
    });
  });
}

/** One branch in two environments cannot come about; should it, people must know before anything is removed. */
function twins(records: readonly EnvironmentRecord[]): readonly string[] {
  const alive = records.filter((record) => record.branch !== null && record.phase !== 'removed');
  const byBranch = Map.groupBy(alive, (record) => record.branch);
  return [...byBranch]
    .filter(([, same]) => same.length > 1)
    .map(
      ([branch, same]) =>
        `The branch ${JSON.stringify(branch)} has several environments: ${same.map(({ id }) => id).join(', ')}. Remove all but one by hand.`,
    );
}
