/** Blue-green on the real cluster under load: the preview, both analyses, the switch and the way back; no request is lost. */
import { describe, expect, test } from 'vitest';
import { PREVIEW } from '../../../lambdas/domain/rollout/compile-plan.ts';
import type { WrittenBlueGreen } from '../../../lambdas/domain/rollout/written-plan.ts';
import { isBad } from '../../../bench/traffic/outcome.ts';
import { answersOf, lostOf } from './scenario.ts';
import { SCENARIO, type TrafficLaptop } from './traffic-laptop.ts';
import { FAILING, GOOD } from '../../../bench/traffic/versions.ts';

const BLUE_GREEN: WrittenBlueGreen = {
  strategy: 'blue-green',
  preview: true,
  before: { analyse: '6s' },
  after: { analyse: '6s' },
  keep: '90s',
  interval: '1s',
  metrics: [{ name: 'errors', kind: 'error-count', failure: '> 2' }],
};
const BY_HEADER = { [PREVIEW.name]: PREVIEW.value };
const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
/** Seconds from the decision to the written weights, on a machine that does much else. */
const AT_ONCE = 15;

const good = { behaviour: GOOD, rollout: BLUE_GREEN };
const bad = { behaviour: FAILING, rollout: BLUE_GREEN };

/** Registers them; all may run at the same time. */
export function blueGreenScenarios(traffic: () => TrafficLaptop): void {
  describe.concurrent('blue-green under load', { timeout: SCENARIO }, () => {
    test('preview serves the new version while the old is live, then the switch; rollback inside keep time is immediate, without analysis', () =>
      traffic().plays('switch', async (scenario) => {
        const old = await scenario.serves(good);
        const commit = await scenario.pushes(good);
        await scenario.logged(/Step 2 of 4: measure for 6 s/);
        expect(await scenario.cluster.traffic()).toEqual({ blue: 100, green: 0, header: true, plain: 'blue' });
        expect(await scenario.asksWith(BY_HEADER)).toBe(commit);
        expect(Object.keys(answersOf(await scenario.outcomes()))).toEqual([old]);
        await scenario.settled(commit);
        expect(scenario.shares('green', 0)).toEqual([100]);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        await scenario.answersAlone(commit);
        expect(await scenario.cluster.sizes()).toEqual({ blue: 2, green: 2 });

        const begun = Date.now();
        const events = (await scenario.events()).length;
        await scenario.decides('roll-back');
        await scenario.share('blue', 100);
        expect(Date.now() - begun).toBeLessThan(AT_ONCE * 1000);
        await scenario.until('the old version is applied', async () =>
          (await scenario.service())?.applied?.commit === old ? true : undefined,
        );
        await scenario.settled();
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        await scenario.answersAlone(old);
        const since = (await scenario.events()).slice(events).join('\n');
        expect(since).toContain('it served here before the version that serves now');
        expect(since).not.toMatch(/measure|errors/);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));

    test('failed pre-switch analysis leaves the old live', () =>
      traffic().plays('before', async (scenario) => {
        const old = await scenario.serves(good);
        const untouched = await scenario.cluster.untouched('blue');
        await scenario.isTriedBy(BY_HEADER);
        const commit = await scenario.delivers(bad);
        expect((await scenario.service())?.failure?.reason).toMatch(/the measurements are bad: errors \d+, bad > 2/);
        expect(await scenario.service()).toMatchObject({ applied: { commit: old, side: 'blue' } });
        expect(scenario.shares('green', 0)).toEqual([]);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.cluster.untouched('blue')).toEqual(untouched);
        // Only who asked for it has met it.
        expect(Object.keys(answersOf(await scenario.outcomes()))).toEqual([old]);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        expect(answersOf(outcomes)[commit]?.failures).toBeGreaterThan(2);
      }));

    test('failed post-switch analysis returns to it, its pods were still up', () =>
      traffic().plays('after', async (scenario) => {
        const old = await scenario.serves(good);
        const untouched = await scenario.cluster.untouched('blue');
        const commit = await scenario.delivers(bad);
        expect((await scenario.service())?.failure?.reason).toMatch(/the measurements are bad: errors \d+, bad > 2/);
        expect(scenario.shares('green', 0)).toEqual([100, 0]);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.cluster.untouched('blue')).toEqual(untouched);
        await scenario.answersAlone(old);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        const failed = outcomes.filter(isBad);
        expect(new Set(failed.map(({ ending }) => ending.kind === 'answered' && ending.commit))).toEqual(
          new Set([commit]),
        );
        const [first = 0, last = 0] = [failed[0]?.sentAt, failed.at(-1)?.sentAt];
        expect(last - first).toBeLessThan(AT_ONCE * 1000);
      }));
  });
}
