/**
 * Self-healing: finds what differs from what was applied, says so in the environment's event log, and makes it due again. The delivery
 * that follows puts it right as every delivery does.
 */
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import { LABELS, namespaceOf, routerNamespace } from '../../contracts/kubernetes.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import {
  compareObjects,
  settledServices,
  type Applied,
  type Drift,
  type Settled,
} from '../../domain/drift/compare-objects.ts';
import { observeDrift } from '../../domain/environment/observe-drift.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../domain/environment/record.ts';
import type { Installation } from '../../domain/manifests/installation.ts';
import { isServedAsRecorded } from '../../domain/rollout/serving.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';
import type { Rollouts } from '../../ports/rollouts.ts';

export interface CompareObjectsPorts {
  readonly settings: Installation;
  readonly builds: Pick<Builds, 'load'>;
  readonly cluster: Pick<Cluster, 'list'>;
  readonly records: Pick<Records, 'all' | 'load' | 'save'>;
  readonly rollouts: Pick<Rollouts, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Kinds that deliveries apply; listed once for all environments. */
export const COMPARED_KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'v1', kind: 'ResourceQuota' },
  { apiVersion: 'v1', kind: 'LimitRange' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
] as const;

/** Of ConfigMaps those that charts bring; configuration and Secrets are compared by who may read Secrets. */
const FILES_OF_CHARTS = { [LABELS.component]: 'workload' };

/** What a sweep has to put right in namespaces that are there. */
export async function compareObjectsWithRecords(ports: CompareObjectsPorts): Promise<ComparisonAnswer<SweepItem>> {
  const { installation } = ports.settings;
  // INVARIANT: records first, objects afterwards. What a record says is applied was in the cluster before.
  const records = await ports.records.all();
  const ours = { [LABELS.installation]: installation };
  const [files, ...lists] = await Promise.all([
    ports.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { ...ours, ...FILES_OF_CHARTS }),
    ...COMPARED_KINDS.map((kind) => ports.cluster.list(kind, ours)),
  ]);
  const namespaces = await ports.cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, ours);
  const present = new Set(namespaces.map(({ metadata }) => metadata.labels?.[LABELS.environment]));
  // Each environment is compared with its own objects only: with all of them, five hundred environments would be a quarter of a million looks.
  const objects = Map.groupBy([...namespaces, ...files, ...lists.flat()], ({ kind, metadata }) =>
    kind === 'Namespace' ? metadata.name : metadata.namespace,
  );
  // What environments share: names of the router belong to none of them.
  const shared = objects.get(routerNamespace(installation)) ?? [];
  const items: SweepItem[] = [];
  const questions: string[] = [];
  // A namespace that is gone is the other comparison's business.
  for (const record of records.filter(({ id }) => present.has(id))) {
    const settled = await servingServices(ports, record);
    const applied = { record, settled, versions: await versionsOf(ports, settled) };
    const own = objects.get(namespaceOf(installation, record.id)) ?? [];
    for (const drift of compareObjects(ports.settings, applied, [...own, ...shared], ports.clock.now())) {
      const healed = await heal(ports, record.id, drift);
      items.push(...healed.items);
      questions.push(...healed.questions);
    }
  }
  return { items, questions };
}

/** Settled services of which what is applied serves. A later delivery may have failed after its version had got the traffic. */
async function servingServices(
  { rollouts }: CompareObjectsPorts,
  record: EnvironmentRecord,
): Promise<readonly Settled[]> {
  const found = settledServices(record).map(async (settled) => {
    const { key, applied } = settled;
    if (record.services[key]?.generation === applied.generation) return [settled];
    return isServedAsRecorded(applied, await rollouts.load(record.id, key)) ? [settled] : [];
  });
  return (await Promise.all(found)).flat();
}

/** What the applied versions bring; the build of an old one may be forgotten. */
async function versionsOf({ builds }: CompareObjectsPorts, settled: readonly Settled[]): Promise<Applied['versions']> {
  const found = settled.map(async ({ key, repository, applied }) => {
    const { definition, chart } = (await builds.load(repository, applied.commit)) ?? {};
    return [key, definition && { definition, configMaps: chart?.configMaps ?? [] }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Decides upon the record as it is now: a delivery may have begun meanwhile. A conflict leaves it to the next sweep. */
async function heal(
  { records, history, clock }: CompareObjectsPorts,
  environment: string,
  { service, because }: Drift,
): Promise<ComparisonAnswer<SweepItem>> {
  const record = await records.load(environment);
  const change = record === undefined ? undefined : observeDrift(record, service, clock.now());
  const why = because.join('; ');
  const message = `The cluster differs from what was applied: ${why}.`;
  if (change?.kind === 'undone-again') {
    return {
      items: [],
      questions: [
        `${service} in ${environment} was put right several times within an hour and differs again: ${why}. Find out who changes it; \`kubectl get … --show-managed-fields\` names them.`,
      ],
    };
  }
  if (change?.kind !== 'changed') return { items: [], questions: [] };
  const saved = await records.save(change.record);
  if (saved.kind !== 'saved') return { items: [], questions: [] };
  await history.append({
    environment,
    service,
    at: clock.now(),
    stage: 'sweep',
    level: 'warning',
    message: `${message} ${whatFollows(change.record.services[service])}`,
  });
  return { items: [{ kind: 'resume', environment, because: message }], questions: [] };
}

function whatFollows(service: ServiceRecord | undefined): string {
  const { applied, held } = service ?? {};
  if (applied === undefined || held === undefined) return 'It is delivered again.';
  return `${applied.commit.slice(0, 8)}, which served, is delivered again; ${held.slice(0, 8)} is held back until the next push.`;
}
