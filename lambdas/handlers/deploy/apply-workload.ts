/**
 * Brings a commit's workload into the cluster and removes what the service no longer has. Nothing here moves traffic.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { ANNOTATIONS, FIELD_MANAGERS, LABELS, otherSide, SIDES, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { callsByRouter, routerNameManifest, routerOf } from '../../domain/borrowing/router.ts';
import { componentNamed } from '../../domain/borrowing/shared-component.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import { chartPrefix } from '../../domain/manifests/charted.ts';
import type { BeginsWith } from '../../domain/manifests/configuration.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import {
  componentLabels,
  namespace,
  sideName,
  type Manifest,
  type ServicePlace,
} from '../../domain/manifests/manifest.ts';
import { processManifests } from '../../domain/manifests/processes.ts';
import { replicasManifest } from '../../domain/manifests/traffic.ts';
import { workloadManifests, type Version } from '../../domain/manifests/workload.ts';
import { isForgotten, scaledByHand } from '../../domain/drift/fields.ts';
import { dependencyNames } from '../../domain/service/dependencies.ts';
import type { Scale } from '../../domain/service/scale.ts';
import { isConfigured } from '../../domain/service/configuration.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import { applyAll, listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { AUTOSCALER_KIND } from '../object-kinds.ts';
import { requireOwner } from '../ownership.ts';
import { buildOf } from '../service-definition.ts';
import { freeVolumes } from './free-volumes.ts';
import { loadChart } from './load-chart.ts';
import type { DeployPorts } from './ports.ts';

/** Kinds that deploy applies. */
export const WORKLOAD_KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
];

/** Kinds that must be there before pods start. */
const FIRST = ['ServiceAccount', 'NetworkPolicy', 'PersistentVolumeClaim', 'ConfigMap'];

/**
 * Applies ServiceAccount, Deployment and disruption budget of a delivery, and what gets no requests. `beside` another version that
 * serves, the number of pods belongs to the rollout, and what gets no requests waits for its end.
 */
export async function applyWorkload(
  ports: DeployPorts,
  delivery: Delivery,
  digest: string,
  { side, beside }: { readonly side: Side; readonly beside: boolean },
): Promise<{ readonly kind: 'applied'; readonly side: Side }> {
  const begun = ports.clock.now();
  await requireOwner(ports.records, delivery);
  const { place, definition, version } = await versionOf(ports, delivery, digest, side);
  const serving = workloadManifests(place, definition, version, ports.installation);
  const manifests = beside
    ? serving
    : [...serving, ...processManifests(place, definition, version, ports.installation)];
  if (!beside) await freeVolumes(ports, place, side, definition);
  const freed = beside ? [] : await freeNumbers(ports, place, manifests);
  await nameForRouter(ports, delivery.kind, dependencyNames(definition));
  const applied = await applyInOrder(ports, place, manifests);
  if (!beside) await size(ports, place, side, definition, applied);
  const own = (object: KubernetesObject) => !beside || isOfSide(object, place, side);
  const pruned = await prune(ports, place, side, manifests, own);
  await tell(ports, delivery, begun, `Applied Deployment ${sideName(place.name, side)}`, [...freed, ...pruned]);
  return { kind: 'applied', side };
}

/** Applies what gets no requests, once the side that brings it serves. */
export async function applyProcesses(
  ports: DeployPorts,
  delivery: Delivery,
  digest: string,
  side: Side,
): Promise<{ readonly kind: 'applied'; readonly side: Side }> {
  const begun = ports.clock.now();
  await requireOwner(ports.records, delivery);
  const { place, definition, version } = await versionOf(ports, delivery, digest, side);
  const processes = processManifests(place, definition, version, ports.installation);
  const freed = await freeNumbers(ports, place, processes);
  await applyInOrder(ports, place, processes);
  const all = [...workloadManifests(place, definition, version, ports.installation), ...processes];
  const pruned = await prune(ports, place, side, all, () => true);
  await tell(ports, delivery, begun, 'Applied the processes that get no requests', [...freed, ...pruned]);
  return { kind: 'applied', side };
}

interface VersionOfService {
  readonly place: ServicePlace;
  readonly definition: ServiceDefinition;
  readonly version: Version;
}

async function versionOf(
  ports: DeployPorts,
  delivery: Delivery,
  digest: string,
  side: Side,
): Promise<VersionOfService> {
  const build = await buildOf(ports.builds, delivery);
  const { definition } = build;
  const place = servicePlaceOf(ports.installation, delivery, definition.name);
  const begins = await beginWith(ports, place, side, definition);
  const chart = await loadChart(ports, build);
  const image = `${ports.imageRepository}@${digest}`;
  return {
    place,
    definition,
    version: {
      side,
      commit: delivery.commit,
      image,
      ...(begins !== undefined && { begins }),
      ...(chart !== undefined && { chart }),
    },
  };
}

