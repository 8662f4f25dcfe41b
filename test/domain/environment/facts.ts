/** Random facts about one environment, applied as intake applies them. Separate because several properties are about such sequences. */
import * as fc from 'fast-check';
import type { EnvironmentKind } from '../../../lambdas/contracts/kinds.ts';
import { requestDelivery, requestRemoval } from '../../../lambdas/domain/environment/by-hand.ts';
import {
  checkpoint,
  claim,
  dueWork,
  markStarted,
  ownerOf,
  renameOwner,
} from '../../../lambdas/domain/environment/claim.ts';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { observeBranch, observeLost } from '../../../lambdas/domain/environment/observe-branch.ts';
import type { Change, EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { allowRetry, retriesDue } from '../../../lambdas/domain/environment/retry.ts';
import {
  freeOwner,
  recordApplied,
  recordFailure,
  recordName,
  recordRemovalFailure,
  recordRemoved,
  recordWithdrawn,
  stepAside,
} from '../../../lambdas/domain/environment/settle.ts';

export const SERVICES = ['orders', 'web'] as const;
export const commit = (digit: number): string => String(digit).repeat(40);

/** One fact; generations are counted back from the latest, so that stale ones come up too. */
export type Fact =
  | { readonly kind: 'push'; readonly service: number; readonly commit: number }
  | {
      readonly kind: 'gone' | 'applied' | 'step-aside' | 'withdrawn' | 'started' | 'rename' | 'free';
      readonly service: number;
      readonly back: number;
    }
  | {
      readonly kind: 'failed';
      readonly service: number;
      readonly back: number;
      readonly as: 'rejected' | 'transient' | 'bug';
    }
  | { readonly kind: 'name'; readonly service: number; readonly back: number; readonly name: number }
  | { readonly kind: 'claim'; readonly which: number; readonly byHand: boolean }
  | { readonly kind: 'removed' | 'removal-failed' | 'removal-free'; readonly back: number }
  | { readonly kind: 'deliver-by-hand'; readonly service: number; readonly commit: number }
  | { readonly kind: 'remove-by-hand'; readonly service: number | undefined }
  | { readonly kind: 'retry' | 'lost' }
  | { readonly kind: 'time'; readonly minutes: number };

const service = fc.constantFrom(0, 1);
const back = fc.constantFrom(0, 0, 0, 1);
const digit = fc.integer({ min: 1, max: 3 });

export const facts: fc.Arbitrary<readonly Fact[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), service, commit: digit }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('claim' as const), which: fc.nat(3), byHand: fc.boolean() }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constantFrom('gone', 'gone', 'applied', 'step-aside', 'withdrawn', 'started', 'rename', 'free'),
        service,
        back,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('failed' as const),
        service,
        back,
        as: fc.constantFrom('rejected' as const, 'transient' as const, 'bug' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('name' as const), service, back, name: fc.nat(1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'removed' as const,
          'removed' as const,
          'removal-failed' as const,
          'removal-free' as const,
        ),
        back,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('deliver-by-hand' as const), service, commit: digit }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('remove-by-hand' as const), service: fc.constantFrom(0, 1, undefined) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('retry' as const, 'lost' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('time' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
    },
  ),
  { maxLength: 60 },
);

/** A record and the clock it lives by. */
export interface Life {
  record: EnvironmentRecord;
  now: number;
}

export function begin(kind: EnvironmentKind): Life {
  const empty = newRecord(kind === 'feature' ? 'feature-x' : kind, kind, 'the branch', 0);
  const seen = {
    service: 'orders',
    repository: 'orders',
    head: { kind: 'commit', commit: commit(1) },
    now: 0,
  } as const;
  const first = observeBranch(empty, seen);
  return { record: first.kind === 'changed' ? first.record : empty, now: 0 };
}

/** What the fact means for the record now. */
export function changeOf({ record, now }: Life, fact: Fact): Change {
  const key = 'service' in fact && fact.service !== undefined ? (SERVICES[fact.service] ?? 'orders') : undefined;
  const named = key ?? 'orders';
  const latest = record.services[named]?.generation ?? 0;
  const generation = 'back' in fact ? (key === undefined ? record.removal.generation : latest) - fact.back : latest;
  const failure = { reason: 'for a test', generation, at: now } as const;
  const head = (seen: { kind: 'commit'; commit: string } | { kind: 'gone' }): Change =>
    observeBranch(record, { service: named, repository: named, head: seen, now });
  switch (fact.kind) {
    case 'push':
      return head({ kind: 'commit', commit: commit(fact.commit) });
    case 'gone':
      return head({ kind: 'gone' });
    case 'claim': {
      const due = dueWork(record);
      const work = due[fact.which % Math.max(1, due.length)];
      return work === undefined ? { kind: 'unchanged' } : claim(record, work, now, fact.byHand ? 'a-name' : undefined);
    }
    case 'started':
      return markStarted(record, named, generation);
    case 'rename':
      return renameOwner(record, named, generation);
    case 'applied': {
      const owner = ownerOf(record, named);
      // Only an execution that delivers says so, of what it delivers.
      if (owner?.commit === undefined || owner.workflow !== 'deliver-service') return { kind: 'unchanged' };
      const digest = `sha256:${'0'.repeat(64)}`;
      return recordApplied(record, named, { commit: owner.commit, digest, generation, side: 'blue', at: now });
    }
    case 'failed':
      return recordFailure(record, named, { ...failure, kind: fact.as });
    case 'step-aside':
      return checkpoint(record, named, generation) === 'go-on'
        ? { kind: 'unchanged' }
        : stepAside(record, named, generation);
    case 'withdrawn':
      return ownerOf(record, named)?.workflow === 'deliver-service'
        ? { kind: 'unchanged' }
        : recordWithdrawn(record, named, generation);
    case 'name':
      return recordName(record, named, generation, fact.name === 0 ? named : 'shared');
    case 'free':
      return freeOwner(record, named, ownerOf(record, named)?.execution ?? '', now);
    case 'removed':
      return recordRemoved(record, generation, now);
    case 'removal-failed':
      return recordRemovalFailure(record, { ...failure, kind: 'transient' });
    case 'removal-free':
      return freeOwner(record, undefined, record.removal.owner?.execution ?? '', now);
    case 'deliver-by-hand':
      return requestDelivery(record, { service: named, repository: named, commit: commit(fact.commit), now });
    case 'remove-by-hand':
      return requestRemoval(record, key, now);
    case 'lost':
      return observeLost(record, now);
    case 'retry': {
      const [due] = retriesDue(record, now);
      return retriesDue(record, now).length === 0 ? { kind: 'unchanged' } : allowRetry(record, due);
    }
    case 'time':
      return { kind: 'unchanged' };
  }
}

/** Applies a fact as if it had been saved. */
export function apply(life: Life, fact: Fact): Change {
  if (fact.kind === 'time') life.now += fact.minutes * 60_000;
  const change = changeOf(life, fact);
  if (change.kind === 'changed') life.record = { ...change.record, version: life.record.version + 1 };
  return change;
}
