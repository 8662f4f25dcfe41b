/**
 * Asks a candidate itself: its pods on a path, through the API server, or a command of its author in its image. Separate from the
 * stores, because nobody needs to call the candidate for this, and no route must lead to it.
 */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { FIELD_MANAGERS, LABELS } from '../../contracts/kubernetes.ts';
import { judgeCheckJob } from '../../domain/analysis/judge-check-job.ts';
import type { Measurement } from '../../domain/analysis/judge.ts';
import type { Metric, MetricSource } from '../../domain/analysis/metric.ts';
import { checkJobManifest, checkJobName } from '../../domain/manifests/check-job.ts';
import { CONTAINER_PORT_NAME, namespace, sideSelector, type ServicePlace } from '../../domain/manifests/manifest.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import { JOB_KIND } from '../object-kinds.ts';
import { deploymentOf } from './observe.ts';

/** What is asked by. */
export interface Inside {
  readonly cluster: Cluster;
  readonly pods: PodProxy;
}

/** What is asked, about whom. */
interface Asked {
  readonly metric: Metric;
  readonly rollout: Rollout;
  readonly place: ServicePlace;
}

/** Milliseconds for one pod's answer. */
const ANSWER_LIMIT = 3_000;
/** The path that a probe asks when neither plan nor service file names one. */
const ROOT = '/';

/** One measurement. What cannot be asked is an error, which is never a success. */
export async function askInside(inside: Inside, asked: Asked): Promise<Measurement> {
  const { source } = asked.metric;
  try {
    if (source.kind === 'self-check') return await selfCheck(inside, asked, source);
    if (source.kind === 'job') return await runJob(inside, asked, source);
  } catch (error) {
    return { kind: 'error', because: error instanceof Error ? error.message : String(error) };
  }
  return { kind: 'error', because: `nobody inside can be asked for ${source.kind}` };
}

/** Percent of the candidate's ready pods that answer 2xx. One that cannot be asked makes it an error: nothing is known of it. */
async function selfCheck(
  { cluster, pods: proxy }: Inside,
  { rollout, place }: Asked,
  { path = ROOT }: Extract<MetricSource, { kind: 'self-check' }>,
): Promise<Measurement> {
  const { side, commit } = rollout.candidate;
  const labels = { ...sideSelector(place, side), [LABELS.commit]: commit };
  const inside = namespace(place);
  const all = (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: inside }, labels)) as unknown as Pod[];
  const ready = all.filter(isReady);
  if (ready.length === 0) return { kind: 'error', because: 'the candidate has no ready pod to ask' };
  const answers = await Promise.all(
    ready.map((pod) => {
      const name = pod.metadata?.name ?? '';
      return proxy.ask({ namespace: inside, pod: name, port: portOf(pod), path, timeoutMs: ANSWER_LIMIT });
    }),
  );
  const silent = answers.find((answer) => answer.kind === 'unreachable');
  if (silent !== undefined) return { kind: 'error', because: `a pod could not be asked: ${silent.reason}` };
  const well = answers.filter((answer) => answer.kind === 'answered' && answer.status >= 200 && answer.status < 300);
  return { kind: 'value', value: (100 * well.length) / ready.length };
}

/** Starts the job of this step unless it is there, and says how it stands. */
async function runJob(
  { cluster }: Inside,
  { metric, rollout, place }: Asked,
  { command, withinSeconds }: Extract<MetricSource, { kind: 'job' }>,
): Promise<Measurement> {
  const { candidate, step, startedAt } = rollout;
  const run = JSON.stringify([candidate.digest, startedAt, step, metric.name]);
  const name = checkJobName(place, run);
  const inside = namespace(place);
  const job = await cluster.get({ ...JOB_KIND, namespace: inside, name });
  if (job !== undefined) {
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: inside }, { [JOB_NAME]: name });
    return judgeCheckJob(job as unknown as Job, pods as unknown as readonly Pod[]);
  }
  const deployment = await deploymentOf(cluster, place, candidate.side);
  if (deployment === undefined) return { kind: 'error', because: 'the candidate has no Deployment to make a job of' };
  const check = { side: candidate.side, command, withinSeconds, run };
  await cluster.apply(checkJobManifest(place, deployment, check), FIELD_MANAGERS.traffic, { force: true });
  return { kind: 'pending', on: `the job ${name} was started` };
}

/** Kubernetes' own label of a Job's pods. */
const JOB_NAME = 'batch.kubernetes.io/job-name';

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

function portOf({ spec }: Pod): number {
  const ports = spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return ports.find(({ name }) => name === CONTAINER_PORT_NAME)?.containerPort ?? 80;
}
