/**
 * What stands in the way to a dependency for an experiment, found again. Separate because traffic and deploy remove their own of it, and
 * neither may touch another experiment's.
 */
import type { ExperimentInput } from '../contracts/experiment.ts';
import { ANNOTATIONS, LABELS, namespaceOf } from '../contracts/kubernetes.ts';
import type { Installation } from '../domain/manifests/installation.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../ports/cluster.ts';
import { listKinds, removeAll } from './apply-all.ts';
import { ownNamespace } from './own-namespace.ts';

/** Whose experiment an object belongs to. */
export function executionOf({ metadata }: KubernetesObject): string | undefined {
  return ((metadata['annotations'] ?? {}) as Readonly<Record<string, string>>)[ANNOTATIONS.execution];
}

/** Removes all objects of these kinds that an execution's experiment has. Nothing there is success. */
export async function removeOfExperiment(
  { cluster, installation: { installation } }: { readonly cluster: Cluster; readonly installation: Installation },
  kinds: readonly Pick<ObjectReference, 'apiVersion' | 'kind'>[],
  { experiment: { environment }, execution }: { readonly experiment: ExperimentInput; readonly execution: string },
): Promise<void> {
  // Without the namespace there is nothing, and no right to look for it.
  if ((await ownNamespace(cluster, installation, environment)) === undefined) return;
  const labels = { [LABELS.component]: 'experiment' };
  const present = await listKinds(cluster, kinds, namespaceOf(installation, environment), labels);
  await removeAll(
    cluster,
    present.filter((object) => executionOf(object) === execution),
  );
}
