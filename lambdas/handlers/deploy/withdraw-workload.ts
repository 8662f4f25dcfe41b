/**
 * Takes the workload of one service out of its environment, after its route was closed.
 */
import type { Claim } from '../../contracts/payloads.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import { componentLabels } from '../../domain/manifests/manifest.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { AUTOSCALER_KIND, JOB_KIND } from '../object-kinds.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import { WORKLOAD_KINDS } from './apply-workload.ts';
import type { DeployPorts } from './ports.ts';

/** Removes everything that deploy ever applied for this service, both sides. Nothing there is success. */
export async function withdrawWorkload(ports: DeployPorts, claim: Claim): Promise<{ readonly kind: 'withdrawn' }> {
  const { cluster, clock, history, installation } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, claim);

  // Without the namespace there is neither a workload nor a right to look for one.
  const namespace = await ownNamespace(cluster, installation.installation, claim.environment);
  const inside = namespaceOf(installation.installation, claim.environment);
  const objects =
    namespace === undefined
      ? []
      : (
          await Promise.all([
            ...(['workload', 'experiment'] as const).map((component) =>
              listKinds(
                cluster,
                [...WORKLOAD_KINDS, AUTOSCALER_KIND],
                inside,
                componentLabels({ key: claim.service }, component),
              ),
            ),
            listKinds(cluster, [JOB_KIND], inside, componentLabels({ key: claim.service }, 'job')),
          ])
        ).flat();
  await removeAll(cluster, objects);

  const message = `Removed ${String(objects.length)} objects of the service`;
  await history.append(deliveryEvent(claim, { stage: 'deploy', message, now: clock.now(), begun }));
  return { kind: 'withdrawn' };
}
