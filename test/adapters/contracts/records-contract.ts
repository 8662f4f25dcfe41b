/** What every store of records must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { observeBranch } from '../../../lambdas/domain/environment/observe-branch.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import type { Records } from '../../../lambdas/ports/records.ts';

/** A store and the clock it goes by. */
export interface RecordsUnderTest {
  readonly records: Records;
  /** Moves the store's clock on. */
  readonly pass: (milliseconds: number) => void;
}

const DAY = 86_400_000;

export function recordsContract(make: () => Promise<RecordsUnderTest>): void {
  it('answers nothing for a record that was never saved', async () => {
    const { records } = await make();
    expect(await records.load('feature-a')).toBeUndefined();
  });

  it('answers what was saved, with the next version', async () => {
    const { records } = await make();
    const saved = await records.save(record('feature-a'));
    expect(saved).toEqual({ kind: 'saved', record: { ...record('feature-a'), version: 1 } });
    expect(await records.load('feature-a')).toEqual({ ...record('feature-a'), version: 1 });
  });

  it('saves only upon the version that was read', async () => {
    const { records } = await make();
    await records.save(record('feature-a'));
    expect(await records.save(record('feature-a'))).toEqual({ kind: 'conflict' });
    expect((await records.save({ ...record('feature-a'), version: 1 })).kind).toBe('saved');
    expect(await records.save({ ...record('feature-a'), version: 1 })).toEqual({ kind: 'conflict' });
    expect((await records.load('feature-a'))?.version).toBe(2);
  });

  it('lets exactly one of many savers of the same version win', async () => {
    const { records } = await make();
    const answers = await Promise.all(Array.from({ length: 8 }, () => records.save(record('feature-a'))));
    expect(answers.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
  });

  it('refuses to save a version upon a record that is gone', async () => {
    const { records } = await make();
    expect(await records.save({ ...record('feature-a'), version: 3 })).toEqual({ kind: 'conflict' });
  });

  it('lists every record, tombstones included', async () => {
    const { records } = await make();
    for (let count = 0; count < 30; count += 1) await records.save(record(`feature-${String(count)}`));
    await records.save({ ...record('feature-gone'), phase: 'removed', forgetAt: DAY * 100 });
    const ids = (await records.all()).map(({ id }) => id);
    expect(ids).toHaveLength(31);
    expect(ids).toContain('feature-gone');
  });

  it('takes a tombstone whose time has passed for absent', async () => {
    const { records, pass } = await make();
    await records.save({ ...record('feature-a'), phase: 'removed', forgetAt: DAY });
    expect(await records.load('feature-a')).toBeDefined();
    expect(await records.save(record('feature-a'))).toEqual({ kind: 'conflict' });
    pass(DAY + 1);
    expect(await records.load('feature-a')).toBeUndefined();
    expect(await records.all()).toEqual([]);
    expect((await records.save(record('feature-a'))).kind).toBe('saved');
    expect((await records.load('feature-a'))?.phase).toBe('active');
  });

  it('remembers the id of a branch once, whatever its name', async () => {
    const { records } = await make();
    for (const branch of ['feature/login', 'a$(id)', '日本語', '<!channel>', 'x'.repeat(256), 'Feature/Login']) {
      expect(await records.idOfBranch(branch)).toBeUndefined();
      await records.rememberBranch(branch, 'first');
      await records.rememberBranch(branch, 'first');
      await records.rememberBranch(branch, 'second');
      expect(await records.idOfBranch(branch)).toBe('first');
    }
  });

  it('replaces the id of a branch only when told which', async () => {
    const { records } = await make();
    await records.rememberBranch('feature/a', 'first');
    await records.rememberBranch('feature/a', 'third', 'second');
    expect(await records.idOfBranch('feature/a')).toBe('first');
    await records.rememberBranch('feature/a', 'third', 'first');
    expect(await records.idOfBranch('feature/a')).toBe('third');
  });
}

function record(id: string): EnvironmentRecord {
  const head = { kind: 'commit', commit: 'a'.repeat(40) } as const;
  const empty = newRecord(id, 'feature', `branch of ${id}`, 0);
  const change = observeBranch(empty, { service: 'orders', repository: 'orders', head, now: 1 });
  return change.kind === 'changed' ? change.record : empty;
}