/** Pods of an account that does not exist yet are refused and tried again late; and pods come up knowing whom they may call. */
async function applyInOrder(
  ports: DeployPorts,
  place: ServicePlace,
  manifests: readonly Manifest[],
): Promise<readonly KubernetesObject[]> {
  await refuseForeign(ports, place, manifests);
  const isFirst = ({ kind }: Manifest) => FIRST.includes(kind);
  await applyAll(ports.cluster, FIELD_MANAGERS.deploy, manifests.filter(isFirst));
  return applyAll(
    ports.cluster,
    FIELD_MANAGERS.deploy,
    manifests.filter((manifest) => !isFirst(manifest)),
  );
}

/**
 * Parts of two services can have one name: the process `worker-a` of `orders` and the process `a` of `orders-worker`. Whoever comes
 * second is refused; names of sides are the services' own and are seen to when these are registered.
 */
async function refuseForeign(ports: DeployPorts, place: ServicePlace, manifests: readonly Manifest[]): Promise<void> {
  const sides = new Set([place.name, ...SIDES.map((side) => sideName(place.name, side))]);
  const parts = manifests.filter(({ metadata }) => !sides.has(metadata.name));
  await Promise.all(
    parts.map(async ({ apiVersion, kind, metadata: { name } }) => {
      const present = await ports.cluster.get({ apiVersion, kind, namespace: namespace(place), name });
      const owner = present?.metadata.labels?.[LABELS.repository];
      if (owner === undefined || owner === place.key) return;
      throw new RejectedError(
        `${kind} ${name} of ${place.name} has the name of one of ${present?.metadata.labels?.[LABELS.service] ?? owner}, another service in ${place.environment}. Rename the process, volume or schedule in one of the two service files.`,
      );
    }),
  );
}

async function tell(
  { clock, history }: DeployPorts,
  delivery: Delivery,
  begun: number,
  what: string,
  pruned: readonly string[],
): Promise<void> {
  const message = `${what}${pruned.length > 0 ? ` and removed ${pruned.join(', ')}` : ''}`;
  await history.append(deliveryEvent(delivery, { stage: 'deploy', message, now: clock.now(), begun }));
}

/** The versions of configuration and secrets that the pods begin with; undefined when they are not configured. */
async function beginWith(
  { cluster }: DeployPorts,
  place: ServicePlace,
  side: Side,
  definition: ServiceDefinition,
): Promise<BeginsWith | undefined> {
  if (!isConfigured(definition)) return undefined;
  const name = sideName(place.name, side);
  const map = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: namespace(place), name });
  const { [ANNOTATIONS.configuration]: configuration, [ANNOTATIONS.secrets]: secrets } = (map?.metadata[
    'annotations'
  ] ?? {}) as Record<string, string | undefined>;
  if (configuration === undefined) throw new TransientError(`The configuration of ${name} is not there (any more).`);
  return { configuration, ...(secrets !== undefined && { secrets }) };
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
  const deployment = applied.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === sideName(place.name, side),
  );
  const present = (deployment?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  const replicas = autoscale === undefined ? least : Math.min(Math.max(present, least), autoscale.maximum);
  const byHand = deployment !== undefined && scaledByHand(deployment) !== undefined;
  if (present === replicas && !byHand) return;
  const autoscaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: namespace(place) };
  const owner = await ports.cluster.get({ ...autoscaler, name: sideName(place.name, side) });
  // 0 pods switch an autoscaler off.
  if (owner !== undefined && present > 0) return;
  await ports.cluster.apply(replicasManifest(place, side, replicas), FIELD_MANAGERS.traffic, { force: true });
}

/** Removes autoscalers that this version does not have, before a number is applied that they would change at once. */
async function freeNumbers(
  ports: DeployPorts,
  place: ServicePlace,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const keep = new Set(manifests.map(identity));
  // Those of sides are another component's.
  const present = await listKinds(
    ports.cluster,
    [AUTOSCALER_KIND],
    namespace(place),
    componentLabels(place, 'workload'),
  );
  const superfluous = present.filter((object) => !keep.has(identity(object)));
  await removeAll(ports.cluster, superfluous);
  return superfluous.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** Removes this repository's workload objects that this version does not have; the other side belongs to a rollout. */
async function prune(
  ports: DeployPorts,
  place: ServicePlace,
  side: Side,
  manifests: readonly Manifest[],
  own: (object: KubernetesObject) => boolean,
): Promise<readonly string[]> {
  const keep = new Set(manifests.map(identity));
  const present = await listKinds(ports.cluster, WORKLOAD_KINDS, namespace(place), componentLabels(place, 'workload'));
  const superfluous = present.filter(
    (object) => !keep.has(identity(object)) && !isOfSide(object, place, otherSide(side)) && own(object),
  );
  // What stood in the way to a dependency, when nobody is there any more to take it away.
  const experiments = await listKinds(
    ports.cluster,
    WORKLOAD_KINDS,
    namespace(place),
    componentLabels(place, 'experiment'),
  );
  const forgotten = experiments.filter((object) => isForgotten(object, ports.clock.now()));
  await removeAll(ports.cluster, [...superfluous, ...forgotten]);
  return [...superfluous, ...forgotten].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

/** The Deployment and budget of a side, and the files of its chart. */
function isOfSide({ metadata: { name } }: KubernetesObject, place: ServicePlace, side: Side): boolean {
  return name === sideName(place.name, side) || name.startsWith(chartPrefix(place.name, side));
}

function identity({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}
