/**
 * What a load balancer has to confirm, read from the cluster. Separate because only ways in that an ALB carries need it, and because the
 * load balancer itself is asked elsewhere.
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { LABELS } from '../../contracts/kubernetes.ts';
import { RejectedError } from '../../domain/errors.ts';
import { baselineSelector } from '../../domain/manifests/baseline.ts';
import { namespace, sideSelector } from '../../domain/manifests/manifest.ts';
import { toConfirm, type Unconfirmed } from '../../domain/rollout/confirmation.ts';
import type { Rollout, Version } from '../../domain/rollout/rollout.ts';
import type { WrittenRoute } from '../../domain/rollout/route.ts';
import { isBalanced, LOAD_BALANCER_CONTROLLERS } from '../../domain/way-in/load-balancer.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { gatewayAddress } from './entrance.ts';
import type { TrafficPorts } from './ports.ts';
import type { ServiceRoute } from './service-route.ts';

/** What must be confirmed now; undefined where no load balancer shares the requests. */
export async function balancerOf(
  ports: TrafficPorts,
  route: ServiceRoute,
  rollout: Rollout,
  seen: {
    readonly route: object | undefined;
    readonly written: WrittenRoute | undefined;
    /** Whether a baseline may be there, and whether it is to be. */
    readonly baseline: 'none' | 'wanted' | 'unwanted';
  },
): Promise<Unconfirmed | undefined> {
  if (!isBalanced(route.wayIn)) {
    refuseUnnamed(route, seen.route);
    return undefined;
  }
  const [address, candidate, stable, baseline] = await Promise.all([
    gatewayAddress(ports.cluster, route.parent),
    readyPods(ports.cluster, route, ofSide(route, rollout.candidate)),
    readyPods(ports.cluster, route, ofSide(route, rollout.stable)),
    seen.baseline === 'none' ? undefined : readyPods(ports.cluster, route, baselineSelector(route.place)),
  ]);
  const pods = { candidate, stable, ...(baseline !== undefined && { baseline }) };
  const { candidatePercent = 0, baselinePercent = 0, header = false } = seen.written ?? {};
  return toConfirm(rollout, {
    address,
    host: route.host,
    candidatePercent,
    ...(baseline !== undefined && { baselinePercent, baselineWanted: seen.baseline === 'wanted' }),
    header,
    pods,
  });
}

/** INVARIANT: weights of an ALB never count by time alone: who carries the route is in its status. */
function refuseUnnamed({ wayIn, parent }: ServiceRoute, stored: object | undefined): void {
  const { status } = (stored ?? {}) as { status?: { parents?: readonly { readonly controllerName?: string }[] } };
  const carriers = (status?.parents ?? []).map(({ controllerName }) => controllerName);
  const known = LOAD_BALANCER_CONTROLLERS.find((controller) => carriers.includes(controller));
  if (known === undefined || wayIn.gateway === undefined) return;
  throw new RejectedError(
    `Gateway ${parent.namespace}/${parent.name} is an Application Load Balancer, whose weights must be read back. Say so in the settings: wayIn.gateway.controller: ${known}.`,
  );
}

const ofSide = ({ place }: ServiceRoute, { side, commit }: Version) => ({
  ...sideSelector(place, side),
  [LABELS.commit]: commit,
});

async function readyPods(
  cluster: Cluster,
  { place }: ServiceRoute,
  labels: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const kind = { apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) };
  const pods = (await cluster.list(kind, labels)) as unknown as readonly Pod[];
  return pods
    .filter(({ metadata, status }) => metadata?.deletionTimestamp === undefined && isReady(status))
    .flatMap(({ status }) => status?.podIP ?? []);
}

function isReady(status: Pod['status']): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}
