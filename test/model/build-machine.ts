/**
 * CodeBuild as the model sees it: a build takes a while, may be stopped, fails for commits that say so, and pushes an image.
 * Separate because both ways of running the state machines use it.
 */
import type { BuildRequest } from '../../lambdas/contracts/payloads.ts';
import type { TaskError } from '../../lambdas/contracts/inputs.ts';
import { BREAKS_THE_BUILD, isMarked } from './versions.ts';
import type { World } from './world.ts';

/** Runs one build to its end; the failure as Step Functions reports it, or undefined. It stops with the execution that waits for it. */
export async function runBuildMachine(
  world: World,
  request: Pick<BuildRequest, 'variables'>,
  signal: AbortSignal,
): Promise<TaskError | undefined> {
  const variable = (name: string): string => request.variables.find((known) => known.name === name)?.value ?? '';
  const repository = variable('ESPALIER_REPOSITORY');
  const commit = variable('ESPALIER_COMMIT');
  const key = `${repository} ${commit}`;
  const { running } = world.runner;
  running.add(key);
  signal.addEventListener('abort', () => running.delete(key), { once: true });
  for (let phase = 0; phase < 4; phase += 1) {
    await world.scheduler.turn(`build.phase-${String(phase)}`);
    if (!running.has(key)) return ended(world, key, 'STOPPED');
  }
  running.delete(key);
  if (isMarked(world, repository, commit, BREAKS_THE_BUILD)) return ended(world, key, 'FAILED');
  world.images.push(repository, commit, `sha256:${commit.padEnd(64, '0')}`);
  return undefined;
}

function ended(world: World, key: string, status: string): TaskError {
  world.runner.explanations.set(key, { status, phase: 'BUILD', message: 'exit status 1' });
  return { Error: 'States.TaskFailed', Cause: JSON.stringify({ Build: { Id: key, BuildStatus: status } }) };
}
