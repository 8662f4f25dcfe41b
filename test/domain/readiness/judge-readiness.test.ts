/** When pods are ready, what is waited for, and when an author is told that they never will be. */
import type { ContainerStatus, Pod, PodCondition } from 'kubernetes-types/core/v1.js';
import type { Deployment, DeploymentStatus } from 'kubernetes-types/apps/v1.js';
import { describe, expect, test } from 'vitest';
import { isRolledOut, judgeReadiness } from '../../../lambdas/domain/readiness/judge-readiness.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

const deployment = (status: DeploymentStatus, change: object = {}): Deployment => ({
  metadata: { name: 'orders-blue', generation: 2 },
  spec: { replicas: 2, progressDeadlineSeconds: 180, selector: {}, template: {}, ...change },
  status: { observedGeneration: 2, ...status },
});

const pod = (container: Partial<ContainerStatus> | undefined, conditions: PodCondition[] = []): Pod => ({
  metadata: { name: 'orders-blue-1' },
  status: {
    conditions,
    containerStatuses:
      container === undefined
        ? []
        : [{ name: 'service', image: 'i@sha256:d', imageID: '', ready: false, restartCount: 0, ...container }],
  },
});

const judge = (pods: readonly Pod[], status: DeploymentStatus = {}) => judgeReadiness(deployment(status), pods, NOW);

describe('a Deployment is rolled out', () => {
  const done: DeploymentStatus = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  test('when every pod is of the newest template and serves', () => {
    expect(isRolledOut(deployment(done))).toBe(true);
    expect(isRolledOut(deployment({}, { replicas: 0 }))).toBe(true);
  });
  test.each([
    ['the newest template was not seen yet', { ...done, observedGeneration: 1 }],
    ['pods of the older version still count', { ...done, replicas: 3 }],
    ['a new pod is missing', { ...done, updatedReplicas: 1 }],
    ['a new pod does not serve', { ...done, availableReplicas: 1 }],
  ])('not while %s', (_why, status) => {
    expect(isRolledOut(deployment(status))).toBe(false);
  });
});

