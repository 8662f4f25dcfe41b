/**
 * Reads our namespaces and all records and compares them. Separate from the comparison of branches because it needs the cluster's
 * network and nothing of AWS but the table.
 */
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import { tierOf, TIERS, type Tier } from '../../contracts/kinds.ts';
import { LABELS } from '../../contracts/kubernetes.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { observeLost } from '../../domain/environment/observe-branch.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { compareNamespaces, type SeenNamespace } from '../../domain/sweep/compare-namespaces.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, KubernetesObject } from '../../ports/cluster.ts';
import type { Records } from '../../ports/records.ts';

export interface SweepClusterPorts {
  readonly installation: string;
  readonly removalsPerRun: number;
  readonly cluster: Pick<Cluster, 'list'>;
  readonly records: Pick<Records, 'all' | 'load' | 'save'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a sweep has to put right because of the cluster. */
export async function compareNamespacesWithRecords(ports: SweepClusterPorts): Promise<ComparisonAnswer<SweepItem>> {
  const { installation, removalsPerRun } = ports;
  // INVARIANT: namespaces first, records afterwards. A namespace is only made for a record that is there already.
  const namespaces = (
    await ports.cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, { [LABELS.installation]: installation })
  ).flatMap(seen);
  const records = new Map((await ports.records.all()).map((record) => [record.id, record]));
  if (records.size === 0 && namespaces.length > 0) {
    return {
      items: [],
      questions: [
        `There is no record at all, but ${String(namespaces.length)} namespaces carry our label. Nothing was removed; is this the right table?`,
      ],
    };
  }
  // The listing of records is eventually consistent: whose absence matters is read again, one by one.
  for (const { environment } of namespaces) await confirm(ports, records, environment);
  const found = compareNamespaces({ installation, namespaces, records, removalsPerRun });
  const lost = [];
  for (const environment of found.lost) lost.push(...(await deliverAgain(ports, environment)));
  return {
    items: [...found.orphans.map((orphan) => ({ kind: 'remove-orphan', ...orphan }) as const), ...lost],
    questions: found.questions,
  };
}

function seen({ metadata }: KubernetesObject): readonly SeenNamespace[] {
  const environment = metadata.labels?.[LABELS.environment];
  // The gateway's namespace is ours too, but no environment.
  if (environment === undefined) return [];
  const tier = TIERS.find((known): known is Tier => known === metadata.labels?.[LABELS.tier]);
  return [{ name: metadata.name, environment, tier, terminating: metadata['deletionTimestamp'] !== undefined }];
}

async function confirm(
  { records }: SweepClusterPorts,
  known: Map<string, EnvironmentRecord>,
  environment: string,
): Promise<void> {
  const record = known.get(environment);
  if (record !== undefined && record.phase !== 'removed') return;
  const now = await records.load(environment);
  if (now === undefined) known.delete(environment);
  else known.set(environment, now);
}

/** Nothing of it is applied any more: said in the record, so that it is due again. A conflict leaves it to the next sweep. */
async function deliverAgain({ records, clock }: SweepClusterPorts, environment: string): Promise<readonly SweepItem[]> {
  const record = await records.load(environment);
  const change = record === undefined ? undefined : observeLost(record, clock.now());
  if (record === undefined || change?.kind !== 'changed') return [];
  const saved = await records.save(change.record);
  const because = `the namespace of this ${tierOf(record.kind)} environment is gone`;
  return saved.kind === 'saved' ? [{ kind: 'resume', environment, because }] : [];
}
