/**
 * How a job ended, or what it is waited for. Separate because a job's failure is told to its author with the end of its log.
 */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { judgePod, wroteTooMuch } from './judge-pod.ts';

export type JobVerdict =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'running'; readonly on: string }
  | { readonly kind: 'failed'; readonly because: string };

/** Lines and characters of a log that are told: as much as one reads in a message. */
const LINES = 15;
const CHARACTERS = 1_200;

/** Judges a job by its own status and its pods. `within` is how long it may take, as its author wrote it. */
export function judgeJob(job: Job, pods: readonly Pod[], within: string): JobVerdict {
  const conditions = (job.status?.conditions ?? []).filter(({ status }) => status === 'True');
  if (conditions.some(({ type }) => type === 'Complete')) return { kind: 'succeeded' };
  const failed = conditions.find(({ type }) => type === 'Failed');
  if (failed !== undefined) {
    const why =
      failed.reason === 'DeadlineExceeded'
        ? `it took longer than ${within} and was ended. Make it faster, or raise \`within\`.`
        : describeExit(pods);
    return { kind: 'failed', because: `${why}${endOfLog(pods)}` };
  }
  const pending = pods.filter(({ status }) => status?.phase === 'Pending').map(judgePod);
  const hopeless = pending.find((verdict) => verdict.kind === 'never');
  if (hopeless !== undefined) return { kind: 'failed', because: hopeless.because };
  const waiting = pending.find((verdict) => verdict.kind === 'waiting');
  return { kind: 'running', on: waiting?.on ?? `job ${job.metadata?.name ?? ''} to end` };
}

function terminatedOf(pods: readonly Pod[]) {
  return pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [])
    .find(({ exitCode }) => exitCode !== 0);
}

function describeExit(pods: readonly Pod[]): string {
  const full = pods.map(wroteTooMuch).find((because) => because !== undefined);
  if (full !== undefined) return full;
  const ended = terminatedOf(pods);
  if (ended === undefined) return 'its pod was lost before it ended.';
  if (ended.reason === 'OOMKilled')
    return 'it needs more memory than it asks for (OOMKilled). Raise its `resources.memory`.';
  return `exit code ${String(ended.exitCode)}.`;
}

/** The termination message holds the end of the log. */
function endOfLog(pods: readonly Pod[]): string {
  const log = (terminatedOf(pods)?.message ?? '').trimEnd();
  if (log === '') return ' Its log says nothing.';
  const end = log.split('\n').slice(-LINES).join('\n');
  return ` The end of its log:\n${end.length > CHARACTERS ? `…${end.slice(-CHARACTERS)}` : end}`;
}
