/** Canaries on the real cluster under load: shares rise and fall, people decide, commits follow each other; no request is lost. */
import { describe, expect, test } from 'vitest';
import type { WrittenCanary } from '../../../lambdas/domain/rollout/written-plan.ts';
import { answersOf, lostOf } from './scenario.ts';
import { SCENARIO, type TrafficLaptop } from './traffic-laptop.ts';
import { FAILING, GOOD } from '../../../bench/traffic/versions.ts';

/** 10 %, half, all, with short pauses; errors of the candidate are counted every second. */
const CANARY: WrittenCanary = {
  strategy: 'canary',
  keep: '20s',
  interval: '1s',
  metrics: [{ name: 'errors', kind: 'error-count', failure: '> 2' }],
  steps: [{ weight: 10 }, { pause: '6s' }, { weight: 50 }, { pause: '6s' }, { weight: 100 }],
};
/** So long that only a decision or a newer wish ends it. */
const LONG: WrittenCanary = { ...CANARY, steps: [{ weight: 10 }, { pause: '10m' }, { weight: 100 }] };
const PREVIEW = { name: 'espalier-preview', value: 'yes' };
const BY_HEADER: WrittenCanary = {
  ...CANARY,
  steps: [
    { header: PREVIEW },
    { pause: 'until-approved', question: 'Does it look well?' },
    { weight: 50 },
    { pause: '3s' },
    { weight: 100 },
  ],
};

const good = (rollout: WrittenCanary = CANARY) => ({ behaviour: GOOD, rollout });
const bad = (rollout: WrittenCanary = CANARY) => ({ behaviour: FAILING, rollout });
const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };

