/**
 * Whether an Application Load Balancer does what a route says. Separate because AWS's controllers say a route is accepted before the load
 * balancer has its weights: only the listener's rules and the targets themselves tell.
 * Target groups are known by their targets, the pods' addresses, not by tags: the controllers of EKS Auto Mode and of the AWS Load
 * Balancer Controller name and tag them differently, and Auto Mode's tags are not documented.
 * Sources: https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-gateway-api.html (controller names) and
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/l7gateway/
 */
import type { LoadBalancerQuestion } from '../../contracts/lookout.ts';
import type { ReadBack } from '../read-back/judge-read-back.ts';
import type { WayIn } from './gateway.ts';

/** Controllers that carry a Gateway by an ALB whose rules can be read: of EKS Auto Mode, and the one that people install. */
export const LOAD_BALANCER_CONTROLLERS = ['eks.amazonaws.com/gateway-alb', 'gateway.k8s.aws/alb'] as const;

/** Whether requests of this way in are shared by an ALB. */
export function isBalanced({ gateway }: WayIn): boolean {
  return LOAD_BALANCER_CONTROLLERS.some((known) => known === gateway?.controller);
}

/** A rule of a listener, as far as it says who gets requests. */
export interface BalancerRule {
  readonly hosts: readonly string[];
  /** Headers that a request must have; names in lower case. */
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly forwards: readonly { readonly group: string; readonly weight: number }[];
}

/** The load balancer's rules for one host, and the targets of every group that they forward to. */
export interface BalancerView {
  readonly rules: readonly BalancerRule[];
  readonly targets: Readonly<Record<string, readonly { readonly address: string; readonly health: string }[]>>;
}

const PARTIES = ['candidate', 'stable', 'baseline'] as const;
const PODS_OF = { candidate: 'the candidate side', stable: 'the stable side', baseline: 'the baseline' } as const;
type Party = (typeof PARTIES)[number];

/** True when every listener that serves the host shares its requests as wanted, and all pods that must be are healthy targets. */
export function judgeLoadBalancer(question: LoadBalancerQuestion, view: BalancerView): ReadBack {
  const rules = view.rules.filter(({ hosts }) => hosts.includes(question.host));
  const shares = rules.filter(({ headers }) => headers.length === 0);
  if (shares.length === 0) return notYet(`the load balancer has no rule for ${question.host}`);
  for (const rule of shares) {
    const seen = sharesOf(question, view, rule);
    if (typeof seen === 'string') return notYet(seen);
    const wanted = { candidate: question.candidatePercent, baseline: question.baselinePercent ?? 0 };
    for (const party of ['candidate', 'baseline'] as const) {
      if (seen[party] === wanted[party]) continue;
      return notYet(`the load balancer gives the ${party} ${String(seen[party])} %, not ${String(wanted[party])} %`);
    }
  }
  return judgeHeaders(question, view, rules) ?? judgeTargets(question, view) ?? { kind: 'true' };
}

/** Everybody's percentage by one rule, or what is wrong with the rule. */
function sharesOf(
  question: LoadBalancerQuestion,
  view: BalancerView,
  { forwards }: BalancerRule,
): Readonly<Record<Party, number>> | string {
  const weights = { candidate: 0, stable: 0, baseline: 0 };
  for (const { group, weight } of forwards) {
    if (weight === 0) continue;
    const party = partyOf(question, view, group);
    if (party === undefined) {
      return `the load balancer gives weight ${String(weight)} to a target group that has no pod of this service`;
    }
    weights[party] += weight;
  }
  const total = weights.candidate + weights.stable + weights.baseline;
  if (total === 0) return 'the load balancer gives no weight to anybody';
  const percentOf = (party: Party): number => (100 * weights[party]) / total;
  return { candidate: percentOf('candidate'), stable: percentOf('stable'), baseline: percentOf('baseline') };
}

function partyOf({ pods }: LoadBalancerQuestion, { targets }: BalancerView, group: string): Party | undefined {
  const addresses = new Set((targets[group] ?? []).map(({ address }) => address));
  return PARTIES.find((party) => (pods[party] ?? []).some((pod) => addresses.has(pod)));
}

function judgeHeaders(
  question: LoadBalancerQuestion,
  view: BalancerView,
  rules: readonly BalancerRule[],
): ReadBack | undefined {
  for (const { name, value, leads } of question.headers) {
    const rule = rules.find(({ headers }) =>
      headers.some((header) => header.name === name.toLowerCase() && header.values.includes(value)),
    );
    if (!leads && rule !== undefined) return notYet(`the load balancer still leads requests with ${name}: ${value}`);
    if (!leads) continue;
    const to = rule?.forwards.filter(({ weight }) => weight > 0).map(({ group }) => partyOf(question, view, group));
    if (to === undefined || to.some((party) => party !== 'candidate')) {
      return notYet(`the load balancer does not lead requests with ${name}: ${value} to the candidate yet`);
    }
  }
  return undefined;
}

function judgeTargets({ pods, healthy }: LoadBalancerQuestion, { targets }: BalancerView): ReadBack | undefined {
  const health = new Map(
    Object.values(targets).flatMap((group) => group.map((target) => [target.address, target.health] as const)),
  );
  for (const party of healthy) {
    for (const pod of pods[party] ?? []) {
      const state = health.get(pod);
      if (state === undefined) return notYet(`pod ${pod} of ${PODS_OF[party]} is no target of the load balancer yet`);
      if (state !== 'healthy') return notYet(`pod ${pod} of ${PODS_OF[party]} is ${state} at the load balancer`);
    }
  }
  return undefined;
}

function notYet(missing: string): ReadBack {
  return { kind: 'not-yet', missing };
}
