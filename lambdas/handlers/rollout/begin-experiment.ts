/**
 * Brings the fault of an experiment about. Separate from its end, which must work when nothing is known but what was ordered.
 */
import type { BegunExperiment, ExperimentInput } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import { RejectedError } from '../../domain/errors.ts';
import { removeAll } from '../apply-all.ts';
import { appliedService, busy, environmentOf, overridesOf, type Applied } from './experiment-subject.ts';
import { podsOf } from './experiment-pods.ts';
import type { TrafficPorts } from './ports.ts';

/** Refuses what is not allowed before anything is touched. */
export async function beginExperiment(ports: TrafficPorts, experiment: ExperimentInput): Promise<BegunExperiment> {
  const record = await environmentOf(ports, experiment);
  const subject = await appliedService(ports, record, experiment.service);
  const refused = busy(record, experiment) ?? (subject.service.dark && 'a version waits in the dark beside it');
  if (refused !== undefined) {
    throw new RejectedError(`Nothing was touched: ${refused}. Order the experiment again when that is over.`);
  }
  const overrides = await overridesOf(ports, record, subject, experiment);
  const at = ports.clock.now();
  // Told first: whoever sees the service fail finds the reason in the event log.
  await ports.history.append({
    environment: record.id,
    service: subject.key,
    at,
    stage: 'rollout',
    level: 'warning',
    message: `Experiment${by(experiment)}: ${sentence(experiment, subject)}, for ${String(experiment.seconds)} s`,
  });
  if (experiment.fault === 'pods') await removeAll(ports.cluster, await podsOf(ports.cluster, subject));
  for (const { over } of overrides) await ports.cluster.apply(over, FIELD_MANAGERS.experiment, { force: true });
  return { kind: 'begun', seconds: experiment.seconds, at };
}

function sentence({ fault, dependency = '' }: ExperimentInput, { route }: Applied): string {
  const { name } = route.place;
  switch (fault) {
    case 'pods':
      return `every pod of ${name} ends`;
    case 'route':
      return `the way in of ${name} (${route.host}) leads nowhere`;
    case 'dependency':
      return `the name ${dependency}, which ${name} calls, leads nowhere`;
  }
}

function by({ author, reason }: ExperimentInput): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return author === undefined ? why : ` of ${author}${why}`;
}
