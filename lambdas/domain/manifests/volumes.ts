/** Disks of an environment. Separate because they outlive pods and not their environment. */
import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1.js';
import { volumesOf, type Volumes } from '../service/volumes.ts';
import { serviceMetadata, type Manifest, type ServicePlace } from './manifest.ts';

/** What the settings say about disks of a kind of environments. */
export interface StorageRules {
  /** Absent: the cluster's default. */
  readonly storageClass?: string;
}

/** Name of a volume's claim. */
export function volumeName(service: string, volume: string): string {
  return `${service}-${volume}`;
}

/** The claims of one process group's volumes; `undefined` is the main one. */
export function volumeManifests(
  place: ServicePlace,
  definition: Volumes,
  process: string | undefined,
  { storageClass }: StorageRules,
): readonly Manifest[] {
  return volumesOf(definition, process).map(({ name, size }) => {
    const spec = {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storageClass !== undefined && { storageClassName: storageClass }),
    } satisfies PersistentVolumeClaimSpec;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: serviceMetadata(place, volumeName(place.name, name), 'workload'),
      spec,
    };
  });
}
