/**
 * What an update keeps of the stored object although the client left it out or tried to change it. Separate because these are
 * the fields that belong to the server.
 */
import type { KubeObject, Metadata } from '../objects.ts';
import type { Json } from './decode.ts';

/** Metadata that writers cannot change. */
export function serverFields(current: Metadata): Partial<Metadata> {
  const fields = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'resourceVersion',
    'generateName',
  ];
  return Object.fromEntries(Object.entries(current).filter(([name]) => fields.includes(name)));
}

/** What the server assigned at creation stays when a client leaves it out. */
export function inherit(current: KubeObject, next: KubeObject): void {
  const assigned: Record<string, string[]> = {
    Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'],
    Job: ['selector'],
    Pod: [
      'nodeName',
      'serviceAccountName',
      'serviceAccount',
      'tolerations',
      'priority',
      'preemptionPolicy',
      'enableServiceLinks',
    ],
    PersistentVolumeClaim: ['volumeName', 'storageClassName'],
    Namespace: ['finalizers'],
  };
  const before = current['spec'] as Json | undefined;
  const after = next['spec'] as Json | undefined;
  if (next.kind === 'Namespace') next['spec'] = { ...after, finalizers: before?.['finalizers'] };
  if (!before || !after || after['type'] === 'ExternalName') return;
  for (const field of assigned[next.kind] ?? []) if (before[field] !== undefined) after[field] ??= before[field];
  if (next.kind === 'Service') inheritPorts(before, after);
  if (next.kind === 'Secret') next['type'] ??= current['type'];
}

function inheritPorts(before: Json, after: Json): void {
  if (after['type'] === 'ClusterIP') return;
  const known = (before['ports'] ?? []) as Json[];
  for (const port of (after['ports'] ?? []) as Json[])
    port['nodePort'] ??= known.find(
      (one) => one['port'] === port['port'] && one['protocol'] === (port['protocol'] ?? 'TCP'),
    )?.['nodePort'];
}
