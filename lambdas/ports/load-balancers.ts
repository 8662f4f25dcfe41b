/** Application Load Balancers, asked from outside the cluster's network. One that is away is an answer, not an exception. */
import type { BalancerView } from '../domain/way-in/load-balancer.ts';

export interface LoadBalancers {
  /** What the load balancer at this address does with requests for this host; `unseen` says why nobody can tell. Answers within seconds. */
  view(
    address: string,
    host: string,
  ): Promise<
    { readonly kind: 'seen'; readonly view: BalancerView } | { readonly kind: 'unseen'; readonly because: string }
  >;
}
