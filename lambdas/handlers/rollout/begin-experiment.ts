/**
 * Brings the fault of an experiment about. Separate from its end, which must work when nothing is known but what was ordered.
 */
import type { BegunExperiment, ExperimentInput } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS, LABELS } from '../../contracts/kubernetes.ts';
import { LEARNED_SECONDS } from '../../domain/borrowing/names.ts';
import { removeAll } from '../apply-all.ts';
import { appliedService, environmentOf, requireIdle, type Ordered } from '../experiment-subject.ts';
import { isDelayed } from './experiment-delay.ts';
import { overridesOf } from './experiment-overrides.ts';
import { podsOf } from './experiment-pods.ts';
import type { TrafficPorts } from './ports.ts';
import { serviceRouteOf } from './service-route.ts';

/** Refuses what is not allowed before anything is touched. */
export async function beginExperiment(ports: TrafficPorts, ordered: Ordered): Promise<BegunExperiment> {
  const { experiment } = ordered;
  const { cluster, clock } = ports;
  const record = await environmentOf(ports, experiment);
  // Its answer was lost: refused now, the name would keep leading to what is taken away.
  if (await isDelayed(ports, ordered)) return { kind: 'begun', seconds: experiment.seconds, at: clock.now() };
  const subject = await appliedService(ports, record, experiment.service);
  requireIdle(record, subject, experiment);
  const overrides = await overridesOf(ports, record, subject, ordered);
  const { host } = serviceRouteOf(ports, record, subject.delivery, subject.definition);
  // Told first: whoever sees the service fail finds the reason in the event log.
  await ports.history.append({
    environment: record.id,
    service: subject.key,
    at: clock.now(),
    stage: 'rollout',
    level: 'warning',
    message: `Experiment${by(experiment)}: ${sentence(experiment, subject.place.name, host)}, for ${String(experiment.seconds)} s`,
  });
  if (experiment.fault === 'pods') await removeAll(cluster, await podsOf(cluster, subject));
  for (const over of overrides) {
    await cluster.apply(over, FIELD_MANAGERS.experiment, { force: true });
    // Somebody is behind this address: no caller is to come to it before every node leads there.
    if (over.metadata.labels?.[LABELS.component] === 'experiment') await clock.sleep(LEARNED_SECONDS * 1_000);
  }
  return { kind: 'begun', seconds: experiment.seconds, at: clock.now() };
}

function sentence({ fault, dependency = '', delayMs }: ExperimentInput, name: string, host: string): string {
  switch (fault) {
    case 'pods':
      return `every pod of ${name} ends`;
    case 'route':
      return `the way in of ${name} (${host}) leads nowhere`;
    case 'dependency':
      return delayMs === undefined
        ? `the name ${dependency}, which ${name} calls, leads nowhere`
        : `${dependency}, which ${name} calls, answers ${String(delayMs)} ms late`;
  }
}

function by({ author, reason }: ExperimentInput): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return author === undefined ? why : ` of ${author}${why}`;
}
