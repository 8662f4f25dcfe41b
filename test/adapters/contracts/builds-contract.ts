/** What every store of builds must do; run against the fake and against the table. */
import { expect, it } from 'vitest';
import type { BuildItem, Builds } from '../../../lambdas/ports/builds.ts';

export function buildsContract(make: () => Promise<Builds>): void {
  it('answers nothing for a build that nobody claimed', async () => {
    expect(await (await make()).load('orders', commit(1))).toBeUndefined();
  });

  it('lets exactly one of many claims of a commit win', async () => {
    const builds = await make();
    const answers = await Promise.all(Array.from({ length: 8 }, () => builds.save(item(1))));
    expect(answers.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    expect(await builds.load('orders', commit(1))).toEqual({ ...item(1), version: 1 });
  });

  it('saves only upon the version that was read', async () => {
    const builds = await make();
    await builds.save(item(1));
    expect((await builds.save({ ...item(1), version: 1, state: 'built' })).kind).toBe('saved');
    expect(await builds.save({ ...item(1), version: 1, state: 'failed' })).toEqual({ kind: 'conflict' });
    expect((await builds.load('orders', commit(1)))?.state).toBe('built');
  });

  it('lists the unfinished builds of one repository and no others', async () => {
    const builds = await make();
    for (const count of [1, 2, 3]) await builds.save(item(count));
    await builds.save({ ...item(4), state: 'built' });
    await builds.save({ ...item(5), repository: 'web' });
    const commits = (await builds.unfinished('orders')).map((build) => build.commit);
    expect(commits.toSorted()).toEqual([commit(1), commit(2), commit(3)]);
  });
}

const commit = (count: number): string => String(count).repeat(40);

function item(count: number): BuildItem {
  const holder = { environment: 'feature-a', service: 'orders', generation: 1 };
  return {
    repository: 'orders',
    commit: commit(count),
    version: 0,
    state: 'building',
    holder,
    attempt: 1,
    startedAt: 5,
    wantedBy: [holder],
  };
}
