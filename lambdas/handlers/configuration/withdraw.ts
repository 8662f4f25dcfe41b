/** Takes configuration and secrets of a service out of its environment; and the whole tenant, when its last service is gone. */
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { Claim } from '../../contracts/payloads.ts';
import { isKindLayer } from '../../domain/configuration/layers.ts';
import { componentLabels } from '../../domain/manifests/manifest.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import type { ConfigurationPorts } from './ports.ts';

const KINDS = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
];

/** Removes what was ever applied for this service, both sides. Its pods are gone already. */
export async function withdrawConfiguration(
  ports: ConfigurationPorts,
  claim: Claim,
): Promise<{ readonly kind: 'withdrawn' }> {
  const { cluster, clock, history, installation } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, claim);

  const there = await ownNamespace(cluster, installation.installation, claim.environment);
  if (there === undefined) return { kind: 'withdrawn' };
  const removed = await removeConfiguration(ports, claim.environment, claim.service);
  if (removed > 0) {
    const message = `Removed the configuration of the service (${String(removed)} objects)`;
    await history.append(deliveryEvent(claim, { stage: 'configuration', message, now: clock.now(), begun }));
  }
  return { kind: 'withdrawn' };
}

/** The same for whoever brought configuration to a service that was withdrawn meanwhile. Answers how many objects there were. */
export async function removeConfiguration(
  { cluster, installation }: Pick<ConfigurationPorts, 'cluster' | 'installation'>,
  environment: string,
  service: string,
): Promise<number> {
  const namespace = namespaceOf(installation.installation, environment);
  const objects = await listKinds(cluster, KINDS, namespace, componentLabels({ key: service }, 'configuration'));
  await removeAll(cluster, objects);
  return objects.length;
}

/**
 * Forgets a tenant and everything that was made for it; its generated secrets are deleted before. Asked for again, or half-way, it ends
 * the same way. An environment that came back meanwhile keeps what it has.
 */
export async function removeTenant(
  ports: ConfigurationPorts,
  environment: string,
): Promise<{ readonly kind: 'removed' | 'kept' }> {
  const record = await ports.records.load(environment);
  if (isKindLayer(environment) || record?.phase === 'active') return { kind: 'kept' };
  await ports.layers.forget(environment);
  await ports.secrets.forget(environment);
  await ports.tenants.forget(environment);
  await ports.history.append({
    environment,
    at: ports.clock.now(),
    stage: 'configuration',
    message: `${environment} is no tenant of the configuration centre any more`,
    level: 'info',
  });
  return { kind: 'removed' };
}
