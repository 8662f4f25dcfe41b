/**
 * The events that CodeBuild sends. Separate because their shape is an interface of its own.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html#sample-build-notifications-ref
 */
import type { Input } from '../api.ts';
import type { BuildRecord, PhaseRecord } from './build-record.ts';

/** `Sep 1, 2017 4:12:29 PM`, in UTC. */
function eventTime(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
    .format(seconds * 1000)
    .replace(/\u202f/g, ' ')
    .replace(/(\d{4}),/, '$1');
}

const contexts = (phase: PhaseRecord) =>
  (phase.contexts ?? []).map(({ statusCode, message }) => `${statusCode}: ${message}`);

function shared(build: BuildRecord): Input {
  const { image, computeType, type, privilegedMode, environmentVariables } = build.environment;
  return {
    artifact: { location: build.artifacts['location'] },
    environment: {
      image,
      'privileged-mode': privilegedMode,
      'compute-type': computeType,
      type,
      'environment-variables': environmentVariables,
    },
    'timeout-in-minutes': build['timeoutInMinutes'],
    'build-complete': build.buildComplete,
    'build-number': build.buildNumber,
    initiator: build['initiator'],
    'build-start-time': eventTime(build.startTime),
    source: { location: build.source.location, type: build.source.type },
    ...(build.sourceVersion !== undefined && { 'source-version': build.sourceVersion }),
    logs: {
      'group-name': build.logs.groupName,
      'stream-name': build.logs.streamName,
      'deep-link': build.logs.deepLink,
    },
    phases: build.phases.map((phase) => ({
      'phase-type': phase.phaseType,
      'start-time': eventTime(phase.startTime),
      ...(phase.endTime !== undefined && {
        'phase-context': contexts(phase),
        'end-time': eventTime(phase.endTime),
        'duration-in-seconds': phase.durationInSeconds,
        'phase-status': phase.phaseStatus,
      }),
    })),
  };
}

/** The detail of `CodeBuild Build State Change`. */
export function buildEvent(build: BuildRecord): Input {
  return {
    'build-status': build.buildStatus,
    'project-name': build.projectName,
    'build-id': build.arn,
    'additional-information': shared(build),
    'current-phase': build.currentPhase,
    'current-phase-context': '[]',
    version: '1',
  };
}

/** The detail of `CodeBuild Build Phase Change`. */
export function phaseEvent(build: BuildRecord, phase: PhaseRecord): Input {
  return {
    'completed-phase': phase.phaseType,
    'completed-phase-status': phase.phaseStatus,
    'completed-phase-context': `[${contexts(phase).join(', ')}]`,
    'completed-phase-duration-seconds': phase.durationInSeconds,
    'completed-phase-start': eventTime(phase.startTime),
    'completed-phase-end': eventTime(phase.endTime ?? phase.startTime),
    'project-name': build.projectName,
    'build-id': build.arn,
    'additional-information': shared(build),
    version: '1',
  };
}
