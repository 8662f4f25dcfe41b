/**
 * What may keep a good version from being applied, and what may be left over. Separate because an excuse that covers more than it says
 * hides a bug: each goes by what is recorded, by ids and by kinds, and none by the words of a message.
 */
import type { Workflow } from '../../lambdas/contracts/stages.ts';
import type { EnvironmentRecord, Failure } from '../../lambdas/domain/environment/record.ts';
import { ATTEMPTS_LIMIT } from '../../lambdas/domain/environment/services.ts';
import type { RollBackReason } from '../../lambdas/domain/rollout/rollout.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import { CONFIGURED } from './configuration.ts';
import type { Machines } from './machines.ts';
import { POISON, whatIsWrong } from './versions.ts';
import type { World } from './world.ts';

/** One service of one environment. */
export interface Subject {
  readonly record: EnvironmentRecord;
  readonly key: string;
}

/** Ends of rollouts that say nothing about the version: people decided, or did not; the machinery found no end of passing trouble. */
const NOT_ITS_FAULT: readonly RollBackReason['kind'][] = ['ordered', 'dropped', 'unanswered', 'unreleased', 'stuck'];

/** Its latest rollout. */
export function rolloutOf({ rollouts }: World, { record, key }: Subject): StoredRollout | undefined {
  return rollouts.all().find(({ environment, service }) => environment === record.id && service === key);
}

/** Whether the failure is one that a version may end with, which `commit` is. */
export async function isExcused(
  world: World,
  subject: Subject,
  { repository, commit }: { readonly repository: string; readonly commit: string },
  failure: Failure,
): Promise<boolean> {
  if (isExhausted(failure)) return true;
  if (failure.kind !== 'rejected') return false;
  if (whatIsWrong(world, repository, commit) !== undefined) return true;
  const latest = rolloutOf(world, subject);
  const reason = latest?.generation === failure.generation ? latest.rollout.reason?.kind : undefined;
  if (reason !== undefined && NOT_ITS_FAULT.includes(reason)) return true;
  const asksItself = reason === undefined || reason === 'candidate-failed';
  return asksItself && (await wasPoisoned(world, subject, failure));
}

/** Passing trouble may use up its attempts while everything breaks; then the record says so, and a push goes on. */
export function isExhausted(failure: Failure | undefined): boolean {
  return failure?.kind === 'transient' && failure.attempts >= ATTEMPTS_LIMIT;
}

/** Whether a layer had said by then what no version of the service bears. */
async function wasPoisoned({ layers }: World, { record, key }: Subject, { at }: Failure): Promise<boolean> {
  if (key !== CONFIGURED) return false;
  const histories = await Promise.all(
    ['integration', record.kind, record.id].map((layer) => layers.history(layer, CONFIGURED)),
  );
  return histories.flat().some((version) => version.values['greeting'] === POISON && version.at <= at);
}

/** Whether an execution that worked on it was killed, whatever its input names it by; of all workflows, or of one. */
export function wasKilled({ killed }: Machines, { record, key }: Subject, workflow: Workflow | '' = ''): boolean {
  return killed.some(({ machine, input }) => {
    if (!machine.includes(workflow)) return false;
    const { environment, service, repository, branch } = { ...input, ...input.delivery };
    if (environment !== undefined) return environment === record.id && (service === undefined || service === key);
    return branch !== undefined && branch === record.branch && repository === record.services[key]?.repository;
  });
}
