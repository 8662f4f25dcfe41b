/**
 * What an experiment puts over the objects of traffic, and what was there before. Separate because only who moves traffic touches them.
 */
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { delayAddressManifest, delayName, delaysThisWay, type DelayedWay } from '../../domain/manifests/delay.ts';
import { astrayName, nobody, nobodyName, severedRoute, takenName } from '../../domain/manifests/experiment.ts';
import { namespace, type Manifest } from '../../domain/manifests/manifest.ts';
import { plainServiceManifest } from '../../domain/manifests/traffic.ts';
import { hasRoute } from '../../domain/service/reach.ts';
import {
  delayedWay,
  requireDependency,
  requireNoService,
  serviceHere,
  type Applied,
  type Ordered,
} from '../experiment-subject.ts';
import type { RolloutPorts } from './ports.ts';
import { allTo, DEPLOYMENT_KIND, manifestOf, serviceRouteOf } from './service-route.ts';

/** What the experiment puts over the cluster, in this order; nothing when it only ends pods. Throws RejectedError for what the service does not have. */
export async function overridesOf(
  ports: RolloutPorts,
  record: EnvironmentRecord,
  subject: Applied,
  ordered: Ordered,
): Promise<readonly Manifest[]> {
  const { fault, dependency = '', delayMs } = ordered.experiment;
  if (fault === 'pods') return [];
  if (fault === 'route') {
    if (hasRoute(subject.definition)) return [severedRoute(routeOf(ports, record, subject))];
    throw new RejectedError(`${subject.place.name} has no way in from outside that could lead nowhere.`);
  }
  requireDependency(subject, dependency);
  const here = await serviceHere(ports, record, dependency);
  const { place } = here ?? subject;
  const to = delayMs === undefined ? nobodyName(dependency) : delayName(dependency);
  requireNoService(record, to);
  const address =
    delayMs === undefined
      ? nobody(place, dependency)
      : await delayAddress(ports, await delayedWay(ports, record, subject, ordered));
  const name = here === undefined ? takenName(place, dependency, to) : astrayName(plainNameOf(here), place, to);
  return [address, name];
}

/** The address of what delays; throws RejectedError when that leads where nobody serves any more. */
async function delayAddress({ cluster }: RolloutPorts, way: DelayedWay): Promise<Manifest> {
  const { place, dependency } = way;
  const reference = { ...DEPLOYMENT_KIND, namespace: namespace(place), name: delayName(dependency) };
  if (delaysThisWay(await cluster.get(reference), way)) return delayAddressManifest(way);
  throw new RejectedError(
    `Nothing is late: ${dependency} was delivered or withdrawn while what delays it was prepared. Order the experiment again.`,
  );
}

/** The route of a service as it is applied. */
export function routeOf(ports: RolloutPorts, record: EnvironmentRecord, subject: Applied): Manifest {
  return manifestOf(serviceRouteOf(ports, record, subject.delivery, subject.definition), allTo(subject.side));
}

/** The name of a service as it is applied. */
export function plainNameOf({ place, side, definition }: Applied): Manifest {
  return plainServiceManifest(place, side, definition);
}
