/** Rollouts of a service that brings its own Helm chart, on the real cluster under load: two sides of one chart; no request is lost. */
import { describe, expect, test } from 'vitest';
import { SIDES } from '../../../lambdas/contracts/kubernetes.ts';
import type { WrittenBlueGreen, WrittenCanary } from '../../../lambdas/domain/rollout/written-plan.ts';
import { FAILING, type Behaviour, type Version } from '../../../bench/traffic/versions.ts';
import { realCluster } from '../kubeconfig.ts';
import { answersOf, lostOf, SERVICE, type Scenario } from './scenario.ts';
import { SCENARIO, type TrafficLaptop } from './traffic-laptop.ts';

const MEASURED = {
  keep: '10s',
  interval: '1s',
  metrics: [{ name: 'errors', kind: 'error-count', failure: '> 2' }],
} as const;
const CANARY: WrittenCanary = {
  ...MEASURED,
  strategy: 'canary',
  steps: [{ weight: 10 }, { pause: '6s' }, { weight: 50 }, { pause: '3s' }, { weight: 100 }],
};
const BLUE_GREEN: WrittenBlueGreen = { ...MEASURED, strategy: 'blue-green', preview: true, after: { analyse: '3s' } };
const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };

/** Who it is stands in its behaviour, so that the files of two versions differ. */
const version = (slow: number, rollout: Version['rollout'] = CANARY, more: Behaviour = {}): Version => ({
  behaviour: { slow, ...more },
  replicas: 1,
  chart: true,
  ...(rollout !== undefined && { rollout }),
});

/** What the chart's ConfigMap of each side says. */
async function behaviours({ cluster: { namespace } }: Scenario): Promise<readonly Behaviour[]> {
  const maps = await Promise.all(
    SIDES.map((side) =>
      realCluster().get({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace,
        name: `${SERVICE}-${side}.${SERVICE}-behaviour`,
      }),
    ),
  );
  return maps.map((map) => {
    const { BEHAVIOUR = 'null' } = (map?.['data'] ?? {}) as { readonly BEHAVIOUR?: string };
    return JSON.parse(BEHAVIOUR) as Behaviour;
  });
}

/** Registers them; all may run at the same time. */
export function chartScenarios(traffic: () => TrafficLaptop): void {
  describe.concurrent('a chart of its own under load', { timeout: SCENARIO }, () => {
    test('by canary to 100 %, then by blue-green back: each side reads the files of its own version', () =>
      traffic().plays('chart', async (scenario) => {
        const first = await scenario.serves(version(1));
        const begun = Date.now();
        const second = await scenario.delivers(version(2));
        expect(scenario.shares('green', begun)).toEqual([10, 50, 100]);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        expect(await behaviours(scenario)).toEqual([{ slow: 1 }, { slow: 2 }]);
        await scenario.answersAlone(second);
        expect(
          (await scenario.events()).filter((event) => event.includes('Jobs before the delivery ended: reads')),
        ).toHaveLength(2);

        const third = await scenario.delivers(version(3, BLUE_GREEN));
        expect(await scenario.service()).toMatchObject({ applied: { commit: third, side: 'blue' } });
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await behaviours(scenario)).toEqual([{ slow: 3 }, { slow: 2 }]);
        await scenario.answersAlone(third);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        const answers = answersOf(outcomes);
        expect(Object.keys(answers).toSorted()).toEqual([first, second, third].toSorted());
        expect(Object.values(answers).map(({ failures }) => failures)).toEqual([0, 0, 0]);
      }));

    test('a canary that answers errors returns, and what serves has lost nothing of what it reads', () =>
      traffic().plays('bad-chart', async (scenario) => {
        const stable = await scenario.serves(version(1));
        const before = await scenario.cluster.untouched('blue');
        const bad = await scenario.delivers(version(2, CANARY, FAILING));
        expect((await scenario.service())?.failure).toMatchObject({
          commit: bad,
          reason: expect.stringMatching(/errors/) as string,
        });
        expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
        expect(await scenario.cluster.untouched('blue')).toEqual(before);
        expect((await behaviours(scenario))[0]).toEqual({ slow: 1 });
        await scenario.answersAlone(stable);
        const outcomes = await scenario.ends();
        expect(lostOf(outcomes)).toEqual([]);
        const answers = answersOf(outcomes);
        expect(answers[stable]?.failures).toBe(0);
        expect(answers[bad]?.failures).toBeGreaterThan(0);
      }));
  });
}
