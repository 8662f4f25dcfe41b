/**
 * Application Load Balancers by the ELB API. Separate because only this knows the API; whatever goes wrong is an answer within a bounded
 * time. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html
 */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { BalancerRule, BalancerView } from '../../domain/way-in/load-balancer.ts';
import type { LoadBalancers } from '../../ports/load-balancers.ts';

/** Longest wait for all answers together: a rollout that waits for them looks at nothing else meanwhile. */
const PATIENCE_MS = 10_000;

/** Over the network. */
export function elbLoadBalancers(client: ElasticLoadBalancingV2Client, patienceMs = PATIENCE_MS): LoadBalancers {
  return {
    async view(address, host) {
      const abortSignal = AbortSignal.timeout(patienceMs);
      try {
        const arn = await arnOf(client, address, abortSignal);
        if (arn === undefined) return { kind: 'unseen', because: `there is no load balancer at ${address}` };
        return { kind: 'seen', view: await viewOf(client, arn, host, abortSignal) };
      } catch (error) {
        const { name, message } = error as Error;
        const late = name === 'AbortError' || name === 'TimeoutError';
        return {
          kind: 'unseen',
          because: `Elastic Load Balancing: ${late ? `no answer within ${String(patienceMs)} ms` : `${name}: ${message}`}`,
        };
      }
    },
  };
}

type Send<Output> = (marker: string | undefined) => Promise<{ readonly items: readonly Output[]; next?: string }>;

async function allOf<Output>(send: Send<Output>): Promise<readonly Output[]> {
  const items: Output[] = [];
  let marker: string | undefined;
  do {
    const page = await send(marker);
    items.push(...page.items);
    marker = page.next;
  } while (marker !== undefined && marker !== '');
  return items;
}

const page = <Item>(items: readonly Item[] = [], next?: string) => (next === undefined ? { items } : { items, next });

/** An account has few load balancers, and no filter by address exists. */
async function arnOf(
  client: ElasticLoadBalancingV2Client,
  address: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const all = await allOf(async (Marker) => {
    const answer = await client.send(new DescribeLoadBalancersCommand({ Marker }), { abortSignal });
    return page(answer.LoadBalancers, answer.NextMarker);
  });
  return all.find(({ DNSName }) => DNSName?.toLowerCase() === address.toLowerCase())?.LoadBalancerArn;
}

async function viewOf(
  client: ElasticLoadBalancingV2Client,
  LoadBalancerArn: string,
  host: string,
  abortSignal: AbortSignal,
): Promise<BalancerView> {
  const listeners = await allOf(async (Marker) => {
    const answer = await client.send(new DescribeListenersCommand({ LoadBalancerArn, Marker }), { abortSignal });
    return page(answer.Listeners, answer.NextMarker);
  });
  const rules = await Promise.all(
    listeners.map(({ ListenerArn }) =>
      allOf(async (Marker) => {
        const answer = await client.send(new DescribeRulesCommand({ ListenerArn, Marker }), { abortSignal });
        return page(answer.Rules, answer.NextMarker);
      }),
    ),
  );
  const ours = rules
    .flat()
    .map(readRule)
    .filter(({ hosts }) => hosts.includes(host));
  const groups = [...new Set(ours.flatMap(({ forwards }) => forwards.map(({ group }) => group)))];
  const targets = await Promise.all(groups.map(async (group) => [group, await targetsOf(client, group, abortSignal)]));
  return { rules: ours, targets: Object.fromEntries(targets) as BalancerView['targets'] };
}

async function targetsOf(client: ElasticLoadBalancingV2Client, TargetGroupArn: string, abortSignal: AbortSignal) {
  const answer = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }), { abortSignal });
  return (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => ({
    address: Target?.Id ?? '',
    health: TargetHealth?.State ?? 'unknown',
  }));
}

/** An action may name one group by itself, or several with weights. */
function readRule({ Conditions = [], Actions = [] }: Rule): BalancerRule {
  const forward = Actions.find(({ Type }) => Type === 'forward');
  const groups = forward?.ForwardConfig?.TargetGroups ?? [];
  const one = forward?.TargetGroupArn;
  const forwards = groups.map(({ TargetGroupArn = '', Weight = 1 }) => ({ group: TargetGroupArn, weight: Weight }));
  return {
    hosts: Conditions.flatMap(({ Field, HostHeaderConfig, Values }) =>
      Field === 'host-header' ? (HostHeaderConfig?.Values ?? Values ?? []) : [],
    ),
    headers: Conditions.flatMap(({ Field, HttpHeaderConfig }) =>
      Field === 'http-header'
        ? [{ name: (HttpHeaderConfig?.HttpHeaderName ?? '').toLowerCase(), values: HttpHeaderConfig?.Values ?? [] }]
        : [],
    ),
    forwards: forwards.length > 0 || one === undefined ? forwards : [{ group: one, weight: 1 }],
  };
}
