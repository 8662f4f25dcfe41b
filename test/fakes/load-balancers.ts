/**
 * An Application Load Balancer over the fake cluster, and the controller that makes it follow routes and pods a while later. Separate
 * because it is another system than the Kubernetes API, which says a route is accepted before the load balancer has it.
 */
import { LABELS } from '../../lambdas/contracts/kubernetes.ts';
import type { BalancerView } from '../../lambdas/domain/way-in/load-balancer.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { LoadBalancers } from '../../lambdas/ports/load-balancers.ts';
import type { FakeCluster } from './cluster.ts';

interface Rule {
  readonly matches: readonly { readonly headers?: readonly { readonly name: string; readonly value: string }[] }[];
  readonly backendRefs: readonly { readonly name: string; readonly weight?: number }[];
}

/** DNS name of the one load balancer. */
export const ADDRESS = 'shop-1234567890.eu-central-1.elb.amazonaws.com';

export class FakeLoadBalancers implements LoadBalancers {
  /** Milliseconds until the controller has changed the listener's rules. */
  lag = 5_000;
  /** Set while the API is away. */
  away: string | undefined;
  /** Health of a pod's target. */
  health: (pod: { readonly side: string; readonly address: string }) => string = () => 'healthy';
  /** Moments at which it was asked. */
  readonly asked: number[] = [];
  readonly #cluster: FakeCluster;
  readonly #clock: Clock;
  #rules: BalancerView['rules'] = [];
  #changing: { readonly text: string; readonly since: number } | undefined;
  #applied = '';

  constructor(cluster: FakeCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Lets the controller work; to be called often. */
  reconcile(): void {
    const text = JSON.stringify(this.#wanted());
    if (text === this.#applied) this.#changing = undefined;
    else if (this.#changing?.text !== text) this.#changing = { text, since: this.#clock.now() };
    else if (this.#clock.now() - this.#changing.since >= this.lag) {
      this.#rules = this.#wanted();
      this.#applied = text;
    }
  }

  /** What the load balancer really does, whatever routes say. */
  shareOf(group: string): number {
    const share = this.#rules.find(({ headers }) => headers.length === 0);
    return share?.forwards.find((forward) => forward.group === group)?.weight ?? 0;
  }

  view(address: string, host: string): ReturnType<LoadBalancers['view']> {
    this.asked.push(this.#clock.now());
    if (this.away !== undefined) return Promise.resolve({ kind: 'unseen', because: this.away });
    if (address !== ADDRESS) {
      return Promise.resolve({ kind: 'unseen', because: `there is no load balancer at ${address}` });
    }
    const rules = this.#rules.filter(({ hosts }) => hosts.includes(host));
    const groups = new Set(rules.flatMap(({ forwards }) => forwards.map(({ group }) => group)));
    const targets = Object.fromEntries([...groups].map((group) => [group, this.#targets(group)]));
    return Promise.resolve({ kind: 'seen', view: { rules, targets } });
  }

  #wanted(): BalancerView['rules'] {
    return this.#cluster.peek('HTTPRoute').flatMap(({ spec }) => {
      const { hostnames, rules } = spec as { readonly hostnames: readonly string[]; readonly rules: readonly Rule[] };
      return rules.flatMap(({ matches, backendRefs }) =>
        matches.map(({ headers = [] }) => ({
          hosts: hostnames,
          headers: headers.map(({ name, value }) => ({ name: name.toLowerCase(), values: [value] })),
          forwards: backendRefs.map(({ name, weight = 1 }) => ({ group: name, weight })),
        })),
      );
    });
  }

  /** Ready pods behind a Service of one side, or of the baseline. */
  #targets(group: string) {
    const side = group.slice(group.lastIndexOf('-') + 1);
    return this.#cluster
      .peek('Pod')
      .filter(({ metadata }) => (metadata.labels?.[LABELS.side] ?? metadata.labels?.[LABELS.process]) === side)
      .map(({ status }) => (status as { readonly podIP: string }).podIP)
      .map((address) => ({ address, health: this.health({ side, address }) }));
  }
}
