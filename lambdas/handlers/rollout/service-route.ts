/**
 * The route of a delivery and where it leads. Separate because opening, pointing and reading back must mean the same route.
 */
import type { Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { routerOf, type Router } from '../../domain/borrowing/router.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import type { Manifest, ServicePlace } from '../../domain/manifests/manifest.ts';
import { routeManifest, type HeaderWay, type Reached, type Weights } from '../../domain/manifests/traffic.ts';
import { hostOf } from '../../domain/naming/host.ts';
import { parentOf, type ParentReference, type WayIn } from '../../domain/way-in/gateway.ts';
import type { RolloutPorts } from './ports.ts';

/** Everything known about a service's route without asking the cluster. */
export interface ServiceRoute {
  readonly place: ServicePlace;
  readonly host: string;
  readonly parent: ParentReference;
  readonly wayIn: WayIn;
  /** By which others in the cluster may reach it; undefined when they call each other directly. */
  readonly router: Router | undefined;
  /** What Services need to know of the service; empty where nothing of it is applied. */
  readonly reached: Reached;
}

/** Kinds that rollout applies. */
export const ROUTE_KIND = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' } as const;
/** Of these only the baseline; of others the number of pods. */
export const DEPLOYMENT_KIND = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;
export const SERVICE_KIND = { apiVersion: 'v1', kind: 'Service' } as const;

/** All traffic to one side: what holds while no rollout moves it. */
export function allTo(side: Side): Weights {
  return { [side]: 100 };
}

/** The route of a delivery. The service's name is in the record since it was registered. */
export function serviceRouteOf(
  { installation }: Pick<RolloutPorts, 'installation'>,
  record: EnvironmentRecord,
  delivery: Delivery,
  reached: Reached = {},
): ServiceRoute {
  const name = record.services[delivery.service]?.name;
  if (name === undefined) {
    throw new Error(`The name of service ${delivery.service} in ${delivery.environment} was never recorded.`);
  }
  const { wayIn } = installation.environments[delivery.kind];
  return {
    place: servicePlaceOf(installation, delivery, name),
    host: hostOf(name, delivery.environment, installation.installation, wayIn.domain),
    parent: parentOf(installation.installation, wayIn),
    wayIn,
    router: routerOf(installation),
    reached,
  };
}

/** The route as it is applied. */
export function manifestOf(route: ServiceRoute, weights: Weights, header?: HeaderWay): Manifest {
  return routeManifest(route.place, {
    host: route.host,
    parent: route.parent,
    weights,
    header,
    marked: route.router !== undefined,
  });
}
