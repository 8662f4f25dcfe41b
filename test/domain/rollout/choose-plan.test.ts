/** Which plan a service gets, and why another is refused. */
import { describe, expect, it } from 'vitest';
import { historyEvents } from '../../../lambdas/domain/rollout/check-plan.ts';
import { choosePlan, problemsOf, type RolloutRules } from '../../../lambdas/domain/rollout/choose-plan.ts';
import { describeStep } from '../../../lambdas/domain/rollout/step.ts';
import type { WrittenPlan } from '../../../lambdas/domain/rollout/written-plan.ts';

const rules: RolloutRules = {
  default: 'blue-green',
  allowed: ['rolling', 'blue-green', 'canary'],
  metrics: [],
  alarms: [],
  stores: { prometheus: true, cloudWatch: false },
};
function stepsOf(own: WrittenPlan | undefined, under: RolloutRules = rules) {
  const chosen = choosePlan(under, own);
  return chosen.kind === 'roll-out' ? chosen.plan.steps.map(describeStep) : chosen;
}
const refusal = (own: WrittenPlan | undefined, under: RolloutRules = rules) => {
  const chosen = choosePlan(under, own);
  return chosen.kind === 'refused' ? chosen.message : chosen.kind;
};

describe('the plan of a service without a public route', () => {
  const inside = (own: WrittenPlan | undefined, under: RolloutRules = rules, http = true) => {
    const chosen = choosePlan(under, own, { routed: false, http });
    return chosen.kind === 'roll-out'
      ? [...chosen.plan.steps.map(describeStep), ...chosen.plan.metrics.map(({ name }) => name)]
      : chosen;
  };

  it.each([undefined, 'blue-green'])('is one switch after a self-check (%s)', (own) => {
    expect(inside(own)).toEqual(['measure for 10 s', '100 % of the requests', 'self-check']);
  });

  it('is one switch alone where nobody can be asked', () => {
    expect(inside(undefined, rules, false)).toEqual(['100 % of the requests']);
  });

  it('takes the place of a kind’s plan that needs a route, and of its metrics', () => {
    const guarded = { ...rules, default: 'canary', metrics: [{ kind: 'latency', failure: '> 500' } as const] };
    expect(inside(undefined, guarded)).toEqual(['measure for 10 s', '100 % of the requests', 'self-check']);
    expect(inside(undefined, { ...rules, default: 'rolling' })).toEqual({ kind: 'in-place' });
  });

  it('measures by self-check when an analysis says nothing', () => {
    expect(inside({ strategy: 'blue-green', after: { analyse: '30s' } })).toEqual([
      '100 % of the requests',
      'measure for 30 s',
      'self-check',
    ]);
  });

  it('is refused when it shares requests, also by the settings’ words', () => {
    expect(inside('canary')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('no requests to share') as string,
    });
    expect(inside('blue-green', { ...rules, allowed: ['rolling'] })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('the settings allow here: rolling') as string,
    });
  });
});

describe('the plan of a service', () => {
  it("is the kind's own when the service says nothing", () => {
    expect(stepsOf(undefined)).toEqual([
      'reach it by the header espalier-preview: yes',
      '100 % of the requests',
      'measure for 60 s',
    ]);
    expect(stepsOf(undefined, { ...rules, default: 'rolling' })).toEqual({ kind: 'in-place' });
  });

  it('leaves measuring out of a strategy word when nothing can be measured', () => {
    const blind = { ...rules, stores: { prometheus: false, cloudWatch: false } };
    expect(stepsOf(undefined, blind)).toEqual([
      'reach it by the header espalier-preview: yes',
      '100 % of the requests',
    ]);
  });

  it('has the steps of a canary in their order', () => {
    const own: WrittenPlan = {
      strategy: 'canary',
      steps: [
        { header: { name: 'x-new', value: '1' } },
        { weight: 10 },
        { pause: 'until-approved', within: '2h' },
        { weight: 50 },
        { analyse: '30s' },
        { weight: 100 },
      ],
    };
    expect(stepsOf(own)).toEqual([
      'reach it by the header x-new: 1',
      '10 % of the requests',
      'ask: It serves 10 % of the requests. Go on?',
      '50 % of the requests',
      'measure for 30 s',
      '100 % of the requests',
    ]);
  });

  it('switches once for blue-green, between what comes before and after', () => {
    const own: WrittenPlan = {
      strategy: 'blue-green',
      preview: { name: 'x-next', value: 'on' },
      before: { analyse: '60s' },
      ask: 'Switch?',
      after: { analyse: '2m' },
      keep: '10m',
    };
    expect(stepsOf(own)).toEqual([
      'reach it by the header x-next: on',
      'measure for 60 s',
      'ask: Switch?',
      '100 % of the requests',
      'measure for 2 min',
    ]);
    expect(choosePlan(rules, own)).toMatchObject({ plan: { keepSeconds: 600, metrics: [{ name: 'success-rate' }] } });
  });

  it("measures the kind's metrics besides its own", () => {
    const guarded = { ...rules, metrics: [{ kind: 'latency', success: '< 500' } as const] };
    expect(choosePlan(guarded, 'Canary10Percent5Minutes')).toMatchObject({ plan: { metrics: [{ name: 'latency' }] } });
  });
});

