/**
 * What is true about a rollout now, read from the cluster. Separate because everything a rollout decides rests on it: weights and
 * sizes are never taken from what was written, only from what is there.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { BASELINE, LABELS, type Backend } from '../../contracts/kubernetes.ts';
import type { Instant } from '../../domain/environment/record.ts';
import { keepsTo, type Bounds } from '../../domain/manifests/autoscaler.ts';
import { namespace, sideName, sideSelector, type ServicePlace } from '../../domain/manifests/manifest.ts';
import { baselineSelector, isBaselineOf } from '../../domain/manifests/baseline.ts';
import { sideOfPlainService } from '../../domain/manifests/traffic.ts';
import { countReady, judgeRoute, type ReadBack } from '../../domain/read-back/judge-read-back.ts';
import { isRolledOut, judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import { baselinePercent } from '../../domain/rollout/baseline.ts';
import { dueShare, nextBaseline, nextShare } from '../../domain/rollout/due.ts';
import type { BaselineSeen, Observation, Readiness } from '../../domain/rollout/observation.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { readRoute } from '../../domain/rollout/route.ts';
import { candidateReplicas, isAsDefined, isSized, type SideSize } from '../../domain/rollout/sizes.ts';
import { millisecondsOf } from '../../domain/rollout/times.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { onlyCandidateAnswers, showsInAnswers } from './ask-gateway.ts';
import type { Unconfirmed } from '../../domain/rollout/confirmation.ts';
import { balancerOf } from './balancer.ts';
import { autoscalersOf } from './autoscalers.ts';
import type { TrafficPorts } from './ports.ts';
import { ROUTE_KIND, SERVICE_KIND, type ServiceRoute } from './service-route.ts';

/** What the cluster says; the rest of an observation comes from records and people. */
export interface SeenInCluster extends Omit<Observation, 'wanted' | 'order' | 'analysis'> {
  /** Replicas that the candidate needs for what comes next. */
  readonly candidateNeeds: number;
  /** Replicas that stable needs to take everything. */
  readonly stableNeeds: number;
  /** Replicas that the baseline needs for what comes next; 0: there must be none. */
  readonly baselineNeeds: number;
  /** What serves, of which a baseline is made. */
  readonly serving?: Deployment;
  readonly sizes: Readonly<Record<'candidate' | 'stable', SideSize>>;
  /** What a load balancer has to confirm; absent where none shares the requests. */
  readonly balancer?: Unconfirmed;
}

