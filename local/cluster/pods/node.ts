/**
 * The one node: this machine. Separate because it is an object that people look at, and nothing else.
 */
import { cpus, totalmem } from 'node:os';
import type { Cluster } from '../kinds.ts';
import { timestamp } from '../kinds.ts';

/** The name that pods are assigned to. */
export const nodeName = 'laptop';

/** Creates or refreshes the Node. Everything fits on it: requests are counted by quotas only. */
export function writeNode(cluster: Cluster): void {
  const labels = {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': process.platform,
    'kubernetes.io/arch': process.arch,
  };
  const found = cluster.get('Node', undefined, nodeName);
  const node = found ?? cluster.create('Node', { metadata: { name: nodeName, labels }, spec: {} });
  const capacity = { cpu: String(cpus().length), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: '250' };
  const now = timestamp();
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'pods are processes of this machine',
  };
  cluster.objects.updateStatus({
    ...node,
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        {
          ...ready,
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
      addresses: [
        {
          type: 'InternalIP',
          address: '127.0.0.1',
        },
        {
          type: 'Hostname',
          address: nodeName,
        },
      ],
      nodeInfo: {
        kubeletVersion: 'v1.34.0',
        containerRuntimeVersion: `process://${process.version}`,
        osImage: process.platform,
      },
    },
  });
}
