/**
 * How many API calls something took: AWS as the laptop counts them, Kubernetes as every API server counts them, or as the front of a real
 * cluster does, whose API server has others to serve. Separate because any measurement may be wrapped in it. What runs by itself at the same time (a sweep) is counted too.
 */
import { readCluster } from '../tour/cluster.ts';
import type { Laptop } from '../tour/laptop.ts';

/** Numbers of calls: `dynamodb:PutItem` and so on, and `kubernetes` for all requests to the Kubernetes API. */
export type Calls = Readonly<Record<string, number>>;

/** Runs the action and answers the calls that were made meanwhile. */
export async function countCalls(laptop: Laptop, action: () => Promise<void>): Promise<Calls> {
  const before = await callsSoFar(laptop);
  await action();
  const after = await callsSoFar(laptop);
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

async function callsSoFar(laptop: Laptop): Promise<Calls> {
  const aws = (await (await fetch(new URL('/laptop/calls', laptop.endpoints.aws))).json()) as Calls;
  if (laptop.real) return aws;
  const metrics = await readCluster(laptop.endpoints.kubeconfig, '/metrics');
  const kubernetes = [...metrics.text.matchAll(/^apiserver_request_total\{.*\} (\d+)$/gm)]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);
  return { ...aws, kubernetes };
}
