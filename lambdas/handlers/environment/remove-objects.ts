/**
 * The first half of a removal: routes, so that no new request comes, then what served them. Separate from the namespace's own end,
 * which may take long and is waited for.
 */
import type { RemovalClaim } from '../../contracts/payloads.ts';
import { listKinds, removeAll } from '../apply-all.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import type { EnvironmentPorts } from './ports.ts';

const ROUTES = [{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' }];
const SERVING = [
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
];

/** Removes all routes and then all workloads of an environment. A namespace that is gone already is success. */
export async function removeObjects(
  ports: EnvironmentPorts,
  removal: RemovalClaim,
): Promise<{ readonly kind: 'removed' }> {
  const { cluster, clock, history } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, removal);

  const namespace = await ownNamespace(cluster, ports.installation.installation, removal.environment);
  if (namespace === undefined) return { kind: 'removed' };
  const { name } = namespace.metadata;
  const routes = await listKinds(cluster, ROUTES, name, {});
  await removeAll(cluster, routes);
  const serving = await listKinds(cluster, SERVING, name, {});
  await removeAll(cluster, serving);

  await history.append({
    environment: removal.environment,
    at: clock.now(),
    stage: 'environment',
    message: `Removed ${String(routes.length)} routes and ${String(serving.length)} objects behind them`,
    generation: removal.generation,
    took: clock.now() - begun,
    level: 'info',
  });
  return { kind: 'removed' };
}
