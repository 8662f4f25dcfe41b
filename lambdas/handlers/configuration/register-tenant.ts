/**
 * Makes the configuration centre know an environment before its first service starts. Separate from delivering configuration because a
 * tenant is there once, however many services come and go.
 */
import type { RegisteredAnswer } from '../../contracts/inputs.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { isTenant } from '../../domain/configuration/tenant.ts';
import { secretVariables } from '../../domain/service/configuration.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import { keepSealingKey } from './sealing-key.ts';
import type { ConfigurationPorts } from './ports.ts';

/** Registers the tenant and, where the service has secrets, sees to the key with which they are sealed. */
export async function registerTenant(ports: ConfigurationPorts, delivery: Delivery): Promise<RegisteredAnswer> {
  const { clock, history, tenants } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, delivery);

  const definition = await definitionOf(ports.builds, delivery);
  const secrets = secretVariables(definition).length > 0;
  if (secrets) await keepSealingKey(ports, { id: delivery.environment, kind: delivery.kind, branch: delivery.branch });
  if (!isTenant(delivery.kind)) return { kind: 'no-tenant', secrets };

  const { environment, kind } = delivery;
  const answer = await tenants.register({ environment, kind, registeredAt: clock.now() });
  if (answer === 'registered') {
    const message = `${environment} is registered as a tenant of the configuration centre`;
    await history.append(deliveryEvent(delivery, { stage: 'configuration', message, now: clock.now(), begun }));
  }
  return { kind: 'registered', secrets };
}
