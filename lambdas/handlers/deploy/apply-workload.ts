/**
 * Brings a commit's workload into the cluster and removes what the service no longer has. Nothing here moves traffic.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { FIELD_MANAGERS, otherSide, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { callsByRouter, routerNameManifest, routerOf } from '../../domain/borrowing/router.ts';
import { componentNamed } from '../../domain/borrowing/shared-component.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import {
  componentLabels,
  namespace,
  sideName,
  type Manifest,
  type ServicePlace,
} from '../../domain/manifests/manifest.ts';
import { replicasManifest } from '../../domain/manifests/traffic.ts';
import { workloadManifests } from '../../domain/manifests/workload.ts';
import type { Scale } from '../../domain/service/scale.ts';
import { dependencyNames } from '../../domain/service/dependencies.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import { applyAll, listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import type { DeployPorts } from './ports.ts';

/** Kinds that deploy applies. */
export const WORKLOAD_KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
];

/** Kinds that must be there before pods start. */
const FIRST = ['ServiceAccount', 'NetworkPolicy'];

/**
 * Applies ServiceAccount, Deployment and disruption budget of a delivery. `beside` another version that serves, the number of pods
 * belongs to the rollout.
 */
export async function applyWorkload(
  ports: DeployPorts,
  delivery: Delivery,
  digest: string,
  { side, beside }: { readonly side: Side; readonly beside: boolean },
): Promise<{ readonly kind: 'applied'; readonly side: Side }> {
  const { cluster, clock, history } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, delivery);

  const definition = await definitionOf(ports.builds, delivery);
  const place = servicePlaceOf(ports.installation, delivery, definition.name);
  const version = { side, commit: delivery.commit, image: `${ports.imageRepository}@${digest}` };
  const manifests = workloadManifests(place, definition, version, ports.installation);
  // Pods of an account that does not exist yet are refused and tried again late; and pods come up knowing whom they may call.
  const first = manifests.filter(({ kind }) => FIRST.includes(kind));
  const rest = manifests.filter(({ kind }) => !FIRST.includes(kind));
  await Promise.all([
    applyAll(cluster, FIELD_MANAGERS.deploy, first),
    nameForRouter(ports, delivery.kind, dependencyNames(definition)),
  ]);
  const applied = await applyAll(cluster, FIELD_MANAGERS.deploy, rest);
  if (!beside) await size(ports, place, side, definition, applied);
  const pruned = await prune(ports, place, side, manifests);

  const message = `Applied Deployment ${sideName(place.name, side)}${pruned.length > 0 ? ` and removed ${pruned.join(', ')}` : ''}`;
  await history.append(deliveryEvent(delivery, { stage: 'deploy', message, now: clock.now(), begun }));
  return { kind: 'applied', side };
}

/** In integration dependencies are asked for at the router: their names there are made with the first caller, whoever serves them. */
async function nameForRouter(
  { cluster, installation }: DeployPorts,
  kind: EnvironmentKind,
  dependencies: readonly string[],
): Promise<void> {
  const router = callsByRouter(installation, kind) ? routerOf(installation) : undefined;
  if (router === undefined) return;
  const services = dependencies.filter((name) => componentNamed(installation.components, kind, name) === undefined);
  const names = services.map((service) => routerNameManifest(installation.installation, router, service));
  await applyAll(cluster, FIELD_MANAGERS.deploy, names);
}

/**
 * The number of pods belongs to the field manager of traffic; it is applied only when it is not what the service file says, and never
 * while an autoscaler owns it: its bounds follow when traffic is pointed to the new pods.
 */
async function size(
  ports: DeployPorts,
  place: ServicePlace,
  side: Side,
  { replicas: least, autoscale }: Scale,
  applied: readonly KubernetesObject[],
): Promise<void> {
  const deployment = applied.find(({ kind }) => kind === 'Deployment');
  const present = (deployment?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  const replicas = autoscale === undefined ? least : Math.min(Math.max(present, least), autoscale.maximum);
  if (present === replicas) return;
  const autoscaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: namespace(place) };
  const owner = await ports.cluster.get({ ...autoscaler, name: sideName(place.name, side) });
  // 0 pods switch an autoscaler off.
  if (owner !== undefined && present > 0) return;
  await ports.cluster.apply(replicasManifest(place, side, replicas), FIELD_MANAGERS.traffic, { force: true });
}

/** Removes this repository's workload objects that this version does not have; the other side belongs to a rollout. */
async function prune(
  ports: DeployPorts,
  place: ServicePlace,
  side: Side,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const keep = new Set(manifests.map(identity));
  const other = sideName(place.name, otherSide(side));
  const present = await listKinds(ports.cluster, WORKLOAD_KINDS, namespace(place), componentLabels(place, 'workload'));
  const superfluous = present.filter((object) => !keep.has(identity(object)) && object.metadata.name !== other);
  await removeAll(ports.cluster, superfluous);
  return superfluous.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

function identity({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}
