/** Namespaces against records, the rotation of heads, and who sweeps. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { compareNamespaces, type SeenNamespace } from '../../../lambdas/domain/sweep/compare-namespaces.ts';
import { rotate } from '../../../lambdas/domain/sweep/rotation.ts';
import { mustAsk, releaseLease, takeLease } from '../../../lambdas/domain/sweep/state.ts';

const seen = (environment: string, more: Partial<SeenNamespace> = {}): SeenNamespace => ({
  name: `shop-${environment}`,
  environment,
  tier: 'branch',
  terminating: false,
  ...more,
});

function compare(namespaces: readonly SeenNamespace[], records: readonly EnvironmentRecord[], removalsPerRun = 2) {
  const byId = new Map(records.map((record) => [record.id, record]));
  return compareNamespaces({ installation: 'shop', namespaces, records: byId, removalsPerRun });
}

/** A record with one service that is applied. */
function running(id: string): EnvironmentRecord {
  const applied = { commit: 'a'.repeat(40), digest: 'sha256:0', generation: 1, side: 'blue', at: 0 } as const;
  const desired = { kind: 'commit', commit: applied.commit, since: 0 } as const;
  const orders = { repository: 'orders', generation: 1, desired, applied, touched: true };
  return { ...newRecord(id, 'feature', id, 0), services: { orders } };
}

describe('namespaces', () => {
  it('without a record, or of a removed environment, are orphans', () => {
    const found = compare([seen('a'), seen('b')], [{ ...running('b'), phase: 'removed' }]);
    expect(found.orphans.map(({ namespace }) => namespace)).toEqual(['shop-a', 'shop-b']);
    expect(found.questions).toEqual([]);
  });

  it('of a living environment are none', () => {
    expect(compare([seen('a'), seen('b')], [running('a'), { ...running('b'), phase: 'removing' }]).orphans).toEqual([]);
  });

  it('that go already are left to go', () => {
    expect(compare([seen('a', { terminating: true })], [running('b')]).orphans).toEqual([]);
  });

  it('of lasting environments are asked about, never removed', () => {
    const found = compare([seen('integration', { tier: 'lasting' }), seen('x', { tier: undefined })], []);
    expect(found.orphans).toEqual([]);
    expect(found.questions).toHaveLength(2);
  });

  it('that borrow our label under a name of their own are asked about, never removed', () => {
    const found = compare([seen('a', { name: 'somebody-elses' })], []);
    expect(found.orphans).toEqual([]);
    expect(found.questions[0]).toContain('somebody-elses');
  });

  it('are all left alone when more than the limit look like orphans', () => {
    const found = compare([seen('a'), seen('b'), seen('c')], []);
    expect(found.orphans).toEqual([]);
    expect(found.questions[0]).toContain('3 namespaces have no record');
  });

  it('that are missing make their environments due again, up to the limit', () => {
    expect(compare([], [running('a')]).lost).toEqual(['a']);
    expect(compare([seen('a')], [running('a')]).lost).toEqual([]);
    const many = compare([], [running('a'), running('b'), running('c')]);
    expect(many.lost).toEqual([]);
    expect(many.questions).toHaveLength(1);
  });
});

describe('the rotation of heads', () => {
  it('reads every head once before it reads one again', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 10 }),
        (names, count) => {
          const read: string[] = [];
          let cursor: string | undefined;
          while (read.length < names.length) {
            const turn = rotate(names, (name) => name, cursor, count);
            ({ cursor } = turn);
            read.push(...turn.picked);
          }
          expect(new Set(read.slice(0, names.length)).size).toBe(names.length);
        },
      ),
    );
  });

  it('has nothing to read when there is nothing', () => {
    expect(rotate([], String, 'orders main', 5)).toEqual({ picked: [], cursor: 'orders main' });
  });
});

describe('the lease', () => {
  it('is taken by one sweep at a time, again by the same, and by the next when its time is over', () => {
    const first = takeLease(undefined, 'one', 0);
    expect(first?.lease?.execution).toBe('one');
    expect(takeLease(first, 'two', 1_000)).toBeUndefined();
    expect(takeLease(first, 'one', 1_000)?.lease?.execution).toBe('one');
    expect(takeLease(first, 'two', 3_600_000)?.lease?.execution).toBe('two');
  });

  it('is given back by its holder only', () => {
    const first = takeLease(undefined, 'one', 0) ?? { version: 0 };
    expect(releaseLease(first, 'two')).toBe(first);
    expect(takeLease(releaseLease(first, 'one'), 'two', 1)).toBeDefined();
  });
});

describe('questions', () => {
  const asked = { version: 1, asked: { questions: ['a', 'b'], at: 0 } };

  it('are asked when there is a new one, or after a day', () => {
    expect(mustAsk({ version: 0 }, ['a'], 0)).toBe(true);
    expect(mustAsk(asked, ['b'], 1_000)).toBe(false);
    expect(mustAsk(asked, ['b', 'c'], 1_000)).toBe(true);
    expect(mustAsk(asked, ['b'], 24 * 3_600_000)).toBe(true);
    expect(mustAsk(asked, [], 24 * 3_600_000)).toBe(false);
  });
});
