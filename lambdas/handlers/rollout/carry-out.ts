/**
 * Writes what was decided into the cluster. Separate from deciding: each of these may be written twice, and nothing here is believed
 * before it was read back.
 */
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { Manifest } from '../../domain/manifests/manifest.ts';
import { plainServiceManifest, replicasManifest } from '../../domain/manifests/traffic.ts';
import { headerAt, type Decision } from '../../domain/rollout/decide.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { Percent } from '../../domain/rollout/step.ts';
import type { SeenInCluster } from './observe.ts';
import type { TrafficPorts } from './ports.ts';
import { manifestOf, type ServiceRoute } from './service-route.ts';

/** Writes; decisions that only change what is remembered write nothing. */
export async function carryOut(
  { cluster }: Pick<TrafficPorts, 'cluster'>,
  route: ServiceRoute,
  rollout: Rollout,
  seen: SeenInCluster,
  decision: Decision,
): Promise<void> {
  const manifest = manifestFor(route, rollout, seen, decision);
  if (manifest !== undefined) await cluster.apply(manifest, FIELD_MANAGERS.traffic, { force: true });
}

function manifestFor(
  route: ServiceRoute,
  rollout: Rollout,
  seen: SeenInCluster,
  decision: Decision,
): Manifest | undefined {
  const { candidate, stable } = rollout;
  switch (decision.kind) {
    case 'shift':
      return weighted(route, rollout, decision.candidatePercent);
    case 'open-header':
    case 'close-header':
      return weighted(route, rollout, seen.candidatePercent ?? 0);
    case 'size-candidate':
      return replicasManifest(route.place, candidate.side, seen.candidateNeeds);
    case 'size-stable':
      return replicasManifest(route.place, stable.side, seen.stableNeeds);
    case 'point-service':
      return plainServiceManifest(route.place, decision.to === 'candidate' ? candidate.side : stable.side);
    case 'ask':
    case 'hold':
    case 'keep-paused':
    case 'next-step':
    case 'promote':
    case 'promoted':
    case 'resume':
    case 'roll-back':
    case 'rolled-back':
      return undefined;
  }
}

/** INVARIANT: the sum of the weights is 100, so that never all of them are zero. */
function weighted(route: ServiceRoute, rollout: Rollout, candidatePercent: Percent): Manifest {
  const { candidate, stable } = rollout;
  const match = headerAt(rollout);
  return manifestOf(
    route,
    { [candidate.side]: candidatePercent, [stable.side]: 100 - candidatePercent },
    match && { match, side: candidate.side },
  );
}
