/**
 * What stands between a version and its users, on the real cluster under load: a judge with a fresh baseline, a person who releases what
 * is dark, several people who must agree, a job that calls the candidate. A laptop of its own, because here not everybody may decide.
 * Needs what traffic-laptop.ts names.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { World } from '../../../cli/command.ts';
import { GOOD } from '../../../bench/traffic/versions.ts';
import { PREVIEW } from '../../../lambdas/domain/rollout/compile-plan.ts';
import type { WrittenBlueGreen, WrittenCanary } from '../../../lambdas/domain/rollout/written-plan.ts';
import { realCluster } from '../kubeconfig.ts';
import { answersOf, lostOf } from './scenario.ts';
import { END, SCENARIO, TrafficLaptop } from './traffic-laptop.ts';

const person = (name: string): string => `arn:aws:iam::*:user/${name}`;
const GROUPS = { leads: ['ann', 'bob', 'cyd'].map(person), product: [person('pia')] };
const APPROVALS = { approve: { group: 'leads', approvals: 2, notByAuthor: true }, release: 'product' };
const ON_BLUE = { blue: 100, green: 0, header: false, plain: 'blue' };
const ON_GREEN = { blue: 0, green: 100, header: false, plain: 'green' };

const JUDGED: WrittenCanary = {
  strategy: 'canary',
  keep: '10s',
  interval: '1s',
  judge: { metrics: [{ kind: 'latency', percentile: 95, allowedPercent: 100 }], minimumSamples: 6 },
  steps: [{ weight: 20 }, { analyse: '15s' }, { weight: 100 }],
};
const DARK: WrittenBlueGreen = { strategy: 'blue-green', dark: true, keep: '10s' };
const ASKS: WrittenCanary = {
  strategy: 'canary',
  keep: '10s',
  steps: [{ weight: 10 }, { pause: 'until-approved', question: 'Does it look well?' }, { weight: 100 }],
};
/** Calls the candidate by its address, and says by its exit code whether it answered well. */
const CALLS = [
  'node',
  '-e',
  'fetch(process.env.ESPALIER_CANDIDATE_URL).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(2))',
];
const BY_JOB: WrittenBlueGreen = {
  strategy: 'blue-green',
  before: { analyse: '30s' },
  after: { analyse: '30s' },
  keep: '10s',
  metrics: [{ kind: 'job', name: 'calls', command: CALLS, within: '20s' }],
};

/** A version that does well, small enough for four environments beside each other. */
const ONE = { behaviour: GOOD, replicas: 1 };

const NAMES = ['ann', 'bob', 'cyd', 'pia'] as const;
const people = {} as Record<(typeof NAMES)[number], World>;
let traffic: TrafficLaptop;

beforeAll(async () => {
  traffic = await TrafficLaptop.start({ approvals: APPROVALS }, { approvals: { groups: GROUPS } });
  for (const name of NAMES) people[name] = await traffic.person(name);
});

afterAll(() => traffic.stop(), END);

