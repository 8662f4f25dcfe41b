/**
 * A delay as far as it is traffic's, and its end: nothing is late any more, and when nobody remembers the address it goes. Separate because
 * the first happens with the name, and the second a while later.
 */
import type { ExperimentInput } from '../../contracts/experiment.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { DELAY_CONTROL_PORT, delayName, delaySelector } from '../../domain/manifests/delay.ts';
import { isAstray } from '../../domain/manifests/experiment.ts';
import { executionOf, removeOfExperiment } from '../experiment-objects.ts';
import type { Ordered } from '../experiment-subject.ts';
import type { TrafficPorts } from './ports.ts';
import { SERVICE_KIND } from './service-route.ts';

const PATIENCE_MS = 5_000;

/** Whether this very experiment leads the name to what delays already. */
export async function isDelayed(
  { cluster, installation }: TrafficPorts,
  { experiment: { environment, dependency = '', delayMs }, execution }: Ordered,
): Promise<boolean> {
  if (delayMs === undefined) return false;
  const namespace = namespaceOf(installation.installation, environment);
  const address = await cluster.get({ ...SERVICE_KIND, namespace, name: delayName(dependency) });
  if (address === undefined || executionOf(address) !== execution) return false;
  return isAstray(await cluster.get({ ...SERVICE_KIND, namespace, name: dependency }), dependency);
}

/**
 * Connections that callers keep are fast again at once. Answers how many answers were late; undefined when nobody says so: what delays
 * ends by itself then.
 */
export async function endDelay(
  { cluster, pods, installation }: TrafficPorts,
  record: EnvironmentRecord,
  { dependency = '' }: ExperimentInput,
): Promise<number | undefined> {
  const namespace = namespaceOf(installation.installation, record.id);
  const found = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace }, delaySelector(dependency));
  const counts = await Promise.all(
    found.map(async ({ metadata: { name: pod } }) => {
      // A GET, because nothing else passes the API server under the right to look at pods.
      const over = { namespace, pod, port: DELAY_CONTROL_PORT, path: '/over', timeoutMs: PATIENCE_MS };
      const answer = await pods.ask(over);
      return answer.kind === 'answered' ? Number(answer.headers['espalier-answers']) : Number.NaN;
    }),
  );
  const known = counts.filter((count) => !Number.isNaN(count));
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

/** Removes the address of what delayed. */
export async function closeExperiment(ports: TrafficPorts, ordered: Ordered): Promise<{ readonly kind: 'closed' }> {
  await removeOfExperiment(ports, [SERVICE_KIND], ordered);
  return { kind: 'closed' };
}
