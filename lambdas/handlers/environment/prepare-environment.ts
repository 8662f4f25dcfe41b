/**
 * Makes the namespace of a delivery fit to deliver into. Applied in every delivery: what was deleted or edited by hand comes back.
 */
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { TransientError } from '../../domain/errors.ts';
import {
  limitRangeManifest,
  namespaceManifest,
  quotaManifest,
  roleBindingManifests,
} from '../../domain/manifests/environment.ts';
import { placeOf } from '../../domain/manifests/installation.ts';
import { networkPolicyManifests } from '../../domain/manifests/network-policies.ts';
import { applyAll } from '../apply-all.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import type { EnvironmentPorts } from './ports.ts';

/** Namespace, quota, limits, network policies and the rights of deploy and rollout in it. */
export async function prepareEnvironment(
  ports: EnvironmentPorts,
  delivery: Delivery,
): Promise<{ readonly kind: 'prepared' }> {
  const { cluster, clock, installation } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, delivery);

  const place = placeOf(installation, delivery);
  const rules = installation.environments[delivery.kind];
  const before = await ownNamespace(cluster, installation.installation, delivery.environment);
  const namespace = namespaceManifest(place);
  if (before?.metadata['deletionTimestamp'] !== undefined) {
    throw new TransientError(`Namespace ${namespace.metadata.name} is still being removed; the delivery waits for it.`);
  }
  await cluster.apply(namespace, FIELD_MANAGERS.environment, { force: true });
  await applyAll(cluster, FIELD_MANAGERS.environment, [
    quotaManifest(place, rules.quota),
    limitRangeManifest(place, rules.limits),
    ...networkPolicyManifests(place, installation),
    ...roleBindingManifests(place),
  ]);

  await ports.history.append({
    environment: delivery.environment,
    at: clock.now(),
    stage: 'environment',
    message:
      before === undefined
        ? `Namespace ${namespace.metadata.name} was made`
        : `Namespace ${namespace.metadata.name} is prepared`,
    service: delivery.service,
    generation: delivery.generation,
    commit: delivery.commit,
    took: clock.now() - begun,
    level: 'info',
  });
  return { kind: 'prepared' };
}