/** Looks once. `defined` is the service file of the candidate. */
export async function observe(
  ports: TrafficPorts,
  route: ServiceRoute,
  rollout: Rollout,
  defined: ServiceDefinition,
): Promise<SeenInCluster> {
  const { cluster } = ports;
  const { place } = route;
  const inside = namespace(place);
  const [stored, plain, scalers, candidate, stable, beside] = await Promise.all([
    cluster.get({ ...ROUTE_KIND, namespace: inside, name: place.name }),
    cluster.get({ ...SERVICE_KIND, namespace: inside, name: place.name }),
    autoscalersOf(cluster, place),
    deploymentOf(cluster, place, rollout.candidate.side),
    deploymentOf(cluster, place, rollout.stable.side),
    rollout.plan.judge !== undefined ? presentBaseline(cluster, place) : undefined,
  ]);
  const now = ports.clock.now();
  const sides = {
    candidate: sideName(place.name, rollout.candidate.side),
    stable: sideName(place.name, rollout.stable.side),
    baseline: rollout.plan.judge !== undefined ? sideName(place.name, BASELINE) : undefined,
  };
  const written = readRoute(stored, sides);
  const stableNeeds = Math.max(rollout.stableReplicas, 1);
  const sizes = {
    candidate: sizeOf(candidate, scalers[rollout.candidate.side]),
    stable: sizeOf(stable, scalers[rollout.stable.side]),
  };
  const whole = Math.max(stableNeeds, sizes.stable.replicas, defined.replicas);
  const candidateNeeds = candidateReplicas(whole, nextShare(rollout, now));
  const share = written?.candidatePercent;
  const baselineNext = nextBaseline(rollout, now);
  const baselineNeeds = baselineNext === 0 ? 0 : candidateReplicas(whole, baselineNext);
  const candidateGetsMore = rollout.phase !== 'rolling-back' && (share ?? 0) < dueShare(rollout);
  const stableGetsMore = (rollout.phase === 'rolling-back' || rollout.phase === 'preparing') && share !== 0;
  const plainService = selectedBy(plain, rollout);
  const weighted = rollout.way !== 'plain-service';
  const opened = rollout.wayIn === 'opens' && stored !== undefined;
  const accepted = weighted || opened ? judgeRoute(stored, route.parent) : TRUE;
  const balancer = weighted
    ? await balancerOf(ports, route, rollout, {
        route: stored,
        written,
        baseline: beside === undefined ? 'none' : baselineNeeds > 0 ? 'wanted' : 'unwanted',
      })
    : undefined;
  const baseline =
    beside === undefined
      ? undefined
      : await baselineSeen(ports, place, rollout, {
          ...beside,
          stable,
          needs: baselineNeeds,
          percent: weighted ? (written?.baselinePercent ?? 0) : 0,
          unnamed: balancer !== undefined && written?.baselineNamed === false,
        });
  const settling = balancer === undefined ? await settlingNow(ports, route, rollout, defined.health, now) : undefined;
  const unsettled = accepted.kind === 'true' ? settling?.because : accepted.missing;
  const settledAt = accepted.kind === 'true' ? settling?.until : undefined;
  return {
    now,
    candidatePercent: weighted ? written?.candidatePercent : PERCENT_BY_PLAIN_SERVICE[plainService],
    headerRoute: weighted && (written?.header ?? false),
    wayInAsWanted:
      rollout.wayIn === undefined ||
      (rollout.wayIn === 'closes' ? stored === undefined : written?.candidatePercent === 100),
    ...(unsettled !== undefined && { unsettled }),
    ...(settledAt !== undefined && { settledAt }),
    ...(balancer !== undefined && { balancer, unnamed: written?.named === false }),
    plainService,
    ...(baseline !== undefined && { baseline }),
    candidate: growing(
      sizes.candidate,
      candidateNeeds,
      sides.candidate,
      await readiness(ports, place, candidate, sidePods(place, rollout.candidate), candidateGetsMore),
    ),
    stable: growing(
      sizes.stable,
      stableNeeds,
      sides.stable,
      await readiness(ports, place, stable, sidePods(place, rollout.stable), stableGetsMore),
    ),
    candidateSized: isSized(sizes.candidate, candidateNeeds, defined.autoscale !== undefined),
    // Stable is sized by whatever sizes it now: somebody may have taken its autoscaler away.
    stableSized: isSized(sizes.stable, stableNeeds, sizes.stable.bounds !== undefined),
    candidateAsDefined: isAsDefined(sizes.candidate, defined),
    stableAsDefined:
      rollout.stableBounds === undefined
        ? sizes.stable.replicas >= stableNeeds
        : keepsTo(sizes.stable.bounds, rollout.stableBounds),
    candidateNeeds,
    stableNeeds,
    baselineNeeds,
    ...(stable !== undefined && { serving: stable }),
    sizes,
  };
}

function sizeOf(deployment: Deployment | undefined, bounds: Bounds | undefined): SideSize {
  return { replicas: deployment?.spec?.replicas ?? 0, ...(bounds !== undefined && { bounds }) };
}

/** A side whose autoscaler has not yet acted on its minimum is not ready, whatever its present pods are. */
function growing(size: SideSize, needs: number, name: string, readiness: Readiness): Readiness {
  if (readiness.kind !== 'ready' || size.bounds === undefined || size.replicas >= needs) return readiness;
  return { kind: 'waiting', on: `the autoscaler has not brought ${name} to ${String(needs)} pods yet`, serving: true };
}

/** The gateway's time since the last write; it ends early once the answers show that the switch was taken on. */
async function settlingNow(
  ports: TrafficPorts,
  route: ServiceRoute,
  rollout: Rollout,
  health: string,
  now: Instant,
): Promise<{ readonly because: string; readonly until?: Instant } | undefined> {
  const until =
    rollout.shifted.at + millisecondsOf(ports.installation.environments[route.place.kind].rollout, 'settle');
  if (rollout.shifted.verified === true || now >= until) return undefined;
  const because = 'the gateway takes the change on';
  if (!showsInAnswers(rollout)) return { because, until };
  return (await onlyCandidateAnswers(ports, route, rollout, health)) ? undefined : { because };
}

const TRUE: ReadBack = { kind: 'true' };

/** Without a route the plain Service is the one switch. */
const PERCENT_BY_PLAIN_SERVICE = { candidate: 100, stable: 0, nobody: undefined } as const;

