/**
 * Events as `kubectl describe` shows them. Separate because controllers and the pods' keeper record alike.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../objects.ts';
import { timestamp } from '../kinds.ts';
import type { Cluster } from '../kinds.ts';

/** Tells about an object; the same message again is counted, not repeated. */
export type RecordEvent = (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Records events of one component (`kubelet`, `deployment-controller`). */
export function eventRecorder(cluster: Cluster, component: string): RecordEvent {
  return (about, type, reason, message) => {
    const { namespace = 'default', name, uid, resourceVersion } = about.metadata;
    const mark = createHash('sha256').update(`${uid}${reason}${message}`).digest('hex').slice(0, 16);
    const known = cluster.get('Event', namespace, `${name}.${mark}`);
    const lastTimestamp = timestamp();
    try {
      if (known) cluster.objects.update({ ...known, count: Number(known.count) + 1, lastTimestamp });
      else
        cluster.create('Event', {
          metadata: {
            name: `${name}.${mark}`,
            namespace,
          },
          involvedObject: {
            apiVersion: about.apiVersion,
            kind: about.kind,
            namespace,
            name,
            uid,
            resourceVersion,
          },
          type,
          reason,
          message,
          count: 1,
          firstTimestamp: lastTimestamp,
          lastTimestamp,
          source: { component },
          reportingComponent: component,
          reportingInstance: 'laptop',
        });
    } catch {
      // An event that cannot be stored (its namespace is going away) must not stop what it tells about.
    }
  };
}
