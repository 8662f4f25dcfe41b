/**
 * What must be true of traffic when everything is at rest: all of it on the side of what is applied, no rollout under way, no side left
 * over, and every name that somebody declares answered. Separate because the cluster says it, not the records.
 */
import { LABELS, namespaceOf, otherSide } from '../../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { servingVersion } from '../../lambdas/domain/rollout/serving.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import { isExhausted, rolloutOf, wasKilled, type Subject } from './excuses.ts';
import type { Machines } from './machines.ts';
import { INSTALLATION } from './places.ts';
import { isEnd, trafficOf } from './traffic.ts';
import type { World } from './world.ts';

/** Every disagreement about one environment. */
export function compareTraffic(world: World, machines: Machines, record: EnvironmentRecord): readonly string[] {
  return Object.entries(record.services).flatMap(([key, service]) =>
    service.touched ? compareService(world, machines, { record, key }, service) : compareWithdrawn(world, record, key),
  );
}

/** Nothing of it is left, so that the name is integration's again. */
function compareWithdrawn({ cluster }: World, { id }: EnvironmentRecord, key: string): readonly string[] {
  const kinds = ['Deployment', 'Service', 'HTTPRoute', 'ConfigMap', 'Secret', 'HorizontalPodAutoscaler', 'Job'];
  return kinds.flatMap((kind) =>
    cluster
      .peek(kind, namespaceOf(INSTALLATION, id))
      .filter(({ metadata }) => metadata.labels?.[LABELS.repository] === key)
      .map(({ metadata }) => `${id}/${key} is withdrawn, but ${kind} ${metadata.name} is there`),
  );
}

function compareService(
  world: World,
  machines: Machines,
  { record, key }: Subject,
  { applied, failure, dark }: ServiceRecord,
): readonly string[] {
  const { id } = record;
  const found: string[] = [];
  const claim = (held: boolean, sentence: string): void => {
    if (!held) found.push(`${id}/${key}: ${sentence}`);
  };
  const namespace = namespaceOf(INSTALLATION, id);
  const rollout = rolloutOf(world, { record, key });
  const { shares, plain, ready } = trafficOf(world.cluster, namespace, key);
  if (applied === undefined) return found;
  // A promotion that was killed before it was recorded is known by its rollout, until a delivery comes so far that the record learns it.
  const { side, commit } = (failure && servingVersion(applied, rollout)) ?? applied;
  const idle = otherSide(side);
  // Who was killed returned no traffic: the next delivery does, before anything else.
  const open = rollout !== undefined && !isEnd(rollout) && rollout.generation > applied.generation;
  // A withdrawal that was killed took some of it along; its branch was gone, and what is wanted since then could not be delivered.
  const halfWithdrawn = failure !== undefined && wasKilled(machines, { record, key }, 'withdraw-service');
  const left = (open && isExhausted(failure)) || halfWithdrawn;
  const gathered = shares?.[side] === 100 && shares[idle] === 0;
  claim(left || gathered, `applied is ${side}, but requests go ${JSON.stringify(shares)}`);
  claim(left || plain === side, `applied is ${side}, but its name leads to ${String(plain)}`);
  claim(left || ready[side] > 0, `applied is ${side}, which has no pod`);
  const runs = commitsOf(world, namespace, key, side);
  // Pods that were replaced in place serve, whatever is wrong with them besides: of a version that was pushed here, and after which none
  // was delivered.
  const known = (one: string): boolean => world.git.files(record.services[key]?.repository ?? '', one) !== undefined;
  const replaced = failure !== undefined && runs.length > 0 && runs.every(known);
  claim(
    halfWithdrawn || runs.includes(commit) || replaced,
    `${commit} is applied, but ${runs.join(', ') || 'nothing'} runs`,
  );
  claim(!open || left, 'a rollout is still under way');
  // Who was killed, or gave way before its rollout began, let nothing go: the next delivery that comes so far does.
  const kept = dark !== undefined || failure !== undefined || wasKilled(machines, { record, key });
  claim(kept || ready[idle] === 0, `${idle} was left behind`);
  return found;
}

/** Commits that serve on a side. */
function commitsOf({ cluster }: World, namespace: string, key: string, side: string): readonly string[] {
  const pods: readonly KubernetesObject[] = cluster.peek('Pod', namespace);
  return pods
    .map(({ metadata }) => metadata.labels ?? {})
    .filter((labels) => labels[LABELS.repository] === key && labels[LABELS.side] === side)
    .map((labels) => labels[LABELS.commit] ?? '');
}
