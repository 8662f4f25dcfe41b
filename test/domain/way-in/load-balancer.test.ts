/** What a load balancer must say before a weight counts. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadBalancerQuestion } from '../../../lambdas/contracts/lookout.ts';
import {
  isBalanced,
  judgeLoadBalancer,
  type BalancerRule,
  type BalancerView,
} from '../../../lambdas/domain/way-in/load-balancer.ts';

const HOST = 'orders.example.com';
const question: LoadBalancerQuestion = {
  address: 'shop.elb.amazonaws.com',
  host: HOST,
  candidatePercent: 10,
  headers: [],
  pods: { candidate: ['10.0.0.2'], stable: ['10.0.0.1', '10.0.0.3'] },
  healthy: ['candidate', 'stable'],
};
const rule = (blue: number, green: number, more: Partial<BalancerRule> = {}): BalancerRule => ({
  hosts: [HOST],
  headers: [],
  forwards: [
    { group: 'blue', weight: blue },
    { group: 'green', weight: green },
  ],
  ...more,
});
const view = (rules: readonly BalancerRule[], health: Readonly<Record<string, string>> = {}): BalancerView => {
  const target = (address: string) => ({ address, health: health[address] ?? 'healthy' });
  return { rules, targets: { blue: [target('10.0.0.1'), target('10.0.0.3')], green: [target('10.0.0.2')] } };
};
const missing = (seen: BalancerView, asked: Partial<LoadBalancerQuestion> = {}): string => {
  const judged = judgeLoadBalancer({ ...question, ...asked }, seen);
  return judged.kind === 'true' ? 'nothing' : judged.missing;
};

describe('a load balancer with a baseline', () => {
  const asked: Partial<LoadBalancerQuestion> = {
    baselinePercent: 10,
    pods: { ...question.pods, baseline: ['10.0.0.4'] },
    healthy: ['candidate', 'baseline', 'stable'],
  };
  const three = (stable: number, candidate: number, baseline: number, health = 'healthy'): BalancerView => {
    const { rules, targets } = view([
      rule(0, 0, {
        forwards: [
          { group: 'blue', weight: stable },
          { group: 'green', weight: candidate },
          { group: 'baseline', weight: baseline },
        ],
      }),
    ]);
    return { rules, targets: { ...targets, baseline: [{ address: '10.0.0.4', health }] } };
  };

  it.each<[string, BalancerView, string]>([
    ['all three shares', three(80, 10, 10), 'nothing'],
    [
      'a share of the baseline that is not there',
      three(90, 10, 0),
      'the load balancer gives the baseline 0 %, not 10 %',
    ],
    ['a share that belongs to stable', three(70, 10, 20), 'the load balancer gives the baseline 20 %, not 10 %'],
    [
      'pods that are no healthy targets',
      three(80, 10, 10, 'initial'),
      'pod 10.0.0.4 of the baseline is initial at the load balancer',
    ],
  ])('is asked about %s', (_what, seen, expected) => {
    expect(missing(seen, asked)).toBe(expected);
  });
});

describe('a load balancer confirms', () => {
  it('the wanted share when every listener gives it and all pods are healthy targets', () => {
    expect(missing(view([rule(90, 10)]))).toBe('nothing');
    expect(missing(view([rule(9, 1), rule(90, 10), rule(0, 100, { hosts: ['other.example.com'] })]))).toBe('nothing');
  });

  it.each<[string, BalancerView, RegExp]>([
    ['without a rule for the host', view([]), /no rule for orders.example.com/],
    ['that gives another share', view([rule(100, 0)]), /gives the candidate 0 %, not 10 %/],
    ['of which one listener lags behind', view([rule(90, 10), rule(100, 0)]), /gives the candidate 0 %/],
    ['that gives nobody anything', view([rule(0, 0)]), /no weight to anybody/],
    [
      'that gives weight to strangers',
      view([rule(90, 10, { forwards: [{ group: 'unknown', weight: 5 }] })]),
      /weight 5 to a target group that has no pod of this service/,
    ],
    ['with a pod that is not healthy yet', view([rule(90, 10)], { '10.0.0.2': 'initial' }), /10.0.0.2 .* is initial/],
    ['with an old pod that is draining', view([rule(90, 10)], { '10.0.0.3': 'draining' }), /10.0.0.3 .* is draining/],
  ])('nothing %s', (_what, seen, expected) => {
    expect(missing(seen)).toMatch(expected);
  });

  it('nothing while a ready pod is no target', () => {
    const asked = { pods: { candidate: ['10.0.0.2', '10.0.0.9'], stable: ['10.0.0.1'] } };
    expect(missing(view([rule(90, 10)]), asked)).toMatch(/10.0.0.9 of the candidate side is no target/);
    expect(missing(view([rule(90, 10)]), { ...asked, healthy: ['stable'] })).toBe('nothing');
  });

  it('a header that leads to the candidate, and one that no longer leads anywhere', () => {
    const header = { name: 'X-New', value: 'yes' };
    const byHeader = rule(0, 100, { headers: [{ name: 'x-new', values: ['yes'] }] });
    const leads = { headers: [{ ...header, leads: true }] };
    expect(missing(view([rule(90, 10), byHeader]), leads)).toBe('nothing');
    expect(missing(view([rule(90, 10)]), leads)).toMatch(/does not lead requests with X-New: yes/);
    const wrong = rule(100, 0, { headers: [{ name: 'x-new', values: ['yes'] }] });
    expect(missing(view([rule(90, 10), wrong]), leads)).toMatch(/does not lead requests with X-New: yes/);
    const gone = { headers: [{ ...header, leads: false }] };
    expect(missing(view([rule(90, 10), byHeader]), gone)).toMatch(/still leads requests with X-New: yes/);
    expect(missing(view([rule(90, 10)]), gone)).toBe('nothing');
  });

  it('exactly the share that is asked for, whatever the weights are', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (green, asked) => {
        const confirmed = missing(view([rule(100 - green, green)]), { candidatePercent: asked }) === 'nothing';
        expect(confirmed).toBe(green === asked);
      }),
    );
  });
});

describe('a way in', () => {
  it.each([
    ['eks.amazonaws.com/gateway-alb', true],
    ['gateway.k8s.aws/alb', true],
    ['traefik.io/gateway-controller', false],
    [undefined, false],
  ])('carried by %s is shared by a load balancer: %j', (controller, expected) => {
    expect(isBalanced({ access: 'internal', gateway: { namespace: 'a', name: 'b', controller } })).toBe(expected);
    expect(isBalanced({ access: 'internal' })).toBe(false);
  });
});
