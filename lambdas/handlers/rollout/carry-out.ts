/**
 * Writes what was decided into the cluster. Separate from deciding: each of these may be written twice, and nothing here is believed
 * before it was read back.
 */
import { BASELINE } from '../../contracts/kubernetes.ts';
import type { Manifest } from '../../domain/manifests/manifest.ts';
import { baselineManifest } from '../../domain/manifests/baseline.ts';
import { baselineServiceManifest, insideManifests } from '../../domain/manifests/traffic.ts';
import { baselinePercent } from '../../domain/rollout/baseline.ts';
import { headerAt } from '../../domain/rollout/due.ts';
import type { Decision } from '../../domain/rollout/decision.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { Percent } from '../../domain/rollout/step.ts';
import type { Scale } from '../../domain/service/scale.ts';
import { sizeWrites } from './autoscalers.ts';
import type { SeenInCluster } from './observe.ts';
import type { TrafficPorts } from './ports.ts';
import { allTo, manifestOf, type ServiceRoute } from './service-route.ts';
import { writeAll, type Write } from './writes.ts';

/** What a decision is carried out by. */
interface Situation {
  readonly route: ServiceRoute;
  readonly rollout: Rollout;
  readonly seen: SeenInCluster;
  /** How the candidate's service file sizes it. */
  readonly scale: Scale;
}

/** Writes; decisions that only change what is remembered write nothing. */
export async function carryOut(
  { cluster }: Pick<TrafficPorts, 'cluster'>,
  situation: Situation,
  decision: Decision,
): Promise<void> {
  await writeAll(cluster, writesFor(situation, decision));
}

function writesFor({ route, rollout, seen, scale }: Situation, decision: Decision): readonly Write[] {
  const { candidate, stable } = rollout;
  const { place } = route;
  switch (decision.kind) {
    case 'shift':
      return shifted(route, rollout, seen, decision.candidatePercent).map(apply);
    case 'open-way-in':
      return [apply(manifestOf(route, allTo(candidate.side)))];
    case 'close-way-in':
      return [{ kind: 'remove-route', place }];
    case 'open-header':
    case 'close-header':
      return [apply(weighted(route, rollout, seen, seen.candidatePercent ?? 0))];
    case 'size-candidate': {
      const wanted = { replicas: seen.candidateNeeds, bounds: scale.autoscale };
      return sizeWrites(place, candidate.side, seen.sizes.candidate, wanted);
    }
    case 'prepare-baseline': {
      const { serving, baselineNeeds } = seen;
      // The route may name it only when its Service is there.
      return serving === undefined
        ? []
        : [baselineServiceManifest(place, route.reached), baselineManifest(place, serving, baselineNeeds)].map(apply);
    }
    case 'remove-baseline':
      // Named without its Service it would leave the route unresolved, and no later shift could count as settled.
      return [
        ...(rollout.way === 'plain-service' || seen.candidatePercent === undefined
          ? []
          : [apply(weighted(route, rollout, {}, seen.candidatePercent))]),
        { kind: 'remove-baseline', place },
      ];
    case 'size-stable': {
      const wanted = { replicas: seen.stableNeeds, bounds: seen.sizes.stable.bounds };
      return sizeWrites(place, stable.side, seen.sizes.stable, wanted);
    }
    case 'size-as-defined': {
      const defined = decision.of === 'candidate' ? asDefined(scale) : asBefore(rollout);
      return sizeWrites(place, rollout[decision.of].side, seen.sizes[decision.of], defined);
    }
    case 'point-service':
      return insideManifests(
        place,
        decision.to === 'candidate' ? candidate.side : stable.side,
        route.router,
        route.reached,
      ).map(apply);
    case 'ask':
    case 'hold':
    case 'keep-paused':
    case 'next-step':
    case 'promote':
    case 'promoted':
    case 'resume':
    case 'roll-back':
    case 'rolled-back':
    case 'stay-dark':
      return [];
  }
}

const apply = (manifest: Manifest): Write => ({ kind: 'apply', manifest });

const asDefined = ({ replicas, autoscale }: Scale) => ({ replicas, bounds: autoscale });

const asBefore = ({ stableReplicas, stableBounds }: Rollout) => ({
  replicas: stableBounds?.minimum ?? stableReplicas,
  bounds: stableBounds,
});

function shifted(
  route: ServiceRoute,
  rollout: Rollout,
  seen: SeenInCluster,
  candidatePercent: Percent,
): readonly Manifest[] {
  if (rollout.way !== 'plain-service') return [weighted(route, rollout, seen, candidatePercent)];
  const to = candidatePercent === 100 ? rollout.candidate : rollout.stable;
  return insideManifests(route.place, to.side, route.router, route.reached);
}

/** INVARIANT: the sum of the weights is 100, so that never all of them are zero. */
function weighted(
  route: ServiceRoute,
  rollout: Rollout,
  { baseline }: Pick<SeenInCluster, 'baseline'>,
  candidatePercent: Percent,
): Manifest {
  const { candidate, stable, plan } = rollout;
  const beside = baselinePercent(plan, candidatePercent);
  // With a weight of 0 a load balancer learns its pods.
  const isNamed = beside > 0 || (baseline?.present === true && baseline.wanted);
  const match = headerAt(rollout);
  return manifestOf(
    route,
    {
      [candidate.side]: candidatePercent,
      [stable.side]: 100 - candidatePercent - beside,
      ...(isNamed && { [BASELINE]: beside }),
    },
    match && { match, side: candidate.side },
  );
}
