/**
 * The second half of a removal: the namespace, until the cluster says that it is not found.
 * Separate because it is asked again and again, and must say each time what is in the way.
 */
import type { RemovalClaim, WaitAnswer } from '../../contracts/payloads.ts';
import type { Cluster, KubernetesObject } from '../../ports/cluster.ts';
import type { Clock } from '../../ports/clock.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import { lookUntilFound } from '../patience.ts';
import type { EnvironmentPorts } from './ports.ts';

/** Removes the namespace of an environment and waits a bounded time for its end. */
export async function removeNamespace(ports: EnvironmentPorts, removal: RemovalClaim): Promise<WaitAnswer> {
  const { cluster, clock, history } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, removal);

  const namespace = await ownNamespace(cluster, ports.installation.installation, removal.environment);
  const answer: WaitAnswer =
    namespace === undefined ? { kind: 'ready' } : await removeAndWait(cluster, clock, namespace);

  await history.append({
    environment: removal.environment,
    at: clock.now(),
    stage: 'environment',
    message: answer.kind === 'ready' ? 'The namespace is gone' : `The namespace is still there: ${answer.on}`,
    generation: removal.generation,
    took: clock.now() - begun,
    level: answer.kind === 'ready' ? 'info' : 'warning',
  });
  return answer;
}

/** Deletes exactly this namespace, not a later one of the same name, and waits for its end. */
export async function removeAndWait(cluster: Cluster, clock: Clock, namespace: KubernetesObject): Promise<WaitAnswer> {
  const reference = { apiVersion: 'v1', kind: 'Namespace', name: namespace.metadata.name };
  const uid = String(namespace.metadata['uid']);
  if (namespace.metadata['deletionTimestamp'] === undefined) await cluster.remove(reference, { uid });
  const end = await lookUntilFound(clock, async () => {
    const still = await cluster.get(reference);
    return still === undefined || still.metadata['uid'] !== uid
      ? { kind: 'found', found: true }
      : { kind: 'missing', what: whatBlocks(still) };
  });
  return end.kind === 'found' ? { kind: 'ready' } : { kind: 'waiting', on: end.what };
}

interface NamespaceCondition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** Why a namespace is still there, in the cluster's own words. */
function whatBlocks(namespace: KubernetesObject): string {
  const { conditions = [] } = (namespace['status'] ?? {}) as { conditions?: readonly NamespaceCondition[] };
  const reasons = conditions
    .filter(({ status, message }) => status === 'True' && message !== undefined)
    .map(({ type, message }) => `${type}: ${message ?? ''}`);
  return reasons.length > 0 ? reasons.join('; ') : 'its objects are being removed';
}
