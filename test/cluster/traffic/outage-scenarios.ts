/**
 * Outages on the real cluster under load, one after the other, because each of them concerns everybody on the laptop or the cluster: the
 * function that moves traffic dies, and the gateway stands still.
 */
import { describe, expect, test } from 'vitest';
import type { WrittenCanary } from '../../../lambdas/domain/rollout/written-plan.ts';
import { lostBecause } from '../../../bench/traffic/outcome.ts';
import { listenerOf } from '../../../bench/faults/listeners.ts';
import { standsStill } from '../../../bench/faults/outage.ts';
import { endProcesses } from './function-processes.ts';
import { lostOf } from './scenario.ts';
import { GATEWAY, SCENARIO, type TrafficLaptop } from './traffic-laptop.ts';
import { GOOD } from '../../../bench/traffic/versions.ts';

const CANARY: WrittenCanary = {
  strategy: 'canary',
  keep: '20s',
  interval: '1s',
  steps: [{ weight: 10 }, { pause: '4s' }, { weight: 50 }, { pause: '4s' }, { weight: 100 }],
};
const VERSION = { behaviour: GOOD, rollout: CANARY };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };
const DOWN_SECONDS = 60;
/** Milliseconds that a request waits for its answer at most, so long before the outage it may have been sent. */
const PATIENCE = 5_000;

/** Registers them; they run alone, one after the other. */
export function outageScenarios(traffic: () => TrafficLaptop): void {
  describe('an outage under load', { timeout: SCENARIO }, () => {
    test('the function dies between "written" and "verified", at every weight: the rollout goes on from what is true', () =>
      traffic().plays('function-dies', async (scenario) => {
        await scenario.serves(VERSION);
        const commit = await scenario.pushes(VERSION);
        for (const weight of [10, 50, 100]) {
          await scenario.share('green', weight);
          expect(endProcesses(traffic().laptop, 'rollout-branch')).toBeGreaterThan(0);
        }
        await scenario.settled(commit);
        expect(scenario.shares('green', 0)).toEqual([10, 50, 100]);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        expect(await scenario.service()).toMatchObject({ applied: { commit, side: 'green' } });
        await scenario.answersAlone(commit);
        expect(lostOf(await scenario.ends())).toEqual([]);
      }));

    test('the gateway is down for a minute: nothing shifts until it has taken the weights on, then the rollout goes on', () =>
      traffic().plays('gateway-down', async (scenario) => {
        await scenario.serves(VERSION);
        const commit = await scenario.pushes(VERSION);
        await scenario.share('green', 10);
        await scenario.logged(/Step 2 of 5/);
        const down = Date.now();
        await standsStill(listenerOf({ host: '127.0.0.1', port: Number(GATEWAY.split(':')[1]) }), DOWN_SECONDS);
        const up = Date.now();
        expect(scenario.shares('green', down).filter((share) => share > 50)).toEqual([]);
        await scenario.settled(commit);
        expect(scenario.shares('green', 0)).toEqual([10, 50, 100]);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        await scenario.answersAlone(commit);
        const outcomes = await scenario.ends();
        const lost = outcomes.filter((outcome) => lostBecause(outcome) !== undefined);
        // Who asked a gateway that stood still was lost; nobody before, and nobody since.
        expect(lost.length).toBeGreaterThan(0);
        expect(lostOf(lost.filter(({ sentAt }) => sentAt < down - PATIENCE || sentAt > up))).toEqual([]);
      }));
  });
}
