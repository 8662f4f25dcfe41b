/**
 * Everything that an installation needs in the cluster once, in the order in which it can be applied.
 * Separate because the function and its tests walk the same list.
 */
import type { TargetGroups } from '../../contracts/foundation.ts';
import { routerOf } from '../borrowing/router.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { admissionPolicyManifests } from './admission-policies.ts';
import { clusterRoleManifests, gatewayReaderManifests } from './cluster-roles.ts';
import {
  gatewayManifests,
  gatewayNamespaceManifest,
  gatewayServiceManifests,
  managedAccesses,
  targetGroupManifests,
} from './gateway.ts';
import { gatewayWorkloadManifests } from './gateway-workload.ts';
import { routerNamespaceManifest, routerRightsManifests } from './router.ts';

/** What the foundation knows of the cluster beyond the installation's settings. */
export interface ClusterFacts {
  /** EKS Auto Mode: nodes, network policy and load balancing are AWS's. */
  readonly autoMode: boolean;
  readonly targetGroups: TargetGroups;
}

/** Objects that do not depend on each other, group after group. */
export function foundationManifests(settings: Installation, facts: ClusterFacts): readonly (readonly Manifest[])[] {
  const { installation } = settings;
  const always = [
    ...clusterRoleManifests(installation),
    ...admissionPolicyManifests(settings),
    ...(facts.autoMode ? [networkPolicySwitch()] : []),
  ];
  const routed = routerOf(settings) !== undefined;
  const routerNamespace = routed ? [routerNamespaceManifest(installation)] : [];
  const routerRights = routed ? routerRightsManifests(installation) : [];
  if (managedAccesses(settings).length === 0) return [routerNamespace, [...always, ...routerRights]];
  return [
    [gatewayNamespaceManifest(installation), ...routerNamespace],
    [
      ...always,
      ...routerRights,
      ...gatewayReaderManifests(installation),
      ...gatewayWorkloadManifests(installation),
      ...gatewayServiceManifests(installation),
      ...gatewayManifests(settings),
    ],
    targetGroupManifests(settings, facts.targetGroups, facts.autoMode),
  ];
}

/**
 * Without this, EKS Auto Mode accepts network policies and enforces none.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
 */
function networkPolicySwitch(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
    data: { 'enable-network-policy-controller': 'true' },
  };
}
