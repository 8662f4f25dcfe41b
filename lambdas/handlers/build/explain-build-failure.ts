/**
 * Why a build failed, in words, under one of the three names: always throws. Separate because Step Functions reports the whole build
 * as the cause, and only we know whether it was stopped for a newer commit.
 */
import type { TaskError } from '../../contracts/inputs.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import { readTaskError } from '../../domain/task-error.ts';
import { requireOwner } from '../ownership.ts';
import type { BuildPorts } from './build-ports.ts';
import { changeBuild } from './change-build.ts';

/** Records the failure for everybody who waits and throws it. */
export async function explainBuildFailure(
  ports: BuildPorts,
  { delivery, error }: { readonly delivery: Delivery; readonly error: TaskError },
): Promise<never> {
  const { repository, commit } = delivery;
  const failure = await explain(ports, delivery, error);
  const mine = (holder: { environment: string; service: string; generation: number }): boolean =>
    holder.environment === delivery.environment &&
    holder.service === delivery.service &&
    holder.generation === delivery.generation;
  await changeBuild(ports, repository, commit, (item) =>
    item.state === 'building' && mine(item.holder)
      ? { ...item, state: failure instanceof RejectedError ? 'failed' : 'stopped', reason: failure.reason }
      : item,
  );
  // A build that was stopped because a newer commit came ends quietly here.
  await requireOwner(ports.records, delivery);
  throw failure;
}

async function explain(
  ports: BuildPorts,
  { commit }: Delivery,
  error: TaskError,
): Promise<RejectedError | TransientError> {
  const buildId = buildIdOf(error.Cause);
  if (buildId === undefined) {
    const { kind, reason } = readTaskError(error);
    return kind === 'rejected'
      ? new RejectedError(reason)
      : new TransientError(`The build of ${commit.slice(0, 10)} could not be run. ${reason}`);
  }
  const said = await ports.buildRunner.explain(buildId);
  const log = said.logLink === undefined ? '' : `\nIts log: ${said.logLink}`;
  switch (said.status) {
    case 'STOPPED':
      return new TransientError(`The build of ${commit.slice(0, 10)} was stopped by somebody.${log}`);
    case 'FAULT':
      return new TransientError(
        `CodeBuild could not run the build of ${commit.slice(0, 10)}: ${sentence(said.message ?? 'no reason given')}${log}`,
      );
    case 'TIMED_OUT':
      return new RejectedError(
        `The build of ${commit.slice(0, 10)} took longer than ${String(ports.rules.timeoutMinutes)} minutes. Make it faster, or raise builds.timeoutMinutes in the settings.${log}`,
      );
    default:
      return new RejectedError(
        `The build of ${commit.slice(0, 10)} failed${said.phase === undefined ? '' : ` in its phase ${said.phase}`}: ${sentence(said.message ?? said.status)}${log}`,
      );
  }
}

/** With a full stop, whether the message has one or not. */
function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}

/** Step Functions gives the build as JSON, in the capitals of its own parameters. */
function buildIdOf(cause: string): string | undefined {
  try {
    const parsed = JSON.parse(cause) as { readonly Build?: { readonly Id?: unknown } } | null;
    const id = parsed?.Build?.Id;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
