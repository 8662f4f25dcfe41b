/**
 * Who gets requests and how many pods serve them: side Service, plain Service, HTTPRoute, number of replicas. Applied by rollout.
 * Separate from workload.ts because these fields have another owner: a re-apply of a deployment must never move traffic.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { SIDES, type Side } from '../../contracts/kubernetes.ts';
import type { HeaderMatch } from '../rollout/step.ts';
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

/** Requests with this header reach this side, whatever the weights are. */
export interface HeaderWay {
  readonly match: HeaderMatch;
  readonly side: Side;
}

/** The route of a service: one host, all paths, requests shared between sides by weight. */
export function routeManifest(
  place: ServicePlace,
  route: {
    readonly host: string;
    readonly parent: ParentReference;
    readonly weights: Weights;
    readonly header?: HeaderWay | undefined;
  },
): Manifest {
  const backend = (side: Side, weight: number | undefined) => ({
    group: '',
    kind: 'Service',
    name: sideName(place.name, side),
    port: SERVICE_PORT,
    weight,
  });
  const backends = SIDES.filter((side) => route.weights[side] !== undefined).map((side) =>
    backend(side, route.weights[side]),
  );
  const path = { type: 'PathPrefix', value: '/' };
  const { header } = route;
  const byHeader = header && {
    matches: [{ path, headers: [{ type: 'Exact', name: header.match.name, value: header.match.value }] }],
    backendRefs: [backend(header.side, 100)],
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: serviceMetadata(place, place.name, 'traffic'),
    spec: {
      parentRefs: [route.parent],
      hostnames: [route.host],
      rules: [...(byHeader === undefined ? [] : [byHeader]), { matches: [{ path }], backendRefs: backends }],
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
