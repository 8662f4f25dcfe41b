/** A dependency that an experiment delays, for tests. */
import type { Delay, DelayedWay } from '../../../lambdas/domain/manifests/delay.ts';

export const DELAY: Delay = {
  image: `node@sha256:${'0'.repeat(64)}`,
  program: 'the program',
  milliseconds: 750,
  endsAt: 1_000,
};

/** Orders in a branch calls inventory, which it borrows unless `to` says otherwise. */
export function delayedWayOf(installation: string, to?: DelayedWay['to']): DelayedWay {
  const environment = 'dry-run';
  const place = {
    installation,
    environment,
    kind: 'feature',
    branch: 'feature/dry-run',
    key: 'orders',
    repository: 'orders',
    name: 'orders',
  } as const;
  return {
    place,
    dependency: 'inventory',
    to: to ?? { namespace: `${installation}-integration`, service: 'inventory' },
    reached: { protocol: 'http', port: 8080, ports: { metrics: { port: 9090, protocol: 'http' } } },
    execution: 'one',
  };
}
