/**
 * A build as the API and the events show it, and the first record of one. Separate because every part of CodeBuild reads it.
 * https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
 */
import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-codebuild';
import { type Account, arnOf, type Caller, type Input } from '../api.ts';
import type { BuildProject } from './project.ts';

/** A build as the API shows it; times are epoch seconds already. */
export type BuildRecord = Input & {
  id: string;
  arn: string;
  projectName: string;
  buildStatus: string;
  currentPhase: string;
  buildComplete: boolean;
  buildNumber: number;
  startTime: number;
  endTime?: number;
  sourceVersion?: string;
  resolvedSourceVersion?: string;
  phases: PhaseRecord[];
  logs: { groupName: string; streamName: string; deepLink: string };
  source: { type: string; location?: string };
  environment: Input;
  artifacts: Input;
  exportedEnvironmentVariables?: { name: string; value: string }[];
};
/** One phase as the API shows it. */
export interface PhaseRecord {
  phaseType: string;
  phaseStatus?: string;
  startTime: number;
  endTime?: number;
  durationInSeconds?: number;
  contexts?: { statusCode: string; message: string }[];
}

/** What StartBuild was asked. */
export type StartBuild = Pick<
  sdk.StartBuildInput,
  | 'projectName'
  | 'sourceVersion'
  | 'sourceTypeOverride'
  | 'sourceLocationOverride'
  | 'environmentVariablesOverride'
  | 'buildspecOverride'
  | 'timeoutInMinutesOverride'
  | 'idempotencyToken'
>;

/** Now, as the API tells times. */
export const seconds = (): number => Date.now() / 1000;

/** Where a build's output goes. */
export function logFile(account: Pick<Account, 'state'>, id: string): string {
  return `${account.state}/logs/codebuild-${id.replace(':', '-')}.log`;
}

/** Variables of project and call; the call's come last and win. */
export function variablesOf(
  project: BuildProject,
  request: StartBuild,
): { name: string; value: string; type: string }[] {
  const own = (project.Environment.EnvironmentVariables ?? []).map(({ Name, Value, Type }) => ({
    name: Name,
    value: Value,
    type: Type ?? 'PLAINTEXT',
  }));
  const more = (request.environmentVariablesOverride ?? []).map(({ name = '', value = '', type = 'PLAINTEXT' }) => ({
    name,
    value,
    type,
  }));
  return [...own.filter(({ name }) => !more.some((other) => other.name === name)), ...more];
}

/** The record of a build that was just asked for. */
export function newBuild(
  account: Account,
  project: BuildProject,
  request: StartBuild,
  caller: Caller,
  buildNumber: number,
): BuildRecord {
  const stream = randomUUID();
  const id = `${project.Name}:${stream}`;
  const location = request.sourceLocationOverride ?? project.Source.Location;
  const { Environment, Artifacts } = project;
  return {
    id,
    arn: arnOf(account, 'codebuild', `build/${id}`),
    projectName: project.Name,
    buildNumber,
    buildStatus: 'IN_PROGRESS',
    buildComplete: false,
    currentPhase: 'SUBMITTED',
    startTime: seconds(),
    ...((request.sourceVersion ?? project.SourceVersion) !== undefined && {
      sourceVersion: request.sourceVersion ?? project.SourceVersion ?? '',
    }),
    source: { type: request.sourceTypeOverride ?? project.Source.Type, ...(location !== undefined && { location }) },
    artifacts: {
      location:
        Artifacts.Type === 'S3'
          ? `arn:aws:s3:::${[Artifacts.Location, Artifacts.Path, Artifacts.Name ?? project.Name].filter(Boolean).join('/')}`
          : '',
    },
    environment: {
      image: Environment.Image,
      computeType: Environment.ComputeType,
      type: Environment.Type,
      privilegedMode: Environment.PrivilegedMode ?? false,
      environmentVariables: variablesOf(project, request).map(({ name, value, type }) => ({ name, value, type })),
    },
    serviceRole: project.ServiceRole,
    timeoutInMinutes: request.timeoutInMinutesOverride ?? project.TimeoutInMinutes ?? 60,
    initiator: caller.arn.replace(/^.*?:(assumed-role|user)\//, ''),
    phases: [],
    logs: { groupName: `/aws/codebuild/${project.Name}`, streamName: stream, deepLink: logFile(account, id) },
  };
}
