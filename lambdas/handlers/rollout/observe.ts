/**
 * What is true about a rollout now, read from the cluster. Separate because everything a rollout decides rests on it: weights and
 * sizes are never taken from what was written, only from what is there.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import { namespace, sideName, sideSelector, type ServicePlace } from '../../domain/manifests/manifest.ts';
import { judgeRoute } from '../../domain/read-back/judge-read-back.ts';
import { isRolledOut, judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import { nextShare, type Observation, type Readiness } from '../../domain/rollout/decide.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { readRoute } from '../../domain/rollout/route.ts';
import { candidateReplicas } from '../../domain/rollout/sizes.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { TrafficPorts } from './ports.ts';
import { ROUTE_KIND, SERVICE_KIND, type ServiceRoute } from './service-route.ts';

/** What the cluster says; the rest of an observation comes from records and people. */
export interface SeenInCluster extends Omit<Observation, 'wanted' | 'order' | 'analysis'> {
  /** Replicas that the candidate needs for what comes next. */
  readonly candidateNeeds: number;
  /** Replicas that stable needs to take everything. */
  readonly stableNeeds: number;
}

/** Looks once. `wanted` replicas are those of the service file. */
export async function observe(
  ports: TrafficPorts,
  route: ServiceRoute,
  rollout: Rollout,
  defined: number,
): Promise<SeenInCluster> {
  const { cluster } = ports;
  const { place } = route;
  const inside = namespace(place);
  const [stored, plain, candidate, stable] = await Promise.all([
    cluster.get({ ...ROUTE_KIND, namespace: inside, name: place.name }),
    cluster.get({ ...SERVICE_KIND, namespace: inside, name: place.name }),
    deploymentOf(cluster, place, rollout.candidate.side),
    deploymentOf(cluster, place, rollout.stable.side),
  ]);
  const now = ports.clock.now();
  const sides = {
    candidate: sideName(place.name, rollout.candidate.side),
    stable: sideName(place.name, rollout.stable.side),
  };
  const written = readRoute(stored, sides);
  const stableNeeds = Math.max(rollout.stableReplicas, 1);
  const whole = Math.max(stableNeeds, stable?.spec?.replicas ?? 0, defined);
  const candidateNeeds = candidateReplicas(whole, nextShare(rollout));
  const accepted = judgeRoute(stored, route.parent);
  const settling = now < rollout.shifted.at + ports.settle ? 'the gateway takes the change on' : undefined;
  const unsettled = accepted.kind === 'true' ? settling : accepted.missing;
  return {
    now,
    candidatePercent: written?.candidatePercent,
    headerRoute: written?.header ?? false,
    ...(unsettled !== undefined && { unsettled }),
    plainService: selectedBy(plain, rollout),
    candidate: await readiness(ports, place, candidate, rollout.candidate),
    stable: await readiness(ports, place, stable, rollout.stable),
    candidateSized: (candidate?.spec?.replicas ?? 0) >= candidateNeeds,
    stableSized: (stable?.spec?.replicas ?? 0) >= stableNeeds,
    candidateNeeds,
    stableNeeds,
  };
}

/** The Deployment of one side; undefined when there is none. */
export async function deploymentOf(cluster: Cluster, place: ServicePlace, side: Side): Promise<Deployment | undefined> {
  const found = await cluster.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: namespace(place),
    name: sideName(place.name, side),
  });
  return found as Deployment | undefined;
}

function selectedBy(plain: object | undefined, rollout: Rollout): Observation['plainService'] {
  const { spec } = (plain ?? {}) as { spec?: { selector?: Readonly<Record<string, string>> } };
  const side = spec?.selector?.[LABELS.side];
  if (side === rollout.candidate.side) return 'candidate';
  return side === rollout.stable.side ? 'stable' : 'nobody';
}

/** Only pods of the side's own commit count: those of an aborted version never get traffic again. */
async function readiness(
  { cluster, clock }: TrafficPorts,
  place: ServicePlace,
  deployment: Deployment | undefined,
  version: Rollout['candidate'],
): Promise<Readiness> {
  const name = sideName(place.name, version.side);
  if (deployment === undefined) return { kind: 'waiting', on: `Deployment ${name} is not there`, serving: false };
  if ((deployment.spec?.replicas ?? 1) === 0) return { kind: 'waiting', on: `${name} has no pods`, serving: false };
  if (isRolledOut(deployment)) return { kind: 'ready' };
  const labels = { ...sideSelector(place, version.side), [LABELS.commit]: version.commit };
  const pods = (await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) },
    labels,
  )) as unknown as readonly Pod[];
  const serving = pods.some(({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const judged = judgeReadiness(deployment, pods, clock.now());
  if (judged.kind === 'ready') return { kind: 'ready' };
  if (judged.kind === 'never') return { kind: 'failed', why: judged.because, serving };
  return { kind: 'waiting', on: judged.on, serving };
}
