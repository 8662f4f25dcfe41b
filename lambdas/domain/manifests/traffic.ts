/**
 * Who gets requests and how many pods serve them: side Service, plain Service, HTTPRoute, number of replicas. Applied by rollout.
 * Separate from workload.ts because these fields have another owner: a re-apply of a deployment must never move traffic.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { BASELINE, LABELS, SIDES, type Backend, type Side } from '../../contracts/kubernetes.ts';
import { BAGGAGE, carries, carryingEnvironment, marksRequests } from '../borrowing/baggage.ts';
import { borrows, clusterDomain, LENDER } from '../borrowing/lender.ts';
import { isCalledBack, routerHost, type Router } from '../borrowing/router.ts';
import type { HeaderMatch } from '../rollout/step.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { protocolOf, type Protocol } from '../service/reach.ts';
import type { ParentReference } from '../way-in/gateway.ts';
import { baselineSelector } from './baseline.ts';
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

/** Share of requests per side, and of the baseline, 0–100. INVARIANT: the sum is positive. */
export type Weights = Readonly<Partial<Record<Backend, number>>>;

/** What Services need to know of a service. */
export type Reached = Partial<Pick<ServiceDefinition, 'routes' | 'protocol' | 'port' | 'ports'>>;

/** What requests look like, for gateways. Source: https://gateway-api.sigs.k8s.io/guides/backend-protocol/ */
const APP_PROTOCOLS: Readonly<Record<Protocol, string | undefined>> = {
  http: 'http',
  grpc: 'kubernetes.io/h2c',
  tcp: undefined,
};

/** The Service of one side; its selector never changes. */
export function sideServiceManifest(place: ServicePlace, side: Side, reached: Reached = {}): Manifest {
  return service(place, sideName(place.name, side), sideSelector(place, side), reached);
}

/** The Service of the baseline; nobody but the route leads to it. */
export function baselineServiceManifest(place: ServicePlace, reached: Reached = {}): Manifest {
  return service(place, sideName(place.name, BASELINE), baselineSelector(place), reached);
}

/**
 * The Service by which others in the cluster call this one: it leads to the stable side. Where names are borrowed it is another name
 * of the side's Service, which outlives it: whoever still remembers the address when the name goes back to integration reaches pods.
 */
export function plainServiceManifest(place: ServicePlace, side: Side, reached: Reached = {}): Manifest {
  if (!borrows(place.kind)) return service(place, place.name, sideSelector(place, side), reached);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(place, place.name, 'traffic'),
    spec: {
      type: 'ExternalName',
      externalName: `${sideName(place.name, side)}.${clusterDomain(namespace(place))}`,
    } satisfies ServiceSpec,
  };
}

/** The side that the plain Service leads to, whichever of its two forms it has. */
export function sideOfPlainService(plain: object | undefined): Side | undefined {
  const { spec } = (plain ?? {}) as { spec?: ServiceSpec };
  const selected = spec?.selector?.[LABELS.side];
  const [label = ''] = spec?.externalName?.split('.') ?? [];
  return SIDES.find((side) => side === selected || label.endsWith(`-${side}`));
}

/**
 * The route by which the router leads requests to this service: in integration all that nobody else claims, in a branch those that
 * entered by it. It leads to the stable side. None where services call each other directly.
 */
export function routerRouteManifest(place: ServicePlace, side: Side, router: Router): Manifest | undefined {
  const lends = place.kind === LENDER;
  if (!lends && !isCalledBack(place.kind)) return undefined;
  const header = { type: 'RegularExpression', name: BAGGAGE, value: carries(place.environment) };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    // No service has a name with a dot.
    metadata: serviceMetadata(place, `${place.name}.router`, 'traffic'),
    spec: {
      parentRefs: [router.parent],
      hostnames: [routerHost(place.installation, place.name)],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, ...(!lends && { headers: [header] }) }],
          backendRefs: [
            { group: '', kind: 'Service', name: sideName(place.name, side), port: SERVICE_PORT, weight: 1 },
          ],
        },
      ],
    },
  };
}

/** What others in the cluster call this service by. */
export function insideManifests(
  place: ServicePlace,
  side: Side,
  router: Router | undefined,
  reached: Reached = {},
): readonly Manifest[] {
  // The router leads requests, also to what has no way in from outside.
  const route = router && protocolOf(reached) !== 'tcp' ? routerRouteManifest(place, side, router) : undefined;
  return [plainServiceManifest(place, side, reached), ...(route === undefined ? [] : [route])];
}

/** Requests come to port 80, whatever port the process has; connections of a tcp service to its own. */
export function servicePort({ protocol, port }: Reached): number {
  return protocol === 'tcp' && port !== undefined ? port : SERVICE_PORT;
}

function service(
  place: ServicePlace,
  name: string,
  selector: Readonly<Record<string, string>>,
  reached: Reached,
): Manifest {
  const port = (named: string, number: number, protocol: Protocol) => {
    const appProtocol = APP_PROTOCOLS[protocol];
    return {
      name: named,
      port: number,
      targetPort: named,
      protocol: 'TCP',
      ...(appProtocol !== undefined && { appProtocol }),
    };
  };
  const further = Object.entries(reached.ports ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const spec = {
    selector: { ...selector },
    ports: [
      port(CONTAINER_PORT_NAME, servicePort(reached), protocolOf(reached)),
      ...further.map(([named, one]) => port(named, one.port, one.protocol)),
    ],
  } satisfies ServiceSpec;
  return { apiVersion: 'v1', kind: 'Service', metadata: serviceMetadata(place, name, 'traffic'), spec };
}

/** Requests with this header reach this side, whatever the weights are. */
export interface HeaderWay {
  readonly match: HeaderMatch;
  readonly side: Side;
}

/** The route of a service: one host, all paths, requests shared between sides, and the baseline, by weight. */
export function routeManifest(
  place: ServicePlace,
  route: {
    readonly host: string;
    readonly parent: ParentReference;
    readonly weights: Weights;
    readonly header?: HeaderWay | undefined;
    /** Whether requests carry on that they entered here: only where a router reads it. */
    readonly marked?: boolean;
  },
): Manifest {
  const backend = (side: Backend, weight: number | undefined) => ({
    group: '',
    kind: 'Service',
    name: sideName(place.name, side),
    port: SERVICE_PORT,
    weight,
  });
  const parties: readonly Backend[] = [...SIDES, BASELINE];
  const backends = parties
    .filter((side) => route.weights[side] !== undefined)
    .map((side) => backend(side, route.weights[side]));
  const path = { type: 'PathPrefix', value: '/' };
  const { header } = route;
  const byHeader = header && {
    matches: [{ path, headers: [{ type: 'Exact', name: header.match.name, value: header.match.value }] }],
    backendRefs: [backend(header.side, 100)],
  };
  const rules = [...(byHeader === undefined ? [] : [byHeader]), { matches: [{ path }], backendRefs: backends }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: serviceMetadata(place, place.name, 'traffic'),
    spec: {
      parentRefs: [route.parent],
      hostnames: [route.host],
      rules: route.marked === true && marksRequests(place.kind) ? carryingEnvironment(rules, place.environment) : rules,
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
