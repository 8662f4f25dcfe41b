/** The CodeBuild API over the builds. Separate file because the builds know nothing of requests. */
import type * as sdk from '@aws-sdk/client-codebuild';
import { type Account, AwsError, type Caller, arnOf, type Input, nameOf, type Service } from '../api.ts';
import { json } from '../protocols.ts';
import type { BuildRecord } from './build-record.ts';
import type { Builds } from './builds.ts';

const startMembers = [
  'projectName',
  'sourceVersion',
  'sourceTypeOverride',
  'sourceLocationOverride',
  'environmentVariablesOverride',
  'buildspecOverride',
  'timeoutInMinutesOverride',
  'gitCloneDepthOverride',
  'idempotencyToken',
];
const pageSize = 100;

/** The API. */
export function codeBuild(account: Account, builds: Builds): Service {
  const ids = (some: BuildRecord[], token: string | undefined) => {
    const start = Number(token ?? 0);
    const all = some.sort((a, b) => b.startTime - a.startTime).map(({ id }) => id);
    return {
      ids: all.slice(start, start + pageSize),
      ...(start + pageSize < all.length && { nextToken: String(start + pageSize) }),
    };
  };
  const actions = {
    StartBuild(input: sdk.StartBuildInput, caller: Caller) {
      const other = Object.keys(input).find((name) => !startMembers.includes(name));
      if (other !== undefined)
        throw new AwsError(
          'InvalidInputException',
          `StartBuild.${other} is not supported on the laptop; supported are ${startMembers.join(', ')}.`,
        );
      if ((input.gitCloneDepthOverride ?? 0) !== 0)
        throw new AwsError('InvalidInputException', 'The laptop makes full clones only: gitCloneDepthOverride is 0.');
      const type = input.sourceTypeOverride;
      if (type !== undefined && type !== 'CODECOMMIT' && type !== 'NO_SOURCE')
        throw new AwsError(
          'InvalidInputException',
          `The source type ${type} is not supported on the laptop; CODECOMMIT and NO_SOURCE are.`,
        );
      return { build: builds.start(input, caller) };
    },
    StopBuild: ({ id = '' }: sdk.StopBuildInput) => ({ build: builds.stop(id) }),
    BatchGetBuilds({ ids: asked = [] }: sdk.BatchGetBuildsInput) {
      const found = asked.map((id) => [id, builds.find(id)] as const);
      return {
        builds: found.flatMap(([, build]) => build ?? []),
        buildsNotFound: found.filter(([, build]) => !build).map(([id]) => id),
      };
    },
    ListBuilds: ({ nextToken }: sdk.ListBuildsInput) => ids(builds.all(), nextToken),
    ListBuildsForProject({ projectName = '', nextToken }: sdk.ListBuildsForProjectInput) {
      if (!builds.projects().has(nameOf(projectName)))
        throw new AwsError('ResourceNotFoundException', `The provided project ${projectName} does not exist`);
      return ids(
        builds.all().filter((build) => build.projectName === nameOf(projectName)),
        nextToken,
      );
    },
    ListProjects: () => ({ projects: [...builds.projects().keys()] }),
    BatchGetProjects({ names = [] }: sdk.BatchGetProjectsInput): Input {
      const found = names.map((name) => [name, builds.projects().get(nameOf(name))] as const);
      return {
        projects: found.flatMap(([, project]) =>
          project
            ? [
                {
                  name: project.Name,
                  arn: arnOf(account, 'codebuild', `project/${project.Name}`),
                  serviceRole: project.ServiceRole,
                  timeoutInMinutes: project.TimeoutInMinutes ?? 60,
                  source: { type: project.Source.Type, location: project.Source.Location },
                },
              ]
            : [],
        ),
        projectsNotFound: found.filter(([, project]) => !project).map(([name]) => name),
      };
    },
  };
  return { name: 'codebuild', protocol: json, actions };
}
