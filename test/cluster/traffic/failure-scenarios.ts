/**
 * What goes wrong on the real cluster under load: pods that never come or die, metrics that are away, hands in the cluster, wishes that
 * cross. Whatever it is, traffic ends on a side that serves it, and only who met a dead or bad version noticed.
 */
import { describe, expect, test } from 'vitest';
import type { WrittenCanary } from '../../../lambdas/domain/rollout/written-plan.ts';
import { lostBecause } from '../../../bench/traffic/outcome.ts';
import type { StoreFault } from './metric-store.ts';
import { lostOf } from './scenario.ts';
import { SCENARIO, type TrafficLaptop } from './traffic-laptop.ts';
import { GOOD, NEVER_READY } from '../../../bench/traffic/versions.ts';

const CANARY: WrittenCanary = {
  strategy: 'canary',
  keep: '20s',
  interval: '1s',
  steps: [{ weight: 10 }, { pause: '4s' }, { weight: 50 }, { pause: '4s' }, { weight: 100 }],
};
const LONG: WrittenCanary = { ...CANARY, steps: [{ weight: 10 }, { pause: '10m' }, { weight: 100 }] };
const HALF: WrittenCanary = { ...CANARY, steps: [{ weight: 50 }, { pause: '10m' }, { weight: 100 }] };
const ASKED: WrittenCanary = {
  ...CANARY,
  steps: [{ weight: 10 }, { pause: 'until-approved' }, { weight: 50 }, { pause: '3s' }, { weight: 100 }],
};
const MEASURED: WrittenCanary = {
  ...CANARY,
  metrics: [{ name: 'errors', kind: 'error-count', failure: '> 2', errorLimit: 1 }],
  steps: [{ weight: 50 }, { analyse: '60s' }, { weight: 100 }],
};

const good = (rollout: WrittenCanary = CANARY) => ({ behaviour: GOOD, rollout });
const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
/** Seconds within which a rollout notices and the gateway follows, on a machine that does much else. */
const SOON = 15;
/** Milliseconds that the gateway may be late, and a watcher. */
const LATE = 3_000;

