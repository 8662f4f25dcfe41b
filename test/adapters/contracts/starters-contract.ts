/** What every store of starters must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import type { Starters } from '../../../lambdas/ports/starters.ts';

export function startersContract(make: () => Promise<Starters>): void {
  it('begin empty and answer what was saved', async () => {
    const starters = await make();
    expect(await starters.load('one')).toBeUndefined();
    expect(await starters.save({ execution: 'one', version: 0, token: 't' })).toBe('saved');
    expect(await starters.load('one')).toEqual({ execution: 'one', version: 1, token: 't' });
    expect(await starters.load('two')).toBeUndefined();
  });

  it('let exactly one of an event and a token that come at once be saved', async () => {
    const starters = await make();
    const saved = await Promise.all([
      starters.save({ execution: 'one', version: 0, token: 't' }),
      starters.save({ execution: 'one', version: 0, by: 'arn:aws:iam::123456789012:user/ann' }),
    ]);
    expect(saved.toSorted()).toEqual(['conflict', 'saved']);
  });
}
