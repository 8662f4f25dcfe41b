/**
 * Objects of an environment itself: namespace, quota, limits and who may work in it.
 * Separate because they exist once per environment and before any service.
 */
import { tierOf } from '../../contracts/kinds.ts';
import { ANNOTATIONS, clusterGroup, workloadRole, WORKLOAD_STAGES } from '../../contracts/kubernetes.ts';
import { bytesOf } from '../service/amounts.ts';
import { USUAL_RESOURCES } from '../service/processes.ts';
import { namespace, placeLabels, placeMetadata, type Manifest, type Place } from './manifest.ts';

/** Sum of what all pods of an environment request. */
export interface Quota {
  readonly cpu: string;
  readonly memory: string;
  readonly disk: string;
  readonly pods: number;
  /** Sum of all volumes; absent: not bounded. */
  readonly storage?: string;
}

/** The largest that one container may be. */
export interface Limits {
  readonly cpu: string;
  readonly memory: string;
  readonly disk: string;
}

/** The namespace; pods that break Pod Security's strictest profile are refused by the cluster itself. */
export function namespaceManifest(place: Place): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace(place),
      labels: {
        ...placeLabels(place),
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'latest',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
      ...(place.branch !== null && { annotations: { [ANNOTATIONS.branch]: place.branch } }),
    },
  };
}

/** Name of the quota, the limits and the policies: people meet it in refusals. */
export const ENVIRONMENT_OBJECT = 'environment';

/** Bounds of the whole environment. Of disks the limits count, because a request bounds nothing that is written. */
export function quotaManifest(place: Place, quota: Quota): Manifest {
  const hard = {
    'requests.cpu': quota.cpu,
    'requests.memory': quota.memory,
    'limits.ephemeral-storage': quota.disk,
    pods: String(quota.pods),
    ...(quota.storage !== undefined && { 'requests.storage': quota.storage }),
  };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: placeMetadata(place, ENVIRONMENT_OBJECT),
    spec: { hard },
  };
}

/**
 * Bounds of one container; what says nothing of its own gets little and may take up to the bound. Of the disk it may take no more than it
 * gets: what one takes there is missing to everybody on the node.
 */
export function limitRangeManifest(place: Place, limits: Limits): Manifest {
  const bounds = { cpu: limits.cpu, memory: limits.memory };
  const usual = bytesOf(limits.disk) < bytesOf(USUAL_RESOURCES.disk) ? limits.disk : USUAL_RESOURCES.disk;
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: placeMetadata(place, ENVIRONMENT_OBJECT),
    spec: {
      limits: [
        {
          type: 'Container',
          max: { ...bounds, 'ephemeral-storage': limits.disk },
          default: { ...bounds, 'ephemeral-storage': usual },
          defaultRequest: { cpu: '5m', memory: '32Mi', 'ephemeral-storage': usual },
        },
      ],
    },
  };
}

/** Lets the functions that deploy, configure and move traffic work in this namespace, and nowhere else. */
export function roleBindingManifests(place: Place): readonly Manifest[] {
  return WORKLOAD_STAGES.map((stage) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: placeMetadata(place, workloadRole(place.installation, stage)),
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: workloadRole(place.installation, stage),
    },
    subjects: [
      {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Group',
        name: clusterGroup(place.installation, stage, tierOf(place.kind)),
      },
    ],
  }));
}
