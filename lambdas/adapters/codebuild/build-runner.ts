/** Builds as CodeBuild runs them. */
import {
  BatchGetBuildsCommand,
  ListBuildsForProjectCommand,
  StopBuildCommand,
  type Build,
  type BuildPhase,
  type CodeBuildClient,
} from '@aws-sdk/client-codebuild';
import { failedPhase } from '../../contracts/build-phases.ts';
import { BUILD_VARIABLES } from '../../contracts/variables.ts';
import type { BuildRunner } from '../../ports/builds.ts';
import { translated } from '../aws/translate-error.ts';

/** Builds of this project. */
export function codeBuildRunner(client: CodeBuildClient, project: string): BuildRunner {
  const get = async (ids: readonly string[]): Promise<readonly Build[]> => {
    if (ids.length === 0) return [];
    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: [...ids] }));
    return builds;
  };
  return {
    stop: (repository, commit) =>
      translated(`Stopping the build of ${commit}`, async () => {
        // One page holds the latest 100 builds; a running one is among them unless more than 100 run at once.
        const { ids = [] } = await client.send(
          new ListBuildsForProjectCommand({ projectName: project, sortOrder: 'DESCENDING' }),
        );
        const running = (await get(ids)).filter(
          (build) =>
            build.buildStatus === 'IN_PROGRESS' &&
            build.sourceVersion === commit &&
            variableOf(build, BUILD_VARIABLES.repository) === repository,
        );
        for (const { id } of running) await client.send(new StopBuildCommand({ id }));
        return running.length;
      }),
    explain: (buildId) =>
      translated(`Reading the build ${buildId}`, async () => {
        const [build] = await get([buildId]);
        if (build === undefined) return { status: 'FAULT', message: `there is no build ${buildId}` };
        const failed = build.phases?.find(
          (phase) => phase.phaseStatus !== undefined && phase.phaseStatus !== 'SUCCEEDED',
        );
        const message = failed?.contexts
          ?.map((context) => [context.statusCode, context.message].filter(Boolean).join(': '))
          .filter((text) => text !== '')
          .join('; ');
        const logLink = build.logs?.deepLink;
        // The author knows the phases of the buildspec, not CodeBuild's.
        const ours = failedPhase(message ?? '');
        const phase = ours?.phase ?? failed?.phaseType;
        const said = ours?.reason ?? message;
        return {
          status: statusOf(build, failed),
          ...(phase !== undefined && { phase }),
          ...(said !== undefined && said !== '' && { message: said }),
          ...(logLink !== undefined && { logLink }),
        };
      }),
  };
}

/**
 * FAULT is CodeBuild's word for trouble of its own. A build that FAILED outside of its commands (no container, no image of it, no source,
 * no upload) is trouble of that kind too: the author can do nothing about it, and another attempt may pass.
 * Status codes: https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html
 */
function statusOf(build: Build, failed: BuildPhase | undefined): string {
  const codes = (failed?.contexts ?? []).flatMap(({ statusCode }) => statusCode ?? []);
  const outside = codes.length > 0 && !codes.includes('COMMAND_EXECUTION_ERROR');
  return build.buildStatus === 'FAILED' && outside ? 'FAULT' : (build.buildStatus ?? 'FAULT');
}

function variableOf(build: Build, name: string): string | undefined {
  return build.environment?.environmentVariables?.find((known) => known.name === name)?.value;
}
