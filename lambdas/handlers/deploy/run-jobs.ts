/**
 * Runs the jobs around a delivery and before a withdrawal, one after the other, a bounded time a call. Separate from the workload:
 * what runs here ends, and its end decides whether the delivery goes on.
 */
import type { Job as KubernetesJob } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { FIELD_MANAGERS, LABELS, type Side } from '../../contracts/kubernetes.ts';
import type { Claim, Delivery, RemovalClaim, WaitAnswer } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import { namespace, type ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Version } from '../../domain/manifests/pod.ts';
import { jobManifest, jobName } from '../../domain/manifests/runs.ts';
import { standingManifests } from '../../domain/manifests/workload.ts';
import { judgeJob, type JobVerdict } from '../../domain/readiness/judge-job.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { Job, JobPhase } from '../../domain/service/jobs.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { JOB_KIND } from '../object-kinds.ts';
import { ownNamespace } from '../own-namespace.ts';
import { requireOwner } from '../ownership.ts';
import { lookUntilFound, PATIENCE, type Look } from '../patience.ts';
import { buildOf } from '../service-definition.ts';
import { loadChart } from './load-chart.ts';
import type { DeployPorts } from './ports.ts';

/** The jobs of one phase of one service, and for whom they run. */
interface Runs {
  readonly place: ServicePlace;
  readonly definition: ServiceDefinition;
  readonly version: Version;
  readonly phase: JobPhase;
  readonly generation: number;
  /** Asked before a job is started, never while one runs: half a migration is no safe point. */
  readonly mayStart: () => Promise<unknown>;
}

/** What came of them so far. */
type Outcome =
  | { readonly kind: 'done'; readonly names: readonly string[] }
  | { readonly kind: 'waiting'; readonly on: string }
  | { readonly kind: 'failed'; readonly name: string; readonly because: string };

/** Jobs before or after a delivery. A RejectedError with the end of the log when one fails. */
export async function runJobs(
  ports: DeployPorts,
  delivery: Delivery,
  digest: string,
  { side, phase }: { readonly side: Side; readonly phase: 'before' | 'after' },
): Promise<WaitAnswer> {
  const begun = ports.clock.now();
  const build = await buildOf(ports.builds, delivery);
  const { definition } = build;
  const chart = await loadChart(ports, build);
  const version = { side, commit: delivery.commit, image: `${ports.imageRepository}@${digest}` };
  const outcome = await runAll(ports, {
    place: servicePlaceOf(ports.installation, delivery, definition.name),
    definition,
    version: { ...version, ...(chart !== undefined && { chart }) },
    phase,
    generation: delivery.generation,
    mayStart: () => requireOwner(ports.records, delivery),
  });
  if (outcome.kind === 'failed') {
    const still = phase === 'before' ? 'What was there before keeps serving.' : 'The new version serves already.';
    throw new RejectedError(
      `The job "${outcome.name}" ${phase} the delivery failed: ${outcome.because}\n${still} Correct it and push again.`,
    );
  }
  await requireOwner(ports.records, delivery);
  const message =
    outcome.kind === 'done'
      ? `Jobs ${phase} the delivery ended: ${outcome.names.join(', ')}`
      : `Waiting for ${outcome.on}`;
  await ports.history.append(deliveryEvent(delivery, { stage: 'deploy', message, now: ports.clock.now(), begun }));
  return outcome.kind === 'done' ? { kind: 'ready' } : { kind: 'waiting', on: outcome.on };
}

/**
 * Jobs before a service is taken away, or before all services of an environment are. One that fails is told and holds nothing up: its
 * branch is gone, so nobody could push a correction.
 */
export async function runWithdrawalJobs(ports: DeployPorts, claim: Claim | RemovalClaim): Promise<WaitAnswer> {
  const record = await requireOwner(ports.records, claim);
  const inside = await ownNamespace(ports.cluster, ports.installation.installation, claim.environment);
  if (inside === undefined || inside.metadata['deletionTimestamp'] !== undefined) return { kind: 'ready' };
  const keys = 'service' in claim ? [claim.service] : Object.keys(record.services).toSorted();
  for (const key of keys) {
    const runs = await withdrawalRuns(ports, record, key, claim);
    if (runs === undefined) continue;
    const begun = ports.clock.now();
    const outcome = 'unusable' in runs ? runs.unusable : await runAll(ports, runs);
    if (outcome.kind === 'waiting') return { kind: 'waiting', on: outcome.on };
    const failed = outcome.kind === 'failed';
    const message = failed
      ? `The job "${outcome.name}" before the withdrawal failed, and the withdrawal goes on: ${outcome.because}`
      : `Jobs before the withdrawal ended: ${outcome.names.join(', ')}`;
    const said = {
      stage: 'deploy',
      message,
      now: ports.clock.now(),
      begun,
      level: failed ? 'warning' : 'info',
    } as const;
    const { environment, generation } = claim;
    await ports.history.append(deliveryEvent({ environment, service: key, generation }, said));
  }
  return { kind: 'ready' };
}

