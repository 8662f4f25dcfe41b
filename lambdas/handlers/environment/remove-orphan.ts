/**
 * Removes a namespace of ours that no record knows. Separate from removals of environments because nobody claimed it: everything that
 * speaks against it is looked at again at the last moment.
 */
import { LABELS } from '../../contracts/kubernetes.ts';
import type { WaitAnswer } from '../../contracts/payloads.ts';
import { RejectedError } from '../../domain/errors.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { isOurs } from '../own-namespace.ts';
import type { EnvironmentPorts } from './ports.ts';
import { removeAndWait } from './remove-namespace.ts';

/** What became of the orphan; `kept` when it is none after all. */
export type OrphanAnswer = WaitAnswer | { readonly kind: 'kept'; readonly because: string };

/** Removes the namespace if it is ours, of a branch, and unknown to the records. */
export async function removeOrphan(ports: EnvironmentPorts, name: string): Promise<OrphanAnswer> {
  const { cluster, clock, history, installation } = ports;
  const begun = clock.now();
  const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name });
  if (namespace === undefined) return { kind: 'ready' };
  if (!isOurs(namespace, installation.installation)) {
    throw new RejectedError(
      `Namespace ${name} does not carry the label ${LABELS.installation}=${installation.installation}; it is not ours to remove.`,
    );
  }
  const { [LABELS.tier]: tier, [LABELS.environment]: environment } = namespace.metadata.labels ?? {};
  if (tier !== 'branch' || environment === undefined) {
    return { kind: 'kept', because: `Namespace ${name} is not a branch environment; only a person may remove it.` };
  }
  const record = await ports.records.load(environment);
  if (record !== undefined && record.phase !== 'removed') {
    return { kind: 'kept', because: `Environment ${environment} has a record (${record.phase}).` };
  }
  await removeAll(
    cluster,
    await listKinds(cluster, [{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' }], name, {}),
  );
  const answer = await removeAndWait(cluster, clock, namespace);
  await history.append({
    environment,
    at: clock.now(),
    stage: 'environment',
    message:
      answer.kind === 'ready'
        ? `Namespace ${name}, which no record knew, is gone`
        : `Namespace ${name}, which no record knows, is still there: ${answer.on}`,
    took: clock.now() - begun,
    level: 'warning',
  });
  return answer;
}
