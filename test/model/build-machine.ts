/**
 * CodeBuild as the model sees it: a build takes a while, may be stopped, fails for commits that say so, and pushes an image.
 * Separate because both ways of running the state machines use it.
 */
import type { BuildRequest } from '../../lambdas/contracts/payloads.ts';
import type { TaskError } from '../../lambdas/contracts/inputs.ts';
import { Killed } from './scheduler.ts';
import type { World } from './world.ts';

/** A file that makes the build of its commit fail. */
export const BREAKS_THE_BUILD = 'broken';

/** Runs one build to its end; the failure as Step Functions reports it, or undefined. */
export async function runBuildMachine(world: World, request: BuildRequest): Promise<TaskError | undefined> {
  const variable = (name: string): string => request.variables.find((known) => known.name === name)?.value ?? '';
  const repository = variable('ESPALIER_REPOSITORY');
  const commit = variable('ESPALIER_COMMIT');
  const key = `${repository} ${commit}`;
  world.runner.running.add(key);
  for (let phase = 0; phase < 4; phase += 1) {
    if ((await world.scheduler.turn(`build.phase-${String(phase)}`)) === 'killed') {
      world.runner.running.delete(key);
      throw new Killed('build');
    }
    if (!world.runner.running.has(key)) return ended(world, key, 'STOPPED');
  }
  const broken = await world.git.file(repository, commit, BREAKS_THE_BUILD);
  if (broken.kind === 'file') {
    world.runner.running.delete(key);
    return ended(world, key, 'FAILED');
  }
  world.images.push(repository, commit, `sha256:${commit.padEnd(64, '0')}`);
  world.runner.running.delete(key);
  return undefined;
}

function ended(world: World, key: string, status: string): TaskError {
  world.runner.explanations.set(key, { status, phase: 'BUILD', message: 'exit status 1' });
  return { Error: 'States.TaskFailed', Cause: JSON.stringify({ Build: { Id: key, BuildStatus: status } }) };
}
