/** Brings a delivery's side its configuration and secrets before its pods start. */
import type { Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import { isConfigured } from '../../domain/service/configuration.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import { configureSide } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';

export type ConfiguredAnswer =
  { readonly kind: 'configured'; readonly version: string } | { readonly kind: 'nothing-to-configure' };

/** Applies ConfigMap and Secret of the side on which a delivery runs. */
export async function configureDelivery(
  ports: ConfigurationPorts,
  delivery: Delivery,
  side: Side,
): Promise<ConfiguredAnswer> {
  const { clock, history, installation } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, delivery);

  const definition = await definitionOf(ports.builds, delivery);
  if (!isConfigured(definition)) return { kind: 'nothing-to-configure' };
  const place = servicePlaceOf(installation, delivery, definition.name);
  const environment = { id: delivery.environment, kind: delivery.kind, branch: delivery.branch };
  const { version, ignored } = await configureSide(ports, environment, {
    place,
    side,
    commit: delivery.commit,
    definition,
  });

  const message = [`Configuration ${version} is there`, ...ignored.map((each) => `left out: ${each}`)].join('; ');
  await history.append(deliveryEvent(delivery, { stage: 'configuration', message, now: clock.now(), begun }));
  return { kind: 'configured', version };
}
