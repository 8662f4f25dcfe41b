/** What a Job that checks a candidate says so far. Separate because only its exit code is an answer: everything else is none. */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { judgePod } from '../readiness/judge-pod.ts';
import type { Measurement } from './judge.ts';

/** INVARIANT: a Job that could not start, was ended or got lost is never a success and no failure of the candidate either. */
export function judgeCheckJob(job: Job, pods: readonly Pod[]): Measurement {
  const ended = (job.status?.conditions ?? []).filter(({ status }) => status === 'True');
  if (ended.some(({ type }) => type === 'Complete')) return { kind: 'value', value: 0 };
  const failed = ended.find(({ type }) => type === 'Failed');
  if (failed?.reason === 'DeadlineExceeded') {
    const within = String(job.spec?.activeDeadlineSeconds ?? 0);
    return { kind: 'error', because: `the job did not end within ${within} s${whyWaiting(pods)}` };
  }
  if (failed !== undefined) {
    const code = exitCodeOf(pods);
    return code === undefined
      ? { kind: 'error', because: 'the pod of the job was lost before it ended' }
      : { kind: 'value', value: code };
  }
  return { kind: 'pending', on: `the job has not ended yet${whyWaiting(pods)}` };
}

function exitCodeOf(pods: readonly Pod[]): number | undefined {
  return pods
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .flatMap(({ state }) => state?.terminated?.exitCode ?? [])
    .find((code) => code !== 0);
}

function whyWaiting(pods: readonly Pod[]): string {
  const pending = pods.find(({ status }) => status?.phase === 'Pending');
  if (pending === undefined) return '';
  const verdict = judgePod(pending);
  if (verdict.kind === 'never') return `: ${verdict.because}`;
  return verdict.kind === 'waiting' ? `: it waits for ${verdict.on}` : '';
}