/** The Deployment of one side, or of the baseline; undefined when there is none. */
export async function deploymentOf(
  cluster: Cluster,
  place: ServicePlace,
  side: Backend,
): Promise<Deployment | undefined> {
  const found = await cluster.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: namespace(place),
    name: sideName(place.name, side),
  });
  return found as Deployment | undefined;
}

/** What there is of the baseline. Objects of another service that happens to be called so are not it. */
async function presentBaseline(
  cluster: Cluster,
  place: ServicePlace,
): Promise<{ readonly deployment?: Deployment; readonly service?: object }> {
  const service = { ...SERVICE_KIND, namespace: namespace(place), name: sideName(place.name, BASELINE) };
  const [deployment, leading] = await Promise.all([deploymentOf(cluster, place, BASELINE), cluster.get(service)]);
  return {
    ...(deployment !== undefined && isOwn(place, deployment) && { deployment }),
    ...(leading !== undefined && isOwn(place, leading) && { service: leading }),
  };
}

function isOwn(place: ServicePlace, { metadata }: Pick<Deployment, 'metadata'>): boolean {
  return metadata?.labels?.[LABELS.repository] === place.key;
}

async function baselineSeen(
  ports: TrafficPorts,
  place: ServicePlace,
  rollout: Rollout,
  {
    deployment,
    service,
    stable,
    needs,
    percent,
    unnamed,
  }: Awaited<ReturnType<typeof presentBaseline>> & {
    readonly stable: Deployment | undefined;
    readonly needs: number;
    readonly percent: number;
    readonly unnamed: boolean;
  },
): Promise<BaselineSeen> {
  const { commit } = rollout.stable;
  const pods = {
    name: sideName(place.name, BASELINE),
    labels: { ...baselineSelector(place), [LABELS.commit]: commit },
  };
  const getsMore = percent < baselinePercent(rollout.plan, dueShare(rollout));
  return {
    percent,
    present: deployment !== undefined || service !== undefined,
    wanted: needs > 0,
    prepared: service !== undefined && isBaselineOf(deployment, stable, needs),
    ...(unnamed && service !== undefined && { unnamed }),
    readiness: await readiness(ports, place, deployment, pods, getsMore),
  };
}

function selectedBy(plain: object | undefined, rollout: Rollout): Observation['plainService'] {
  const side = sideOfPlainService(plain);
  if (side === rollout.candidate.side) return 'candidate';
  return side === rollout.stable.side ? 'stable' : 'nobody';
}

/** A Deployment's name, and labels of those of its pods that count. */
interface PodsOf {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function sidePods(place: ServicePlace, { side, commit }: Rollout['candidate']): PodsOf {
  return { name: sideName(place.name, side), labels: { ...sideSelector(place, side), [LABELS.commit]: commit } };
}

/**
 * Only pods of the side's own commit count: those of an aborted version never get traffic again. `getsMore`: a larger share than it has
 * is about to be given to the side, which nobody asks while shares stay as they are.
 */
async function readiness(
  { cluster, clock }: TrafficPorts,
  place: ServicePlace,
  deployment: Deployment | undefined,
  { name, labels }: PodsOf,
  getsMore: boolean,
): Promise<Readiness> {
  if (deployment === undefined) return { kind: 'waiting', on: `Deployment ${name} is not there`, serving: false };
  if ((deployment.spec?.replicas ?? 1) === 0) return { kind: 'waiting', on: `${name} has no pods`, serving: false };
  const ready = (): Promise<Readiness> | Readiness =>
    getsMore ? behindService(cluster, place, name, deployment.spec?.replicas ?? 1) : { kind: 'ready' };
  if (isRolledOut(deployment)) return ready();
  const pods = (await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) },
    labels,
  )) as unknown as readonly Pod[];
  const serving = pods.some(({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const judged = judgeReadiness(deployment, pods, clock.now());
  if (judged.kind === 'ready') return ready();
  if (judged.kind === 'never') return { kind: 'failed', why: judged.because, serving };
  return { kind: 'waiting', on: judged.on, serving };
}

/** INVARIANT: ready are pods that stand behind their Service: the gateway knows no others, and answers 503 for a share without any. */
async function behindService(cluster: Cluster, place: ServicePlace, name: string, wanted: number): Promise<Readiness> {
  const slices = (await cluster.list(
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: namespace(place) },
    { 'kubernetes.io/service-name': name },
  )) as unknown as readonly EndpointSlice[];
  const known = countReady(slices);
  if (known >= wanted) return { kind: 'ready' };
  const on = `${String(known)} of ${String(wanted)} ready pods stand behind Service ${name}`;
  return { kind: 'waiting', on, serving: known > 0 };
}