describe('waiting', () => {
  test('says what for, in the order in which it comes about', () => {
    const on = (pods: readonly Pod[], status?: DeploymentStatus) => {
      const seen = judge(pods, status);
      return seen.kind === 'waiting' ? seen.on : seen.kind;
    };
    expect(on([], { observedGeneration: 1 })).toContain('taken on by the cluster');
    expect(on([])).toContain('to be created');
    expect(
      on([pod(undefined, [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes: Insufficient cpu' }])]),
    ).toBe('a place for pod orders-blue-1: 0/3 nodes: Insufficient cpu');
    expect(on([pod({ state: { waiting: { reason: 'ContainerCreating' } } })])).toBe('pod orders-blue-1 to be started');
    expect(on([pod({ state: { running: {} } })])).toBe('pod orders-blue-1 to answer on its health path');
  });

  test.each([
    [
      'the first crash',
      {
        restartCount: 1,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1 } },
      },
    ],
    [
      'a pull that was throttled',
      { state: { waiting: { reason: 'ImagePullBackOff', message: 'ErrImagePull: 429 Too Many Requests' } } },
    ],
    [
      'a pull from a registry on port 5000',
      { state: { waiting: { reason: 'ErrImagePull', message: 'dial tcp 127.0.0.1:5000: i/o timeout' } } },
    ],
    [
      'a start that the runtime was too busy for',
      { state: { waiting: { reason: 'CreateContainerError', message: 'context deadline exceeded' } } },
    ],
  ])('%s may pass', (_what, container) => {
    expect(judge([pod(container)]).kind).toBe('waiting');
  });
});

describe('never', () => {
  test.each([
    [
      'repeated crashes',
      {
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 7 } },
      },
      /Pod orders-blue-1: it crashes: exit code 7/,
    ],
    [
      'too little memory',
      {
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      },
      /Raise `resources.memory`/,
    ],
    [
      'an image that is not there',
      { state: { waiting: { reason: 'ErrImagePull', message: 'manifest unknown' } } },
      /cannot be pulled \(manifest unknown\)/,
    ],
    [
      'configuration without a key',
      { state: { waiting: { reason: 'CreateContainerConfigError', message: "couldn't find key a in Secret shop/x" } } },
      /configuration cannot be used \(couldn't find key a in Secret shop\/x\)/,
    ],
    [
      'an image that runs as root',
      {
        state: {
          waiting: {
            reason: 'CreateContainerConfigError',
            message: 'container has runAsNonRoot and image will run as root',
          },
        },
      },
      /configuration cannot be used \(container has runAsNonRoot/,
    ],
    [
      'a command that does not exist',
      {
        state: { waiting: { reason: 'RunContainerError', message: 'exec: "nod": executable file not found in $PATH' } },
      },
      /Check `command`/,
    ],
  ])('%s', (_what, container, because) => {
    expect(judge([pod(container)])).toEqual({ kind: 'never', because: expect.stringMatching(because) as string });
  });

  const evicted = (name: string, message: string): Pod => ({
    metadata: { name },
    status: { phase: 'Failed', reason: 'Evicted', message },
  });
  test.each([
    'Pod ephemeral local storage usage exceeds the total limit of containers 16Mi. ',
    'Container service exceeded its local ephemeral storage limit "16Mi". ',
    'Usage of EmptyDir volume "tmp" exceeds the limit "16Mi". ',
  ])('pods that write more than they may, once as many were ended as may crash: %s', (message) => {
    const told = message.trim().replace(/\.$/, '');
    const fresh = pod({ state: { running: {} } });
    expect(judge([evicted('a', message)])).toEqual({
      kind: 'waiting',
      on: `another one for pod a, which the cluster ended (${told})`,
    });
    expect(judge([evicted('a', message), evicted('b', message), fresh])).toEqual({
      kind: 'never',
      because: expect.stringContaining(
        `Pod a: it wrote more than it may (${told}). Raise \`resources.disk\` in the service file`,
      ) as string,
    });
  });

  test('pods whose node ran short are waited for: others take their places', () => {
    const short = 'The node was low on resource: ephemeral-storage. ';
    expect(judge([evicted('a', short), evicted('b', short)]).kind).toBe('waiting');
  });

  test.each(['secret "orders-blue" not found', 'configmap "orders-blue" not found'])(
    'what every delivery brings and is gone passes with the next one: %s',
    (message) => {
      const gone = pod({ state: { waiting: { reason: 'CreateContainerConfigError', message } } });
      const because = expect.stringContaining(`its configuration is gone (${message})`) as string;
      expect(judge([gone])).toEqual({ kind: 'never', because, passing: true });
    },
  );

  test.each([
    [
      'CreateContainerError',
      'failed to get sandbox container task: no running task found: task 1f2e not found: not found',
    ],
    [
      'RunContainerError',
      'unable to apply cgroup configuration: open /sys/fs/cgroup/x/cgroup.procs: no such file or directory',
    ],
  ])('what the container runtime lost while it started is waited for: %s', (reason, message) => {
    const late = pod({ state: { waiting: { reason, message } } });
    expect(judge([late])).toEqual({
      kind: 'waiting',
      on: expect.stringContaining(`its container is started (${message})`) as string,
    });
  });
  test.each([
    'exec: "/app/run": stat /app/run: no such file or directory: unknown',
    'exec: "./run.sh": permission denied: unknown',
    'exec /app/run: exec format error',
    'chdir to cwd ("/nowhere") set in config.json failed: no such file or directory',
  ])('what its image does not hold is never started: %s', (told) => {
    const message = `failed to create containerd task: runc create failed: unable to start container process: ${told}`;
    const bad = pod({ state: { waiting: { reason: 'RunContainerError', message } } });
    expect(judge([bad])).toMatchObject({
      kind: 'never',
      because: expect.stringContaining('Check `command`') as string,
    });
  });

  test.each([
    'failed to sync configmap cache: timed out waiting for the condition',
    'object "shop"/"orders-blue" not registered',
    'services have not yet been read at least once, cannot construct envvars',
  ])('what the kubelet has not read yet is waited for: %s', (message) => {
    const late = pod({ state: { waiting: { reason: 'CreateContainerConfigError', message } } });
    const on = expect.stringContaining(`its configuration is read (${message})`) as string;
    expect(judge([late])).toEqual({ kind: 'waiting', on });
  });

  test('a refusal that lasts, with what to do; a fresh one may still find room', () => {
    const refused = (message: string, secondsAgo: number): DeploymentStatus => ({
      conditions: [
        {
          type: 'ReplicaFailure',
          status: 'True',
          reason: 'FailedCreate',
          message,
          lastTransitionTime: new Date(NOW - secondsAgo * 1_000).toISOString(),
        },
      ],
    });
    expect(judge([], refused('exceeded quota: environment', 2)).kind).toBe('waiting');
    expect(judge([], refused('exceeded quota: environment', 11))).toEqual({
      kind: 'never',
      because: expect.stringContaining('raise the quota') as string,
    });
    expect(judge([], refused('maximum cpu usage per Container is 2', 11))).toEqual({
      kind: 'never',
      because: expect.stringContaining('fit the limits') as string,
    });
  });

  test('no progress within the deadline, with what was missing last', () => {
    const late: DeploymentStatus = {
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    };
    expect(judge([pod({ state: { running: {} } })], late)).toEqual({
      kind: 'never',
      because: expect.stringMatching(/No progress for 180 s; still waiting for pod orders-blue-1 to answer/) as string,
    });
  });

  test('one hopeless pod among ready ones is enough', () => {
    const ready = pod(undefined, [{ type: 'Ready', status: 'True' }]);
    const hopeless = pod({ state: { waiting: { reason: 'InvalidImageName' } } });
    expect(judge([ready, hopeless]).kind).toBe('never');
  });
});