/** Registers them; all may run at the same time. */
export function failureScenarios(traffic: () => TrafficLaptop): void {
  describe.concurrent('a candidate that does not work', { timeout: SCENARIO }, () => {
    test('pods never ready → deadline → abort, live side untouched', () =>
      traffic().plays('never-ready', async (scenario) => {
        const live = await scenario.serves(good());
        const untouched = await scenario.cluster.untouched('blue');
        await scenario.delivers({ behaviour: NEVER_READY, rollout: CANARY });
        expect((await scenario.service())?.failure?.reason).toMatch(
          /the candidate was not ready in time: .*health path/,
        );
        expect(scenario.shares('green', 0)).toEqual([]);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.cluster.untouched('blue')).toEqual(untouched);
        expect(await scenario.answering(0)).toEqual(new Set([live]));
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));

    test('all candidate pods die mid-rollout: traffic never stays on an empty side, and the side goes after its delay', () =>
      traffic().plays('die', async (scenario) => {
        const live = await scenario.serves(good());
        const commit = await scenario.pushes(good(HALF));
        await scenario.logged(/Step 2 of 3: wait 10 min/);
        const died = Date.now();
        await scenario.kills('green');
        await scenario.share('green', 0);
        const returned = Date.now();
        expect(returned - died).toBeLessThan(SOON * 1000);
        await scenario.settled(commit);
        expect((await scenario.service())?.failure?.reason).toContain('lost its ready pods');
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        await scenario.answersAlone(live);
        const outcomes = await scenario.outcomes();
        // Only requests that the dead pods had, or that the gateway still sent to them.
        expect(lostOf(outcomes.filter(({ sentAt }) => sentAt < died - LATE || sentAt > returned + LATE))).toEqual([]);
        await scenario.until('the side is gone', async () =>
          (await scenario.cluster.sizes()).green === 0 ? true : undefined,
        );
        expect(await scenario.cluster.sizes()).toEqual({ blue: 2, green: 0 });
      }));

    test('promotion fails half-way: the side that works keeps serving', () =>
      traffic().plays('half-way', async (scenario) => {
        const live = await scenario.serves(good());
        const commit = await scenario.pushes(good());
        await scenario.share('green', 100);
        const died = Date.now();
        await scenario.kills('green');
        await scenario.share('blue', 100);
        const returned = Date.now();
        expect(returned - died).toBeLessThan(SOON * 1000);
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.service()).toMatchObject({ applied: { commit: live, side: 'blue' } });
        await scenario.answersAlone(live);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes.filter(({ sentAt }) => sentAt < died - LATE || sentAt > returned + LATE))).toEqual([]);
      }));
  });

  describe.concurrent('metrics that are not there', { timeout: SCENARIO }, () => {
    test.each<[StoreFault, RegExp]>([
      ['away', /could not be measured: Prometheus at 127\.0\.0\.1:\d+/],
      ['empty', /could not be measured: Prometheus has nothing/],
      ['late', /could not be measured: Prometheus at .*: no answer within 3000 ms/],
    ])('metric store %s: never success, never by itself a verdict; a person is asked', (fault, said) =>
      traffic().plays(`store-${fault}`, async (scenario) => {
        const live = await scenario.serves(good(MEASURED));
        traffic().metrics.faults.set(scenario.cluster.namespace, fault);
        const commit = await scenario.pushes(good(MEASURED));
        expect(await scenario.asked()).toMatch(said);
        expect(await scenario.cluster.traffic()).toEqual({ blue: 50, green: 50, header: false, plain: 'blue' });
        await scenario.passes(2);
        expect(await scenario.answering(Date.now() - 1_500)).toEqual(new Set([live, commit]));
        const decision = fault === 'away' ? 'reject' : 'approve';
        await scenario.decides(decision);
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(decision === 'reject' ? ON_BLUE : ON_GREEN);
        await scenario.answersAlone(decision === 'reject' ? live : commit);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }),
    );
  });

  describe.concurrent('hands in the cluster', { timeout: SCENARIO }, () => {
    test.each(['by hand', 'by an autoscaler'] as const)(
      'replica count changes mid-rollout %s: the candidate has the size before the share, stable keeps its own',
      (how) =>
        traffic().plays(how === 'by hand' ? 'scaled' : 'autoscaled', async (scenario) => {
          await scenario.serves(good());
          const commit = await scenario.pushes(good(ASKED));
          await scenario.asked();
          expect(await scenario.cluster.sizes()).toEqual({ blue: 2, green: 1 });
          if (how === 'by hand') await scenario.cluster.scale('blue', 4);
          else await scenario.cluster.autoscale('blue', 4, 6);
          await scenario.until('stable has 4 pods', async () =>
            (await scenario.cluster.readyPods('blue')) === 4 ? true : undefined,
          );
          await scenario.decides('approve');
          await scenario.settled(commit);
          expect(scenario.readyAt('green', 50)).toEqual({ blue: 4, green: 2 });
          expect(scenario.readyAt('green', 100)).toEqual({ blue: 4, green: 4 });
          expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
          await scenario.answersAlone(commit);
          expect(lostOf(await scenario.ends())).toEqual([]);
        }),
    );

    test('someone edits the route by hand: the weights are put back', () =>
      traffic().plays('edited', async (scenario) => {
        await scenario.serves(good());
        const commit = await scenario.pushes(good(LONG));
        await scenario.logged(/Step 2 of 3: wait 10 min/);
        const edited = Date.now();
        await scenario.cluster.editRoute(0, 100);
        await scenario.share('green', 10);
        expect(Date.now() - edited).toBeLessThan(SOON * 1000);
        await scenario.decides('promote');
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        await scenario.answersAlone(commit);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));
  });

  describe.concurrent('wishes that cross', { timeout: SCENARIO }, () => {
    test('deliveries at once: only the newest counts; a deletion mid-rollout returns traffic before anything is taken away', () =>
      traffic().plays('crossing', async (scenario) => {
        await scenario.serves(good());
        await scenario.pushes(good());
        await scenario.pushes(good());
        const third = await scenario.pushes(good());
        await scenario.settled(third);
        expect(await scenario.service()).toMatchObject({ applied: { commit: third, side: 'green' } });
        await scenario.answersAlone(third);

        const fourth = await scenario.pushes(good(HALF));
        await scenario.logged(/Step 2 of 3: wait 10 min/);
        const deleted = Date.now();
        await scenario.deletesBranch();
        const gone = await scenario.until('the route is gone', async () => {
          const { blue, green } = await scenario.cluster.traffic();
          return blue + green === 0 ? Date.now() : undefined;
        });
        expect(scenario.shares('blue', deleted)[0]).toBe(0);
        expect(scenario.shares('green', deleted)[0]).toBe(100);
        const outcomes = await scenario.ends();
        const lost = outcomes.filter((outcome) => lostBecause(outcome) !== undefined);
        expect(lostOf(lost.filter(({ sentAt }) => sentAt < gone - LATE))).toEqual([]);
        const late = outcomes.filter(({ sentAt }) => sentAt > deleted + SOON * 1000);
        expect(late.filter(({ ending }) => ending.kind === 'answered' && ending.commit === fourth)).toEqual([]);
      }));
  });
}
