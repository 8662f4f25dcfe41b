/**
 * The end of a delay, as far as it is traffic's: nothing is late any more, and when nobody remembers the address it goes. Separate because
 * the first happens with the name, and the second a while later.
 */
import type { ExperimentInput } from '../../contracts/experiment.ts';
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { DELAY_CONTROL_PORT, delaySelector } from '../../domain/manifests/delay.ts';
import { removeOfExperiment } from '../experiment-objects.ts';
import type { Ordered } from '../experiment-subject.ts';
import type { TrafficPorts } from './ports.ts';
import { SERVICE_KIND } from './service-route.ts';

const PATIENCE_MS = 5_000;

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