describe.concurrent('between a version and its users', { timeout: SCENARIO }, () => {
  test('a judge compares with a fresh baseline: what is slower returns, what is alike goes on', () =>
    traffic.plays('judged', async (scenario) => {
      const stable = await scenario.serves({ ...ONE, rollout: JUDGED });
      const { namespace } = scenario.cluster;
      const deployment = (name: string) =>
        realCluster().get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
      const imageOf = async (name: string): Promise<string | undefined> => {
        const spec = (await deployment(name))?.['spec'] as
          | { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } }
          | undefined;
        return spec?.template.spec.containers[0]?.image;
      };

      const slow = await scenario.pushes({ behaviour: { slow: 400 }, replicas: 1, rollout: JUDGED });
      await scenario.share('green', 20);
      expect(await imageOf('orders-baseline')).toBe(await imageOf('orders-blue'));
      expect(await imageOf('orders-baseline')).not.toBe(await imageOf('orders-green'));
      await scenario.settled(slow);
      expect((await scenario.service())?.failure?.reason).toMatch(/latency/);
      expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
      expect(await deployment('orders-baseline')).toBeUndefined();

      const alike = await scenario.delivers({ ...ONE, rollout: JUDGED });
      expect((await scenario.service())?.applied?.commit).toBe(alike);
      expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
      await scenario.answersAlone(alike);
      expect(await deployment('orders-baseline')).toBeUndefined();
      const outcomes = await scenario.ends();
      expect(lostOf(outcomes)).toEqual([]);
      expect(Object.keys(answersOf(outcomes)).toSorted()).toEqual([stable, slow, alike].toSorted());
    }));

  test('a dark version is reached by its header alone until one of its group releases it', () =>
    traffic.plays('dark', async (scenario) => {
      const stable = await scenario.serves({ ...ONE, rollout: DARK });
      const dark = await scenario.pushes({ ...ONE, rollout: DARK });
      await scenario.until('it waits in the dark', async () =>
        (await scenario.rollout())?.rollout.phase === 'dark' ? true : undefined,
      );
      expect(await scenario.cluster.traffic()).toEqual({ ...ON_BLUE, header: true });
      expect(await scenario.asksWith({ [PREVIEW.name]: PREVIEW.value })).toBe(dark);
      expect(Object.keys(answersOf(await scenario.outcomes()))).toEqual([stable]);

      const { ann, pia } = people;
      await expect(scenario.releases(ann)).rejects.toThrow(/product/);
      expect(await scenario.cluster.traffic()).toEqual({ ...ON_BLUE, header: true });
      await scenario.releases(pia);
      await scenario.share('green', 100);
      await scenario.until('it is applied', async () =>
        (await scenario.service())?.applied?.commit === dark ? true : undefined,
      );
      expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
      await scenario.answersAlone(dark);
      expect(lostOf(await scenario.ends())).toEqual([]);
    }));

  test('two of a group must agree, and never the author: until then the share stays', () =>
    traffic.plays(
      'agreed',
      async (scenario) => {
        await scenario.serves({ ...ONE, rollout: ASKS });
        const commit = await scenario.pushes({ ...ONE, rollout: ASKS });
        await scenario.asked();
        const { ann, bob, cyd, pia } = people;
        await expect(scenario.decides('approve', pia)).rejects.toThrow(/leads/);
        await expect(scenario.decides('approve', cyd)).rejects.toThrow(/author/);
        await scenario.decides('approve', ann);
        await scenario.passes(2);
        expect(await scenario.cluster.traffic()).toMatchObject({ green: 10 });
        await expect(scenario.decides('approve', ann)).rejects.toThrow(/already/);
        await scenario.decides('approve', bob);
        await scenario.settled(commit);
        expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
        const log = (await scenario.events()).join('\n');
        expect(log).toMatch(/ann decided "approve"[\s\S]*bob decided "approve"/);
        expect(lostOf(await scenario.ends())).toEqual([]);
      },
      'cyd',
    ));

  test('a job calls its candidate before and after the switch: who does not answer well is never switched to', () =>
    traffic.plays('job', async (scenario) => {
      const stable = await scenario.serves({ ...ONE, rollout: BY_JOB });
      const bad = await scenario.delivers({ behaviour: { fails: 100 }, replicas: 1, rollout: BY_JOB });
      expect((await scenario.service())?.failure).toMatchObject({ commit: bad });
      expect(await scenario.cluster.traffic()).toEqual(ON_BLUE);
      expect(Object.keys(answersOf(await scenario.outcomes()))).toEqual([stable]);

      const commit = await scenario.delivers({ ...ONE, rollout: BY_JOB });
      expect((await scenario.service())?.applied?.commit).toBe(commit);
      expect(await scenario.cluster.traffic()).toEqual(ON_GREEN);
      expect(lostOf(await scenario.ends())).toEqual([]);
    }));
});
