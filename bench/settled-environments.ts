/**
 * Environments as deliveries leave them, without deliveries: record, namespace and every object of one service, applied under the same
 * field managers and remembered in the same way. Separate because what a sweep finds in them must be known beforehand.
 *
 * They run no pods: five hundred processes would be a measurement of the machine.
 */
import { KubernetesCluster } from '../lambdas/adapters/kubernetes/kubernetes-cluster.ts';
import type { ConnectionOptions } from '../lambdas/adapters/kubernetes/connection.ts';
import { FIELD_MANAGERS, LABELS, namespaceOf } from '../lambdas/contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../lambdas/domain/environment/record.ts';
import { newRecord, newService } from '../lambdas/domain/environment/new-record.ts';
import type { Installation } from '../lambdas/domain/manifests/installation.ts';
import { sideName, type Manifest } from '../lambdas/domain/manifests/manifest.ts';
import { renderManifests } from '../lambdas/domain/manifests/render.ts';
import { applyAll } from '../lambdas/handlers/apply-all.ts';
import type { BuildItem } from '../lambdas/ports/builds.ts';
import { Deviation } from '../tour/deviation.ts';
import { readKubeconfig } from '../local/existing-cluster/kubeconfig.ts';

/** Of so many environments one has a Service that somebody edited, and one has lost its Service. */
const ONE_IN = 20;
/** The number at which the lost ones begin, so that no environment has both. */
const LOST = 10;
const SIDE = 'blue';

/** What the objects of all environments are made from. */
export interface Blueprint {
  readonly installation: Installation;
  readonly build: BuildItem;
}

/** What somebody did in the environment of this number behind Espalier's back. */
export function deviationOf(number: number): 'edited' | 'gone' | undefined {
  if (number % ONE_IN === 0) return 'edited';
  return number % ONE_IN === LOST ? 'gone' : undefined;
}

/** The cluster of a kubeconfig by the adapter that deliveries use, which counts as the same caller. */
export function clusterOf(kubeconfig: string): KubernetesCluster {
  const { endpoint, tls } = readKubeconfig(kubeconfig);
  const { ca, cert, key } = tls as Readonly<Record<'ca' | 'cert' | 'key', string>>;
  const options: ConnectionOptions = { endpoint, authority: ca, certificate: { cert, key } };
  return new KubernetesCluster(options);
}

/** Makes the objects, and then what deviates. */
export async function settle(
  cluster: KubernetesCluster,
  { installation, build }: Blueprint,
  { id, number }: { readonly id: string; readonly number: number },
): Promise<void> {
  const { definition, digest = '' } = build;
  if (definition === undefined) throw new Deviation('a build with its service file', build.state);
  const version = { commit: build.commit, image: `registry.example/espalier@${digest}` };
  const manifests = renderManifests({ installation, environment: id, kind: 'feature', definition, version });
  for (const manifest of manifests) {
    const manager = managerOf(manifest);
    if (manifest.kind === 'Deployment') await withoutPods(cluster, manifest, manager);
    await applyAll(cluster, manager, [manifest]);
  }
  const namespace = namespaceOf(installation.installation, id);
  const service = { apiVersion: 'v1', kind: 'Service', namespace, name: sideName(definition.name, SIDE) };
  const deviates = deviationOf(number);
  if (deviates === 'gone') await cluster.remove(service);
  if (deviates !== 'edited') return;
  const { apiVersion, kind, name } = service;
  const spec = { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 9_999 }] };
  await cluster.apply({ apiVersion, kind, metadata: { name, namespace }, spec }, 'somebody', { force: true });
}

/** The number of pods belongs to traffic, and is none before the Deployment is first seen as deliveries apply it. */
async function withoutPods(cluster: KubernetesCluster, manifest: Manifest, manager: string): Promise<void> {
  const spec = { ...(manifest['spec'] as object), replicas: 0 };
  await cluster.apply({ ...manifest, spec }, manager, { force: true });
  const { apiVersion, kind, metadata } = manifest;
  const place = { name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) };
  const none = { apiVersion, kind, metadata: place, spec: { replicas: 0 } };
  await cluster.apply(none, FIELD_MANAGERS.traffic, { force: true });
}

function managerOf({ metadata }: Manifest): string {
  const component = metadata.labels?.[LABELS.component];
  if (component === 'workload') return FIELD_MANAGERS.deploy;
  return component === 'traffic' ? FIELD_MANAGERS.traffic : FIELD_MANAGERS.environment;
}

/**
 * The record. Where something deviates it says that it was put right as often as is sensible: the sweep then tells people what differs
 * and starts nothing, which would be measured with it.
 */
export function settledRecord(
  id: string,
  branch: string,
  { build }: Blueprint,
  deviates: ReturnType<typeof deviationOf>,
): EnvironmentRecord {
  const at = Date.now();
  const { repository, commit, digest = '', definition } = build;
  const service = {
    ...newService(repository, at),
    name: definition?.name ?? repository,
    generation: 1,
    touched: true,
    desired: { kind: 'commit', commit, since: at },
    applied: { commit, digest, generation: 1, side: SIDE, at },
    ...(deviates !== undefined && { healed: { since: at, times: 3 } }),
  } as const;
  return { ...newRecord(id, 'feature', branch, at), services: { [repository]: service } };
}
