/**
 * Undoes an experiment, however far it came, and reports what became of the service. It knows nothing but what was ordered: what belongs
 * there is read again, because a delivery may have brought another version meanwhile. May run any number of times.
 */
import type { EndedExperiment, ExperimentInput } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS, namespaceOf } from '../../contracts/kubernetes.ts';
import { rememberedSeconds } from '../../domain/borrowing/names.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { isAstray, nobodyName } from '../../domain/manifests/experiment.ts';
import { applyAll } from '../apply-all.ts';
import { appliedService, busy, environmentOf, serviceHere, type Applied } from '../experiment-subject.ts';
import { endDelay } from './experiment-delay.ts';
import { healthOf, type Health } from './experiment-pods.ts';
import { plainNameOf, routeOf } from './experiment-overrides.ts';
import type { TrafficPorts } from './ports.ts';
import { SERVICE_KIND } from './service-route.ts';

/** `begun`: when it was brought about, as far as it is known. */
export async function endExperiment(
  ports: TrafficPorts,
  experiment: ExperimentInput,
  begun: number | undefined,
): Promise<EndedExperiment> {
  const record = await unlessRejected(environmentOf(ports, experiment));
  if (record === undefined)
    return { kind: 'ended', message: 'The environment is gone, and the experiment with it', seconds: 0 };
  // Whatever the end has to wait for, nothing is late any more; the number stays the same when this is asked again.
  const late = experiment.delayMs === undefined ? undefined : await endDelay(ports, record, experiment);
  // Who delivers moves traffic: weights that are put back beside it would be moved twice.
  const on = busy(record, experiment);
  if (on !== undefined) return { kind: 'waiting', on };
  const subject = await unlessRejected(appliedService(ports, record, experiment.service));
  const during = subject && (await healthOf(ports, subject));
  await undo(ports, record, subject, experiment);
  const seconds = experiment.delayMs === undefined ? 0 : rememberedSeconds(ports.installation, record.kind);
  if (subject === undefined || during === undefined) {
    return { kind: 'ended', message: 'The service is gone, and the experiment with it', seconds };
  }
  const after = experiment.fault === 'pods' ? during : await healthOf(ports, subject);
  if (after.pods === 0 || after.ready < after.pods) {
    return { kind: 'waiting', on: `${String(after.ready)} of ${String(after.pods)} pods are ready again` };
  }
  const now = ports.clock.now();
  const message = reportOf(experiment, begun === undefined ? undefined : now - begun, during, late);
  await ports.history.append({
    environment: record.id,
    service: subject.key,
    at: now,
    stage: 'rollout',
    level: 'info',
    message,
  });
  return { kind: 'ended', message, seconds };
}

/** Undefined when the service or its environment is gone. */
async function unlessRejected<Found>(found: Promise<Found>): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof RejectedError) return undefined;
    throw error;
  }
}

/** What the service calls today says nothing of what the experiment took: only what was ordered does. */
async function undo(
  ports: TrafficPorts,
  record: EnvironmentRecord,
  subject: Applied | undefined,
  { fault, dependency, delayMs }: ExperimentInput,
): Promise<void> {
  const { cluster, installation } = ports;
  if (fault === 'route' && subject !== undefined)
    await applyAll(cluster, FIELD_MANAGERS.traffic, [routeOf(ports, record, subject)]);
  if (dependency === undefined) return;
  const inside = namespaceOf(installation.installation, record.id);
  const here = await serviceHere(ports, record, dependency);
  const name = { ...SERVICE_KIND, namespace: inside, name: dependency };
  if (here !== undefined) await applyAll(cluster, FIELD_MANAGERS.traffic, [plainNameOf(here)]);
  // Not one that a delivery took over, which nobody could record.
  else if (isAstray(await cluster.get(name), dependency)) await cluster.remove(name);
  // The name first, and then the address to which it led; that of what delays stays for callers who remember it.
  if (delayMs !== undefined) return;
  await cluster.remove({ ...SERVICE_KIND, namespace: inside, name: nobodyName(dependency) });
}

function reportOf(
  { fault, dependency = '', delayMs = 0 }: ExperimentInput,
  lasted: number | undefined,
  during: Health,
  late: number | undefined,
): string {
  const seconds = lasted === undefined ? '' : ` after ${String(Math.round(lasted / 1_000))} s`;
  const pods = `${String(during.healthy)} of ${String(during.pods)} pods answered their health path well`;
  switch (fault) {
    case 'pods':
      return `The experiment is over${seconds}: ${pods}`;
    case 'route':
      return `The experiment is over${seconds}, and the way in leads to the service again; until then ${pods}`;
    case 'dependency':
      return `The experiment is over${seconds}, and the name ${dependency} leads where it did; until then ${pods}${late === undefined ? '' : `. Answers of ${dependency} that came ${String(delayMs)} ms late: ${String(late)}`}`;
  }
}
