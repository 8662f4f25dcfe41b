/** What a sweep makes of branches and records. */
import { describe, expect, it } from 'vitest';
import { claim } from '../../../lambdas/domain/environment/claim.ts';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { observeBranch } from '../../../lambdas/domain/environment/observe-branch.ts';
import type { Change, EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { recordApplied, recordFailure } from '../../../lambdas/domain/environment/settle.ts';
import {
  compareBranches,
  type BranchListing,
  type BranchSituation,
} from '../../../lambdas/domain/sweep/compare-branches.ts';

const A = 'a'.repeat(40);
const RULES = {
  repositories: ['orders', 'web', 'shop-*'],
  branches: {
    feature: ['feature/*'],
    integration: ['integration'],
    performance: [],
    'pre-release': [],
    production: [],
  },
};

function changed(change: Change): EnvironmentRecord {
  if (change.kind !== 'changed') throw new Error('Nothing changed.');
  return change.record;
}

/** An environment that runs one service at commit A. */
function running(
  branch: string,
  repository = 'orders',
  kind: 'feature' | 'integration' = 'feature',
): EnvironmentRecord {
  const id = kind === 'feature' ? branch.replaceAll('/', '-') : kind;
  const head = { kind: 'commit', commit: A } as const;
  const pushed = changed(
    observeBranch(newRecord(id, kind, branch, 0), { service: repository, repository, head, now: 0 }),
  );
  const mine = changed(claim(pushed, { workflow: 'deliver-service', service: repository }, 0));
  return changed(
    recordApplied(mine, repository, { commit: A, digest: 'sha256:0', generation: 1, side: 'blue', at: 0 }),
  );
}

const listed = (...branches: string[]): BranchListing => ({ kind: 'listed', branches });

function compare(
  records: readonly EnvironmentRecord[],
  listings: Record<string, BranchListing>,
  more: Partial<BranchSituation> = {},
) {
  return compareBranches({
    records,
    listings: new Map(Object.entries(listings)),
    rules: RULES,
    removalsPerRun: 2,
    now: 1_000_000,
    ...more,
  });
}

describe('a sweep', () => {
  it('looks at a branch that no record knows, and only when it fits a pattern', () => {
    const { items } = compare([], {
      orders: listed('feature/a', 'wip/b', 'integration'),
      'shop-x': listed('feature/c'),
    });
    expect(items.map((item) => (item.kind === 'look' ? `${item.repository} ${item.branch}` : item.kind))).toEqual([
      'orders feature/a',
      'orders integration',
      'shop-x feature/c',
    ]);
  });

  it('looks at a branch that vanished', () => {
    const { items, questions } = compare([running('feature/a')], { orders: listed('main') });
    expect(items).toEqual([{ kind: 'look', repository: 'orders', branch: 'feature/a', because: 'the branch is gone' }]);
    expect(questions).toEqual([]);
  });

  it('stops and asks when more vanished than one run may remove', () => {
    const records = ['feature/a', 'feature/b', 'feature/c'].map((branch) => running(branch));
    const { items, questions } = compare(records, { orders: listed('main') });
    expect(items).toEqual([]);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toContain('3 branches of environments are gone at once');
  });

  it.each([
    ['failed', { kind: 'failed' } as const, 0],
    ['came back empty', listed(), 1],
    ['says that there is no such repository', { kind: 'no-repository' } as const, 1],
  ])('removes nothing on a listing that %s', (_name, listing, asked) => {
    const { items, questions } = compare([running('feature/a')], { orders: listing });
    expect(items).toEqual([]);
    expect(questions).toHaveLength(asked);
  });

  it('removes nothing of a repository that was not listed at all', () => {
    expect(compare([running('feature/a')], {})).toMatchObject({ items: [], questions: [] });
  });

  it('asks about a repository that left the settings and keeps its services', () => {
    const { items, questions } = compare([running('feature/a', 'old')], { old: listed() });
    expect(items).toEqual([]);
    expect(questions[0]).toContain('The repository old left the settings');
  });

  it('keeps and reports an environment whose branch fits no pattern any more', () => {
    const { items, questions } = compare([running('wip/a')], { orders: listed('wip/a') });
    expect(items).toEqual([]);
    expect(questions[0]).toContain('fits no pattern of the settings any more');
  });

  it('counts no lasting environment as removed, and looks at it once', () => {
    const record = running('integration', 'orders', 'integration');
    expect(compare([record], { orders: listed('main') }, { removalsPerRun: 0 }).items).toHaveLength(1);
    const seen = changed(
      observeBranch(record, { service: 'orders', repository: 'orders', head: { kind: 'gone' }, now: 1 }),
    );
    expect(compare([seen], { orders: listed('main') }).items).toEqual([]);
    expect(compare([seen], { orders: listed('integration') }).items).toHaveLength(1);
  });

  it('has the heads of everything at rest read, and finds nothing else', () => {
    const found = compare([running('feature/a')], { orders: listed('feature/a') });
    expect(found).toEqual({
      items: [],
      questions: [],
      heads: [{ repository: 'orders', branch: 'feature/a', commit: A }],
    });
  });

  it('looks at the branch that feeds a lasting environment by new settings', () => {
    const rules = { ...RULES, branches: { ...RULES.branches, integration: ['develop'] } };
    const record = running('integration', 'orders', 'integration');
    const { items } = compare([record], { orders: listed('develop') }, { rules });
    expect(items).toContainEqual(expect.objectContaining({ kind: 'look', branch: 'develop' }));
  });

  it('resumes what is due, what may be tried again, and what has long been owned', () => {
    const due = changed(
      observeBranch(running('feature/a'), {
        service: 'orders',
        repository: 'orders',
        head: { kind: 'commit', commit: 'b'.repeat(40) },
        now: 0,
      }),
    );
    const owned = changed(claim(due, { workflow: 'deliver-service', service: 'orders' }, 0));
    const failed = changed(recordFailure(owned, 'orders', { kind: 'transient', reason: 'why', generation: 2, at: 0 }));
    for (const record of [due, owned, failed]) {
      const { items } = compare([record], { orders: listed('feature/a') });
      expect(items).toMatchObject([{ kind: 'resume', environment: 'feature-a' }]);
    }
    expect(compare([failed], { orders: listed('feature/a') }, { now: 1_000 }).items).toEqual([]);
  });

  it('never resumes what is at rest', () => {
    expect(compare([running('feature/a')], { orders: { kind: 'failed' } }).items).toEqual([]);
  });

  it('asks about one branch in two environments', () => {
    const twin = { ...running('feature/a'), id: 'feature-a-2' };
    const { questions } = compare([running('feature/a'), twin], { orders: listed('feature/a') });
    expect(questions[0]).toContain('several environments: feature-a, feature-a-2');
  });
});
