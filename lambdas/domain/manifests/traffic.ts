/**
 * Who gets requests and how many pods serve them: side Service, plain Service, HTTPRoute, number of replicas. Applied by rollout.
 * Separate from workload.ts because these fields have another owner: a re-apply of a deployment must never move traffic.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { SIDES, type Side } from '../../contracts/kubernetes.ts';
import type { ParentReference } from '../way-in/gateway.ts';
import {
  CONTAINER_PORT_NAME,
  SERVICE_PORT,
  namespace,
  serviceMetadata,
  sideName,
  sideSelector,
  type Manifest,
  type ServicePlace,
} from './manifest.ts';

/** Share of requests per side, 0–100. INVARIANT: the sum is positive. */
export type Weights = Readonly<Partial<Record<Side, number>>>;

/** The Service of one side; its selector never changes. */
export function sideServiceManifest(place: ServicePlace, side: Side): Manifest {
  return service(place, sideName(place.name, side), side);
}

/** The Service by which others in the cluster call this one: it selects the stable side. */
export function plainServiceManifest(place: ServicePlace, side: Side): Manifest {
  return service(place, place.name, side);
}

function service(place: ServicePlace, name: string, side: Side): Manifest {
  const spec = {
    selector: sideSelector(place, side),
    ports: [
      {
        name: CONTAINER_PORT_NAME,
        port: SERVICE_PORT,
        targetPort: CONTAINER_PORT_NAME,
        protocol: 'TCP',
        appProtocol: 'http',
      },
    ],
  } satisfies ServiceSpec;
  return { apiVersion: 'v1', kind: 'Service', metadata: serviceMetadata(place, name, 'traffic'), spec };
}

/** The route of a service: one host, all paths, requests shared between sides by weight. */
export function routeManifest(
  place: ServicePlace,
  route: { readonly host: string; readonly parent: ParentReference; readonly weights: Weights },
): Manifest {
  const backends = SIDES.filter((side) => route.weights[side] !== undefined).map((side) => ({
    group: '',
    kind: 'Service',
    name: sideName(place.name, side),
    port: SERVICE_PORT,
    weight: route.weights[side],
  }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: serviceMetadata(place, place.name, 'traffic'),
    spec: {
      parentRefs: [route.parent],
      hostnames: [route.host],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: backends }],
    },
  };
}

/** The number of pods of a side, as an apply of nothing else. The Deployment must exist already. */
export function replicasManifest(place: ServicePlace, side: Side, replicas: number): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: sideName(place.name, side), namespace: namespace(place) },
    spec: { replicas },
  };
}