/** Undefined when the service has no such jobs, or nothing is known any more of what runs. */
async function withdrawalRuns(
  ports: DeployPorts,
  record: EnvironmentRecord,
  key: string,
  claim: Claim | RemovalClaim,
): Promise<Runs | { readonly unusable: Outcome } | undefined> {
  const service = record.services[key];
  if (service?.applied === undefined || service.name === undefined) return undefined;
  const { applied, repository, name } = service;
  const build = await ports.builds.load(repository, applied.commit);
  const definition = build?.definition;
  const [first] = definition?.jobs?.withdraw ?? [];
  if (build === undefined || definition === undefined || first === undefined) return undefined;
  const chart = await loadChart(ports, build).catch(refusal);
  if (chart instanceof RejectedError) {
    return { unusable: { kind: 'failed', name: first.name, because: chart.message } };
  }
  const { installation } = ports.installation;
  const version = { side: applied.side, commit: applied.commit, image: `${ports.imageRepository}@${applied.digest}` };
  return {
    place: { installation, environment: record.id, kind: record.kind, branch: record.branch, key, repository, name },
    definition,
    version: { ...version, ...(chart !== undefined && { chart }) },
    phase: 'withdraw',
    generation: claim.generation,
    mayStart: () => requireOwner(ports.records, claim),
  };
}

/** A chart that cannot be used is an answer here; whatever else goes wrong is tried again. */
function refusal(error: unknown): RejectedError {
  if (error instanceof RejectedError) return error;
  throw error;
}

async function runAll(ports: DeployPorts, runs: Runs): Promise<Outcome> {
  const end = ports.clock.now() + PATIENCE;
  const jobs = runs.definition.jobs?.[runs.phase] ?? [];
  for (const job of jobs) {
    const seen = await runOne(ports, runs, job, Math.max(0, end - ports.clock.now()));
    if (seen.kind === 'missing') return { kind: 'waiting', on: seen.what };
    if (seen.found.kind === 'failed') return { kind: 'failed', name: job.name, because: seen.found.because };
  }
  return { kind: 'done', names: jobs.map(({ name }) => name) };
}

/** Before a service's first delivery nothing of it is there. What is there is the version's that serves, and stays as it is. */
async function makeStanding({ cluster, installation }: DeployPorts, { place, definition, phase }: Runs): Promise<void> {
  if (phase !== 'before') return;
  for (const manifest of standingManifests(place, definition, installation)) {
    const { apiVersion, kind, metadata } = manifest;
    const present = await cluster.get({ apiVersion, kind, namespace: namespace(place), name: metadata.name });
    if (present === undefined) await cluster.apply(manifest, FIELD_MANAGERS.deploy, { force: true });
  }
}

/** Starts the job unless it is there already, and waits for its end. */
async function runOne(
  ports: DeployPorts,
  runs: Runs,
  job: Job,
  patience: number,
): Promise<Look<Exclude<JobVerdict, { kind: 'running' }>>> {
  const { cluster, clock } = ports;
  const { place, definition, version, phase, generation } = runs;
  const name = jobName(place.name, phase, job.name, generation);
  const reference = { ...JOB_KIND, namespace: namespace(place), name };
  if ((await cluster.get(reference)) === undefined) {
    await runs.mayStart();
    await makeStanding(ports, runs);
    await cluster.apply(
      jobManifest(place, definition, version, ports.installation, { phase, job, generation }),
      FIELD_MANAGERS.deploy,
      {
        force: true,
      },
    );
  }
  return lookUntilFound(
    clock,
    async (): Promise<Look<Exclude<JobVerdict, { kind: 'running' }>>> => {
      const stored = await cluster.get(reference);
      if (stored === undefined) {
        return {
          kind: 'found',
          found: { kind: 'failed', because: 'somebody deleted it while it ran. Its log is gone.' },
        };
      }
      const pods = await cluster.list(
        { apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) },
        { [LABELS.service]: place.name, 'batch.kubernetes.io/job-name': name },
      );
      const verdict = judgeJob(stored as unknown as KubernetesJob, pods as unknown as readonly Pod[], job.within);
      return verdict.kind === 'running' ? { kind: 'missing', what: verdict.on } : { kind: 'found', found: verdict };
    },
    patience,
  );
}