/** Registers them; all may run at the same time. */
export function canaryScenarios(traffic: () => TrafficLaptop): void {
  describe.concurrent('a canary under load', { timeout: SCENARIO }, () => {
    test('sides swap each release, by 10, 50 and 100 %', () =>
      traffic().plays('swap', async (scenario) => {
        await scenario.serves(good());
        for (const side of ['green', 'blue'] as const) {
          const begun = Date.now();
          const commit = await scenario.delivers(good());
          expect(scenario.shares(side, begun)).toEqual([10, 50, 100]);
          expect(await scenario.service()).toMatchObject({ applied: { commit, side } });
          await scenario.answersAlone(commit);
        }
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        await scenario.until('the old side goes after its keep time', async () =>
          (await scenario.cluster.sizes()).green === 0 ? true : undefined,
        );
        expect(await scenario.cluster.sizes()).toEqual({ blue: 2, green: 0 });
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        expect(Object.keys(answersOf(outcomes))).toHaveLength(3);
        const log = (await scenario.events()).join('\n');
        expect(log).toMatch(
          /10 % of the requests to green[\s\S]*50 % [\s\S]*100 % [\s\S]*green \(\w+\) has all the traffic/,
        );
      }));

    test('abort at a pause → stable 100, retry resumes at the same step, promote completes', () =>
      traffic().plays('abort', async (scenario) => {
        const stable = await scenario.serves(good());
        const plan: WrittenCanary = {
          ...CANARY,
          steps: [{ weight: 10 }, { pause: '3s' }, { weight: 50 }, { pause: '10m' }, { weight: 100 }],
        };
        const commit = await scenario.pushes(good(plan));
        await scenario.logged(/Step 4 of 5: wait 10 min/);
        expect(await scenario.answering(Date.now() - 1_000)).toEqual(new Set([stable, commit]));
        await scenario.decides('abort');
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect((await scenario.service())?.failure?.reason).toContain('decided so: as the scenario says');
        await scenario.answersAlone(stable);

        const retried = Date.now();
        await scenario.decides('retry');
        await scenario.share('green', 50);
        await scenario.passes(3);
        await scenario.decides('promote');
        await scenario.until('it is applied', async () =>
          (await scenario.service())?.applied?.commit === commit ? true : undefined,
        );
        // It went on where it was: without 10 % again.
        expect(scenario.shares('green', retried)).toEqual([50, 100]);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        await scenario.answersAlone(commit);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));

    test('header route appears at its step, gives the version no other traffic, and is gone on abort and at the end', () =>
      traffic().plays('header', async (scenario) => {
        const stable = await scenario.serves(good());
        const byHeader = { [PREVIEW.name]: PREVIEW.value };
        const commit = await scenario.pushes(good(BY_HEADER));
        await scenario.asked();
        expect(await scenario.cluster.traffic()).toEqual({ blue: 100, green: 0, header: true, plain: 'blue' });
        for (let request = 0; request < 20; request += 1) expect(await scenario.asksWith(byHeader)).toBe(commit);
        expect(await scenario.asksWith({ [PREVIEW.name]: 'no' })).toBe(stable);
        await scenario.decides('abort');
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        await scenario.passes(2);
        expect(await scenario.asksWith(byHeader)).toBe(stable);
        // Nobody without the header has met it.
        expect(Object.keys(answersOf(await scenario.outcomes()))).toEqual([stable]);

        const next = await scenario.pushes(good(BY_HEADER));
        await scenario.asked();
        await scenario.decides('approve');
        await scenario.settled(next);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        await scenario.answersAlone(next);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        expect(Object.keys(answersOf(outcomes)).toSorted()).toEqual([stable, next].toSorted());
      }));

    test('bad→bad, bad→good, good→bad, good→good with weights: a bad stable never blocks the fix', () =>
      traffic().plays('quality', async (scenario) => {
        // The first version of all has nothing to be compared with: it serves, bad as it is.
        const first = await scenario.serves(bad());
        const served: string[] = [];
        const returned: string[] = [];
        const deliver = async (version: ReturnType<typeof good>): Promise<void> => {
          const commit = await scenario.delivers(version);
          const service = await scenario.service();
          if (service?.applied?.commit === commit) served.push(commit);
          else returned.push(service?.failure?.reason ?? '');
        };
        await deliver(bad());
        expect(returned).toHaveLength(1);
        await deliver(good());
        expect(served).toHaveLength(1);
        await deliver(bad());
        expect(returned).toHaveLength(2);
        await deliver(good());
        expect(served).toHaveLength(2);
        for (const reason of returned) expect(reason).toMatch(/the measurements are bad: errors \d+, bad > 2/);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        await scenario.answersAlone(served[1] ?? '');
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        const answers = answersOf(outcomes);
        expect(served.map((commit) => answers[commit]?.failures)).toEqual([0, 0]);
        expect(answers[first]?.failures).toBeGreaterThan(0);
        expect(Object.keys(answers)).toHaveLength(5);
      }));

    test('a new version at 90/10 resets to 100/0 first', () =>
      traffic().plays('newer', async (scenario) => {
        const first = await scenario.serves(good());
        const second = await scenario.pushes(good(LONG));
        await scenario.logged(/Step 2 of 3: wait 10 min/);
        const begun = Date.now();
        const third = await scenario.delivers(good());
        expect(scenario.shares('green', begun)).toEqual([0, 10, 50, 100]);
        expect(await scenario.service()).toMatchObject({ applied: { commit: third, side: 'green' } });
        await scenario.answersAlone(third);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        // Once the third answers, the second never does again.
        const at = (commit: string) =>
          outcomes.flatMap(({ ending, sentAt }) =>
            ending.kind === 'answered' && ending.commit === commit ? [sentAt] : [],
          );
        expect(Math.max(...at(second))).toBeLessThan(Math.min(...at(third)));
        expect(at(first).length).toBeGreaterThan(at(second).length);
        expect((await scenario.events()).join('\n')).toContain('a newer commit is wanted');
      }));

    test('reverting to live is a no-op that restores weights', () =>
      traffic().plays('revert', async (scenario) => {
        const live = await scenario.serves(good());
        const before = await scenario.cluster.untouched('blue');
        await scenario.pushes(good(LONG));
        await scenario.logged(/Step 2 of 3: wait 10 min/);
        await scenario.reverts(live);
        await scenario.share('blue', 100);
        await scenario.settled(live);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.cluster.untouched('blue')).toEqual(before);
        expect(await scenario.service()).toMatchObject({ applied: { commit: live, side: 'blue' } });
        await scenario.answersAlone(live);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));
  });
}