describe('alarms', () => {
  const bound = { ...rules, alarms: ['$service-5xx'], stores: { prometheus: true, cloudWatch: true } };

  it('of the kind watch every plan, besides its own', () => {
    expect(choosePlan(bound, 'Canary10Percent5Minutes')).toMatchObject({ plan: { alarms: ['$service-5xx'] } });
    const own: WrittenPlan = { strategy: 'canary', steps: [{ weight: 100 }], alarms: ['shop', '$service-5xx'] };
    expect(choosePlan(bound, own)).toMatchObject({ plan: { alarms: ['$service-5xx', 'shop'] } });
  });

  it('are looked at during a week of waiting without coming near the limit of history events', () => {
    const asking: WrittenPlan = {
      strategy: 'canary',
      steps: [{ weight: 10 }, { pause: 'until-approved', within: '7d' }, { weight: 100 }],
      alarms: ['shop'],
    };
    const chosen = choosePlan(bound, asking);
    expect(chosen.kind).toBe('roll-out');
    expect(historyEvents((chosen as Extract<typeof chosen, { kind: 'roll-out' }>).plan)).toBeGreaterThan(10_000);
  });

  it('may hold placeholders, but none that nobody fills in', () => {
    expect(problemsOf({ strategy: 'canary', steps: [{ weight: 100 }], alarms: ['$pod-5xx'] }).join()).toMatch(
      /the alarm "\$pod-5xx" has an unknown placeholder \$pod; allowed: \$namespace/,
    );
  });
});

