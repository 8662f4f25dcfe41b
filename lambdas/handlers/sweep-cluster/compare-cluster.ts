/** The cluster's half of a sweep: namespaces against records, then what is in them against what was applied. */
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { compareNamespacesWithRecords, type SweepClusterPorts } from './compare-namespaces.ts';
import { compareObjectsWithRecords, type CompareObjectsPorts } from './compare-objects.ts';

export type CompareClusterPorts = SweepClusterPorts & CompareObjectsPorts;

/** Both answers; an environment that both found is started once, because the second finds it without what was applied. */
export async function compareCluster(ports: CompareClusterPorts): Promise<ComparisonAnswer<SweepItem>> {
  const namespaces = await compareNamespacesWithRecords(ports);
  const objects = await compareObjectsWithRecords(ports);
  return {
    items: [...namespaces.items, ...objects.items],
    questions: [...namespaces.questions, ...objects.questions],
  };
}
