/**
 * What of a service runs to completion: CronJobs, and the Jobs of a delivery. Separate because each run has an end, in time and in
 * attempts.
 */
import type { CronJobSpec, JobSpec } from 'kubernetes-types/batch/v1.js';
import { LABELS } from '../../contracts/kubernetes.ts';
import { secondsOf } from '../rollout/written-plan.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import type { Job, JobPhase, Task } from '../service/jobs.ts';
import { chartedRun } from './charted.ts';
import type { Installation } from './installation.ts';
import { callerLabels } from './network-policies.ts';
import { serviceMetadata, type Manifest, type ServicePlace } from './manifest.ts';
import { podSpec, type Version } from './pod.ts';

/** Seconds that an ended Job stays for whoever wants to read its log. */
const KEPT = 3_600;
/** Seconds by which a run may be late, when the cluster's own controller was away, before it is left out. */
const LATE = 300;

/** The CronJobs of a service. */
export function scheduleManifests(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
): readonly Manifest[] {
  return Object.entries(definition.schedules ?? {})
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schedule]) => {
      const metadata = serviceMetadata(place, `${place.name}-${name}`, 'workload');
      const spec = {
        schedule: schedule.schedule,
        timeZone: schedule.timeZone ?? 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: LATE,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          metadata: { labels: { ...metadata.labels, [LABELS.process]: name } },
          spec: jobSpec(place, definition, version, settings, { run: name, task: schedule }),
        },
      } satisfies CronJobSpec;
      return { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec };
    });
}

/** Name of a Job of a delivery; each delivery has its own, so that asking twice starts nothing twice. */
export function jobName(service: string, phase: JobPhase, job: string, generation: number): string {
  return `${service}-${phase}-${job}-${String(generation)}`;
}

/** One Job of a delivery. */
export function jobManifest(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
  { phase, job, generation }: { readonly phase: JobPhase; readonly job: Job; readonly generation: number },
): Manifest {
  const metadata = serviceMetadata(place, jobName(place.name, phase, job.name, generation), 'job');
  const run = `${phase}-${job.name}`;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.process]: run } },
    spec: { ...jobSpec(place, definition, version, settings, { run, task: job }), ttlSecondsAfterFinished: KEPT },
  };
}

/**
 * Tried once: what failed may have done half of its work, and only its author knows whether it can be repeated. A pod that the cluster
 * itself takes away is no failure. Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
function jobSpec(
  place: ServicePlace,
  definition: ServiceDefinition,
  version: Version,
  settings: Installation,
  { run, task }: { readonly run: string; readonly task: Task },
): JobSpec {
  const { command, within, resources } = task;
  const labels = {
    ...serviceMetadata(place, place.name, 'workload').labels,
    ...callerLabels(definition),
    [LABELS.process]: run,
    [LABELS.commit]: version.commit,
  };
  return {
    activeDeadlineSeconds: secondsOf(within),
    backoffLimit: 0,
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
    template: {
      metadata: { labels },
      spec: chartedRun(
        podSpec(place, definition, version, settings, { command, resources, until: 'itself' }),
        version.chart,
      ),
    },
  };
}
