/**
 * Who may talk to whom. Separate because policies are read by people who look after security and by nobody else.
 * A namespace starts closed in both directions; the second policy opens what environments need.
 */
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { LABELS } from '../../contracts/kubernetes.ts';
import { ENVIRONMENT_OBJECT } from './environment.ts';
import { placeMetadata, type Manifest, type Place } from './manifest.ts';

/** Namespaces by their name, which Kubernetes itself puts into this label. */
const namespaceNamed = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

/** Environments of some kinds of this installation. */
const environmentsOf = (place: Place, kinds: readonly EnvironmentKind[]) => ({
  namespaceSelector: {
    matchLabels: { [LABELS.installation]: place.installation },
    matchExpressions: [{ key: LABELS.kind, operator: 'In', values: [...kinds] }],
  },
});

/** Kinds that borrow services from integration. Pre-release and production stand alone. */
const BORROWERS: readonly EnvironmentKind[] = ['feature', 'performance'];

/**
 * Other environments that a kind exchanges requests with: borrowers call integration, and integration answers them; a call back from
 * integration to a branch passes the gateway, which is open to everybody.
 */
function neighbours(place: Place): {
  readonly callers: readonly EnvironmentKind[];
  readonly called: readonly EnvironmentKind[];
} {
  if (BORROWERS.includes(place.kind)) return { callers: ['integration'], called: ['integration'] };
  return { callers: place.kind === 'integration' ? BORROWERS : [], called: [] };
}

/**
 * The two policies of a namespace. `gatewayNamespace` is where requests from outside come from.
 * Nothing opens the way to the metadata address of the nodes: every allowed destination is a namespace, or DNS.
 */
export function networkPolicyManifests(place: Place, gatewayNamespace: string): readonly Manifest[] {
  const { callers, called } = neighbours(place);
  const always = [namespaceNamed(gatewayNamespace), { podSelector: {} }];
  const peers = (kinds: readonly EnvironmentKind[]) => [
    ...always,
    ...(kinds.length > 0 ? [environmentsOf(place, kinds)] : []),
  ];
  const open = {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: peers(callers) }],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { to: peers(called) },
    ],
  } satisfies NetworkPolicySpec;
  const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } satisfies NetworkPolicySpec;
  return [policy(place, 'default-deny', closed), policy(place, ENVIRONMENT_OBJECT, open)];
}

function policy(place: Place, name: string, spec: NetworkPolicySpec): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: placeMetadata(place, name), spec };
}