describe('a plan is refused', () => {
  it('outside of what the settings allow, and says what they do', () => {
    const strict: RolloutRules = { ...rules, allowed: ['rolling', 'blue-green'] };
    expect(refusal('Linear10PercentEvery1Minute', strict)).toMatch(
      /found a canary plan.*allow here: rolling, blue-green/,
    );
    expect(refusal('AllAtOnce', strict)).toBe('roll-out');
  });

  it('by an unknown name', () => {
    expect(refusal('Canary0Percent5Minutes')).toMatch(/found "Canary0Percent5Minutes"; allowed: rolling/);
  });

  it('when it measures and there is nothing to measure by', () => {
    const blind = { ...rules, stores: { prometheus: false, cloudWatch: false } };
    const own: WrittenPlan = { strategy: 'blue-green', after: { analyse: '60s' } };
    expect(refusal(own, blind)).toMatch(/needs Prometheus; set metrics.prometheus.url/);
    const judged: WrittenPlan = {
      strategy: 'canary',
      steps: [{ weight: 10 }, { analyse: '5m' }, { weight: 100 }],
      judge: { metrics: [{ kind: 'latency' }] },
    };
    expect(refusal(judged, blind)).toMatch(/the judge needs Prometheus; set metrics.prometheus.url/);
    expect(refusal({ strategy: 'canary', steps: [{ weight: 100 }], alarms: ['shop'] }, blind)).toMatch(
      /alarms need CloudWatch; set metrics.cloudWatch: true/,
    );
    const cloud: WrittenPlan = {
      strategy: 'blue-green',
      after: { analyse: '5m' },
      metrics: [{ kind: 'cloudwatch', namespace: 'N', metric: 'M', failure: '> 0' }],
    };
    expect(refusal(cloud, blind)).toMatch(/needs CloudWatch; set metrics.cloudWatch: true in the settings/);
    expect(refusal(cloud, { ...blind, stores: { prometheus: false, cloudWatch: true } })).toBe('roll-out');
  });

  const canary = (...steps: Extract<WrittenPlan, { strategy: 'canary' }>['steps']): WrittenPlan => ({
    strategy: 'canary',
    steps,
  });
  it.each<[string, WrittenPlan, RegExp]>([
    ['weights that fall', canary({ weight: 50 }, { weight: 20 }, { weight: 100 }), /20 comes after 50/],
    ['an end below 100', canary({ weight: 50 }), /must end at 100/],
    ['a weight of 0', canary({ weight: 0 }, { weight: 100 }), /found the weight 0/],
    ['a weight that overshoots', canary({ weight: 110 }), /found the weight 110/],
    ['no weight at all', canary({ pause: '10s' }), /last weight is missing/],
    ['a pause without end', canary({ weight: 1 }, { pause: '30d' }, { weight: 100 }), /allowed: 1 s to/],
    ['a side kept for days', { ...(canary({ weight: 100 }) as object), keep: '3d' } as WrittenPlan, /keep time/],
    [
      'measuring every second for a week',
      { strategy: 'canary', interval: '1s', steps: [{ weight: 1 }, { pause: '7d' }, { weight: 100 }] },
      /history events/,
    ],
    [
      'CloudWatch more often than it has numbers',
      {
        strategy: 'canary',
        steps: [{ weight: 100 }],
        metrics: [
          { kind: 'cloudwatch', namespace: 'N', metric: 'M', failure: '> 0', interval: '10s', initialDelay: '30s' },
        ],
      },
      /use 60s or more; metric "cloudwatch".*use 120s or more|use 60s or more/,
    ],
    [
      'a judge that never sees both versions',
      { strategy: 'canary', steps: [{ weight: 10 }, { weight: 100 }], judge: { metrics: [{ kind: 'latency' }] } },
      /the plan never analyses while both have requests; add analyse after a weight of 50 or less/,
    ],
    [
      'a judge without the time for its comparisons',
      {
        strategy: 'canary',
        steps: [{ weight: 10 }, { analyse: '45s' }, { weight: 100 }],
        judge: { metrics: [{ kind: 'latency' }] },
      },
      /an analysis of 45 s is too short for 10 comparisons, one every 5 s; analyse for 50 s or more/,
    ],
    [
      'a judge with two metrics of one name',
      {
        strategy: 'canary',
        steps: [{ weight: 10 }, { analyse: '5m' }, { weight: 100 }],
        judge: { metrics: [{ kind: 'latency' }, { kind: 'latency', percentile: 50 }] },
      },
      /two metrics called "latency"/,
    ],
    [
      'a window of CloudWatch that is no whole minutes',
      {
        strategy: 'canary',
        steps: [{ weight: 100 }],
        metrics: [{ kind: 'cloudwatch', namespace: 'N', metric: 'M', failure: '> 0', window: '90s' }],
      },
      /found a window of 90 s; CloudWatch has one number a minute: use whole minutes/,
    ],
    [
      'a placeholder of an expression that nobody fills in',
      {
        strategy: 'canary',
        steps: [{ weight: 100 }],
        metrics: [{ kind: 'cloudwatch', expression: 'SELECT SUM(x) FROM "$pod"', failure: '> 0' }],
      },
      /unknown placeholder \$pod/,
    ],
    [
      'asking CloudWatch by twenty metrics for a week',
      {
        strategy: 'canary',
        interval: '1h',
        steps: [{ weight: 1 }, { pause: '7d' }, { weight: 100 }],
        metrics: [{ kind: 'cloudwatch', namespace: 'N', metric: 'M', failure: '> 0', interval: '60s' }],
      },
      /history events/,
    ],
    [
      'a judge at a weight for which no baseline is as large',
      {
        strategy: 'canary',
        steps: [{ weight: 10 }, { analyse: '1m' }, { weight: 75 }, { analyse: '1m' }, { weight: 100 }],
        metrics: [{ kind: 'success-rate', success: '>= 99' }],
        judge: { metrics: [{ kind: 'latency' }] },
      },
      /found an analysis at 75 %; .* neither can have more than 50 %. Analyse at 50 % or less, or pause there/,
    ],
    [
      'an analysis that ends before its first measurement',
      { strategy: 'blue-green', after: { analyse: '3s' } },
      /ends before the metric "success-rate" is measured/,
    ],
    [
      'a metric without a condition',
      { strategy: 'canary', steps: [{ weight: 100 }], metrics: [{ kind: 'error-count' }] },
      /no condition/,
    ],
    [
      'a placeholder that nobody fills in',
      {
        strategy: 'canary',
        steps: [{ weight: 100 }],
        metrics: [{ kind: 'prometheus', query: 'up{x="$pod"}', success: '> 0' }],
      },
      /unknown placeholder \$pod/,
    ],
  ])('for %s', (_what, own, message) => {
    expect(problemsOf(own).join('; ')).toMatch(message);
    expect(refusal(own)).toMatch(message);
  });
});
