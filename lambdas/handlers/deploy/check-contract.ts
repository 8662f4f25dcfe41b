/** Stops a delivery whose new pods do not keep what the service file declares, before traffic is pointed to them. */
import type { Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { RejectedError } from '../../domain/errors.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import { brokenContract } from '../ask-contract.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import type { DeployPorts } from './ports.ts';

/** Asks; a RejectedError says what was expected and what came. */
export async function checkContract(
  ports: DeployPorts,
  delivery: Delivery,
  side: Side,
): Promise<{ readonly kind: 'kept' }> {
  const begun = ports.clock.now();
  await requireOwner(ports.records, delivery);
  const definition = await definitionOf(ports.builds, delivery);
  const place = servicePlaceOf(ports.installation, delivery, definition.name);
  const broken = await brokenContract(ports, place, definition, { side, commit: delivery.commit });
  if (broken !== undefined) throw new RejectedError(`${broken} Correct the service or the file, and push again.`);
  const message = 'The new pods keep what the service file declares';
  await ports.history.append(deliveryEvent(delivery, { stage: 'deploy', message, now: ports.clock.now(), begun }));
  return { kind: 'kept' };
}
