/** What every load balancer says: the fake over the fake cluster, and the adapter over the wire. */
import { expect, it } from 'vitest';
import type { LoadBalancers } from '../../../lambdas/ports/load-balancers.ts';

/** One load balancer with two hosts; `orders` has 90 % to blue, 10 % to green, and the header `x-new: yes` to green. */
export interface LoadBalancersWorld {
  readonly loadBalancers: LoadBalancers;
  readonly address: string;
  readonly host: string;
}

/** Runs the contract. */
export function loadBalancersContract(
  place: (test: (world: LoadBalancersWorld) => Promise<void>) => Promise<void>,
): void {
  it('shows the rules of one host with weights and headers, and the health of their targets', async () => {
    await place(async ({ loadBalancers, address, host }) => {
      const seen = await loadBalancers.view(address, host);
      if (seen.kind === 'unseen') throw new Error(seen.because);
      const { rules, targets } = seen.view;
      const [byHeader, share] = rules.toSorted((one, other) => other.headers.length - one.headers.length);
      expect(rules).toHaveLength(2);
      expect(byHeader).toMatchObject({ hosts: [host], headers: [{ name: 'x-new', values: ['yes'] }] });
      expect(share).toMatchObject({ hosts: [host], headers: [] });
      expect(share?.forwards.map(({ weight }) => weight)).toEqual([90, 10]);
      for (const { group } of share?.forwards ?? []) {
        expect(targets[group]).toEqual([{ address: expect.stringMatching(/^10\./) as string, health: 'healthy' }]);
      }
      expect(Object.keys(targets)).toHaveLength(2);
    });
  });

  it('shows nothing of a host that it does not serve', async () => {
    await place(async ({ loadBalancers, address }) => {
      expect(await loadBalancers.view(address, 'web.example.com')).toEqual({
        kind: 'seen',
        view: { rules: [], targets: {} },
      });
    });
  });

  it('that does not exist is not seen', async () => {
    await place(async ({ loadBalancers, host }) => {
      expect(await loadBalancers.view('other.elb.amazonaws.com', host)).toEqual({
        kind: 'unseen',
        because: 'there is no load balancer at other.elb.amazonaws.com',
      });
    });
  });
}
