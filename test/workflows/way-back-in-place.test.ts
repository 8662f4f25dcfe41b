/** A delivery in place whose new pods break their contract goes back by itself, through the real state machines, on virtual time. */
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../lambdas/contracts/kubernetes.ts';
import type { PodAnswer } from '../../lambdas/ports/pod-proxy.ts';
import { RolloutWorld } from './rollout-world.ts';

/** A world that delivers in place a service with a self-check. */
function inPlace(): RolloutWorld {
  const world = new RolloutWorld();
  world.file = { selfCheck: '/self-check' };
  return world;
}

/** From now on pods of other commits than these are ill. */
function onlyWell(world: RolloutWorld, ...commits: readonly string[]): void {
  world.pods.answer = (path, name): PodAnswer => {
    const pod = world.cluster.peek('Pod').find(({ metadata }) => metadata.name === name);
    const well = path !== '/self-check' || commits.includes(pod?.metadata.labels?.[LABELS.commit] ?? '');
    return { kind: 'answered', status: well ? 200 : 500, headers: {} };
  };
}

describe('a delivery in place that breaks its contract', () => {
  it('gives way to the version before, which serves again; the author is told, and looks do not bring it back', async () => {
    const world = inPlace();
    const good = await world.deliver();
    onlyWell(world, good);
    const bad = await world.push();
    await world.until(async () => (await world.service())?.applied?.generation === 3);
    await world.settled();
    expect(world.servingCommits('blue')).toEqual([good]);
    expect(await world.service()).toMatchObject({ applied: { commit: good }, desired: { commit: good }, held: bad });
    const titles = world.notices.published.map(({ content }) => content.title);
    expect(titles).toContain('orders could not be delivered to feature-login');
    await world.look();
    await world.pass(10 * 60_000);
    expect((await world.service())?.generation).toBe(3);
    onlyWell(world, good, await world.deliver());
  });

  it('stays failed when there is nothing to go back to, or when the version before is ill as well', async () => {
    const world = inPlace();
    onlyWell(world);
    const first = await world.deliver();
    expect(await world.service()).toMatchObject({ desired: { commit: first }, failure: { commit: first } });
    const other = inPlace();
    const good = await other.deliver();
    onlyWell(other);
    await other.push();
    await other.until(async () => (await other.service())?.failure?.commit === good);
    expect((await other.service())?.generation).toBe(3);
  });
});
