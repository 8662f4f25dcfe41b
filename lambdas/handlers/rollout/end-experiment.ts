/**
 * Undoes an experiment, however far it came, and reports what became of the service. It knows nothing but what was ordered: what belongs
 * there is read again, because a delivery may have brought another version meanwhile. May run any number of times.
 */
import type { EndedExperiment, ExperimentInput } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { applyAll } from '../apply-all.ts';
import { appliedService, busy, environmentOf, overridesOf, type Applied } from './experiment-subject.ts';
import { healthOf, type Health } from './experiment-pods.ts';
import type { TrafficPorts } from './ports.ts';

/** `begun`: when it was brought about, as far as it is known. */
export async function endExperiment(
  ports: TrafficPorts,
  experiment: ExperimentInput,
  begun: number | undefined,
): Promise<EndedExperiment> {
  const subject = await subjectOf(ports, experiment);
  if (subject === undefined) return { kind: 'ended', message: 'The service is gone, and the experiment with it' };
  // Who delivers moves traffic: weights that are put back beside it would be moved twice.
  const on = busy(subject.record, experiment);
  if (on !== undefined) return { kind: 'waiting', on };
  const during = await healthOf(ports, subject);
  await undo(ports, subject, experiment);
  const after = experiment.fault === 'pods' ? during : await healthOf(ports, subject);
  if (after.pods === 0 || after.ready < after.pods) {
    return { kind: 'waiting', on: `${String(after.ready)} of ${String(after.pods)} pods are ready again` };
  }
  const now = ports.clock.now();
  const message = reportOf(experiment, begun === undefined ? undefined : now - begun, during);
  await ports.history.append({
    environment: subject.record.id,
    service: subject.key,
    at: now,
    stage: 'rollout',
    level: 'info',
    message,
  });
  return { kind: 'ended', message };
}

type Subject = Applied & { readonly record: EnvironmentRecord };

/** Undefined when the service or its environment is gone. */
async function subjectOf(ports: TrafficPorts, experiment: ExperimentInput): Promise<Subject | undefined> {
  try {
    const record = await environmentOf(ports, experiment);
    return { ...(await appliedService(ports, record, experiment.service)), record };
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}

async function undo(ports: TrafficPorts, subject: Subject, experiment: ExperimentInput): Promise<void> {
  // The name first, and then the address to which it led.
  for (const { over, before } of (await overridesOf(ports, subject.record, subject, experiment)).toReversed()) {
    if (before === undefined) await ports.cluster.remove(referenceOf(over));
    else await applyAll(ports.cluster, FIELD_MANAGERS.traffic, [before]);
  }
}

function referenceOf({
  apiVersion,
  kind,
  metadata,
}: {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}) {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

function reportOf({ fault, dependency = '' }: ExperimentInput, lasted: number | undefined, during: Health): string {
  const seconds = lasted === undefined ? '' : ` after ${String(Math.round(lasted / 1_000))} s`;
  const pods = `${String(during.healthy)} of ${String(during.pods)} pods answered their health path well`;
  switch (fault) {
    case 'pods':
      return `The experiment is over${seconds}: ${pods}`;
    case 'route':
      return `The experiment is over${seconds}, and the way in leads to the service again; until then ${pods}`;
    case 'dependency':
      return `The experiment is over${seconds}, and the name ${dependency} leads where it did; until then ${pods}`;
  }
}
