/**
 * Who may talk to whom. Separate because policies are read by people who look after security and by nobody else.
 * A namespace starts closed in both directions; a second policy opens what all its pods need, and one per service opens exactly what
 * its service file declares.
 */
import type { NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { callsLabel, LABELS, namespaceOf } from '../../contracts/kubernetes.ts';
import { BORROWERS, borrows, LENDER } from '../borrowing/lender.ts';
import { isCalledBack, callsByRouter, routerOf } from '../borrowing/router.ts';
import { componentNamed, placeOfComponent, portOf, type SharedComponent } from '../borrowing/shared-component.ts';
import { dependencyNames, type Needs } from '../service/dependencies.ts';
import { entryNamespace } from '../way-in/gateway.ts';
import { ENVIRONMENT_OBJECT } from './environment.ts';
import type { Installation } from './installation.ts';
import { placeMetadata, serviceMetadata, type Manifest, type Place, type ServicePlace } from './manifest.ts';

const NETWORKING = 'networking.k8s.io/v1';

/**
 * Where nodes and pods get credentials of AWS: the metadata of a node by both protocols, and the agent of EKS Pod Identity.
 * Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html and
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
export const METADATA_ADDRESSES = ['169.254.169.254', 'fd00:ec2::254', '169.254.170.23', 'fd00:ec2::23'] as const;

/** Namespaces by their name, which Kubernetes itself puts into this label. */
const namespaceNamed = (name: string): NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

/** Environments of some kinds of this installation. */
const environmentsOf = (installation: string, kinds: readonly EnvironmentKind[]): NetworkPolicyPeer => ({
  namespaceSelector: {
    matchLabels: { [LABELS.installation]: installation },
    matchExpressions: [{ key: LABELS.kind, operator: 'In', values: [...kinds] }],
  },
});

/**
 * The two policies of a namespace: closed, but for requests from the gateways and questions to DNS.
 * Nothing opens the way to the metadata address of the nodes: every allowed destination is a namespace, a declared network, or DNS.
 */
export function networkPolicyManifests(place: Place, settings: Installation): readonly Manifest[] {
  const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } satisfies NetworkPolicySpec;
  const open = {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: gatewaysOf(place, settings).map(namespaceNamed) }],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  } satisfies NetworkPolicySpec;
  return [policy(placeMetadata(place, 'default-deny'), closed), policy(placeMetadata(place, ENVIRONMENT_OBJECT), open)];
}

/** Namespaces whose gateways send requests here. */
function gatewaysOf({ installation, kind }: Place, settings: Installation): readonly string[] {
  const entry = entryNamespace(installation, settings.environments[kind].wayIn);
  const router = kind === LENDER || isCalledBack(kind) ? routerOf(settings)?.parent.namespace : undefined;
  return router === undefined || router === entry ? [entry] : [entry, router];
}

/** Labels of pods that may call what the service file declares; the called service's policy knows callers by them. */
export function callerLabels(needs: Needs): Readonly<Record<string, string>> {
  return Object.fromEntries(dependencyNames(needs).map((name) => [callsLabel(name), 'true']));
}

/**
 * What one service's pods may do: call their declared dependencies, own or borrowed, and be called by whoever declares them. Both ends
 * must allow a connection, and neither policy changes when the other service comes or goes.
 */
export function servicePolicyManifest(place: ServicePlace, settings: Installation, needs: Needs): Manifest {
  const { installation, kind, name } = place;
  const callers = { podSelector: { matchLabels: { [callsLabel(name)]: 'true' } } };
  const borrowers = kind === LENDER ? [{ ...environmentsOf(installation, BORROWERS), ...callers }] : [];
  const needed = dependencyNames(needs);
  const components = needed.flatMap((needed_) => componentNamed(settings.components, kind, needed_) ?? []);
  const services = needed.filter((needed_) => !components.some((component) => component.name === needed_));
  const router = services.length > 0 && callsByRouter(settings, kind) ? routerOf(settings) : undefined;
  const spec = {
    podSelector: { matchLabels: { [LABELS.service]: name } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [callers, ...borrowers] }],
    egress: [
      // A job that checks a candidate calls it; as a caller it is known by its label, like everybody else.
      { to: [{ podSelector: { matchLabels: { [LABELS.service]: name } } }] },
      ...(services.length > 0 ? [{ to: servicesNamed(services, installation, kind) }] : []),
      ...(router === undefined ? [] : [{ to: [namespaceNamed(router.parent.namespace)] }]),
      ...components.flatMap((component) => componentRule(installation, component)),
    ],
  } satisfies NetworkPolicySpec;
  return policy(serviceMetadata(place, name, 'workload'), spec);
}

/** Pods of these services in the own namespace, and in integration's for who borrows. */
function servicesNamed(names: readonly string[], installation: string, kind: EnvironmentKind): NetworkPolicyPeer[] {
  const pods = { podSelector: { matchExpressions: [{ key: LABELS.service, operator: 'In', values: [...names] }] } };
  return borrows(kind) ? [pods, { ...namespaceNamed(namespaceOf(installation, LENDER)), ...pods }] : [pods];
}

/** The way to a component: its namespace or its networks, and its port only. */
function componentRule(installation: string, component: SharedComponent): readonly NetworkPolicyEgressRule[] {
  const place = placeOfComponent(installation, component);
  const port = portOf(component);
  if (place.kind === 'unknown' || port === undefined) return [];
  const to =
    place.kind === 'namespace'
      ? [namespaceNamed(place.namespace)]
      : place.networks.map((cidr) => ({ ipBlock: { cidr } }));
  return [{ to, ports: [{ port, protocol: 'TCP' }] }];
}

function policy(metadata: Manifest['metadata'], spec: NetworkPolicySpec): Manifest {
  return { apiVersion: NETWORKING, kind: 'NetworkPolicy', metadata, spec };
}
