/** Pods as processes: what they see, how they fail, restart and end, and what the status says meanwhile. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerStatus, PodSpec } from 'kubernetes-types/core/v1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod } from '../../../../local/cluster/kinds.ts';
import type { LogOptions } from '../../../../local/cluster/pods/start-pods.ts';
import { ask, container, startTestCluster, until } from '../start-cluster.ts';
import type { TestCluster } from '../start-cluster.ts';

let it: TestCluster;
beforeAll(async () => {
  process.env.SECRET_OF_THE_HOST = 'not for pods';
  it = await startTestCluster();
  it.cluster.create('ConfigMap', {
    metadata: { name: 'settings', namespace: 'one' },
    data: { COLOUR: 'red', 'app.json': '{"a":1}' },
  });
  it.cluster.create('Secret', {
    metadata: { name: 'keys', namespace: 'one' },
    data: { token: Buffer.from('s3cret').toString('base64') },
  });
});
afterAll(async () => await it.stop());

function run(name: string, change: Partial<Container> = {}, spec: Partial<PodSpec> = {}): void {
  const metadata = { name, namespace: 'one', labels: { app: name }, annotations: { note: 'hello' } };
  it.cluster.create('Pod', {
    metadata,
    spec: { containers: [container(change)], terminationGracePeriodSeconds: 2, ...spec },
  });
}
const pod = (name: string): Pod | undefined => it.cluster.get('Pod', 'one', name);
const main = (name: string): ContainerStatus | undefined => pod(name)?.status?.containerStatuses?.[0];
const isReady = (name: string): boolean =>
  pod(name)?.status?.conditions?.some((own) => own.type === 'Ready' && own.status === 'True') === true;
const ready = async (name: string): Promise<boolean> => await until(`${name} ready`, () => isReady(name));
const get = async (name: string, path: string): Promise<string> => {
  const { host, port } = it.pods.target('one', name, 8080) ?? { host: '127.0.0.1', port: 1 };
  return (await ask(`${host}:${port}`, path)).text;
};
const log = async (name: string, options: LogOptions = {}): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of it.pods.log('one', name, undefined, options)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};
const events = (name: string): string[] =>
  it.cluster
    .list('Event', 'one')
    .filter((event) => (event.involvedObject as { name: string }).name === name)
    .map((event) => `${String(event.reason)}: ${String(event.message)}`);

describe.concurrent('a container sees', () => {
  test('variables from values, ConfigMaps, Secrets, itself and its image, and the port it must listen on', async () => {
    run('seeing', {
      envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'SET_' }],
      env: [
        { name: 'PORT', value: '8080' },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
        { name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'BOTH', value: '$(ME)-$(TOKEN)-$(NONE)-$$(ME)' },
        { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'no', key: 'no', optional: true } } },
      ],
    });
    await ready('seeing');
    const value = async (name: string): Promise<string> => await get('seeing', `/env?name=${name}`);
    expect(await value('SET_COLOUR')).toBe('red');
    expect(await value('BOTH')).toBe('seeing-s3cret-$(NONE)-$(ME)');
    expect(await value('LABEL')).toBe('seeing');
    expect(await value('FROM_IMAGE')).toBe('yes');
    expect(await value('ABSENT')).toBe('');
    expect(await value('HOSTNAME')).toBe('seeing');
    expect(Number(await value('PORT'))).toBe(it.pods.target('one', 'seeing', 8080)?.port);
    expect(await value('SECRET_OF_THE_HOST')).toBe('');
  });

  test('volumes at their mount paths, also when a variable names the path', async () => {
    const mounts = [
      { name: 'config', mountPath: '/etc/config' },
      { name: 'mixed', mountPath: '/etc/mixed' },
      { name: 'scratch', mountPath: '/data' },
    ];
    const sources = [
      { secret: { name: 'keys', items: [{ key: 'token', path: 'deep/token' }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    const volumes = [
      { name: 'config', configMap: { name: 'settings' } },
      { name: 'mixed', projected: { sources } },
      { name: 'scratch', emptyDir: {} },
    ];
    run('mounted', { volumeMounts: mounts, env: [{ name: 'FILE', value: '/etc/config/app.json' }] }, { volumes });
    await ready('mounted');
    const root = await get('mounted', '/env?name=CONTAINER_ROOT');
    expect(await get('mounted', `/file?path=${await get('mounted', '/env?name=FILE')}`)).toBe('{"a":1}');
    expect(readFileSync(`${root}/etc/mixed/deep/token`, 'utf8')).toBe('s3cret');
    expect(readFileSync(`${root}/etc/mixed/labels`, 'utf8')).toBe('app="mounted"');
    expect(existsSync(`${root}/data`)).toBe(true);
  });

  test('init containers ended before it starts', async () => {
    const init = {
      name: 'first',
      image: container().image ?? '',
      command: ['sh', '-c', 'echo prepared > /data/x'],
      volumeMounts: [{ name: 'shared', mountPath: '/data' }],
    };
    const command = ['sh', '-c', 'echo prepared > "$CONTAINER_ROOT/data/x"'];
    const volumes = [{ name: 'shared', emptyDir: {} }];
    run('ordered', { volumeMounts: init.volumeMounts }, { initContainers: [{ ...init, command }], volumes });
    await ready('ordered');
    const root = await get('ordered', '/env?name=CONTAINER_ROOT');
    expect(readFileSync(`${root}/data/x`, 'utf8')).toBe('prepared\n');
    expect(pod('ordered')?.status?.initContainerStatuses?.[0]?.state?.terminated?.reason).toBe('Completed');
  });
});

describe.concurrent('the status names what is wrong', () => {
  test.each([
    ['unpulled', { image: 'registry.example/none:1' }, 'ImagePullBackOff', 'registry.example/none:1'],
    [
      'unset',
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'no', key: 'k' } } }] },
      'CreateContainerConfigError',
      'configmap "no" not found',
    ],
    [
      'keyless',
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }] },
      'CreateContainerConfigError',
      "couldn't find key k in Secret one/keys",
    ],
    [
      'asroot',
      { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
      'CreateContainerConfigError',
      'image will run as root',
    ],
  ])('%s', async (name, change: Partial<Container>, reason, message) => {
    run(name, change);
    const waiting = await until(
      reason,
      () => main(name)?.state?.waiting?.reason === reason && main(name)?.state?.waiting,
    );
    expect(waiting.message).toContain(message);
    expect(pod(name)?.status?.phase).toBe('Pending');
    expect(events(name).some((line) => line.startsWith('Failed: ') && line.includes(message))).toBe(true);
    expect(() => it.pods.log('one', name, undefined, {})).toThrow(`is waiting to start: ${reason}`);
  });

  test('a volume whose ConfigMap comes later is mounted then', async () => {
    run('patient', {}, { volumes: [{ name: 'later', configMap: { name: 'later' } }] });
    await until('event', () => events('patient').find((line) => line.includes('configmap "later" not found')));
    it.cluster.create('ConfigMap', { metadata: { name: 'later', namespace: 'one' }, data: {} });
    expect(await ready('patient')).toBe(true);
  });

  test('a crash: restarted at once, then with growing pauses; exit code and both logs are kept', async () => {
    run('crashing', {
      terminationMessagePolicy: 'FallbackToLogsOnError',
      command: ['sh', '-c', 'echo run; echo broken >&2; exit 7'],
    });
    await until('back-off', () => main('crashing')?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(main('crashing')?.lastState?.terminated).toMatchObject({
      exitCode: 7,
      reason: 'Error',
      message: 'run\nbroken\n',
    });
    await until('restarts', () => (main('crashing')?.restartCount ?? 0) >= 2);
    expect(
      events('crashing').some((line) => line.startsWith('BackOff: Back-off restarting failed container=main')),
    ).toBe(true);
    expect(await log('crashing', { previous: true })).toBe('run\nbroken\n');
    expect(await log('crashing', { tail: 1 })).toBe('broken\n');
  });

  test('a command that does not exist', async () => {
    run('mistyped', { command: ['no-such-program'] });
    const terminated = await until('start error', () => main('mistyped')?.lastState?.terminated);
    expect(terminated).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(terminated.message).toContain('no-such-program');
  });

  test('an unready container after having been ready, and ready again', async () => {
    const httpGet = { path: '/health', port: 'http' };
    run('wavering', { readinessProbe: { httpGet, periodSeconds: 1, failureThreshold: 1 } });
    await ready('wavering');
    await get('wavering', '/ready?is=no');
    await until('unready', () => !isReady('wavering'));
    expect(
      events('wavering').some((line) =>
        line.includes('Readiness probe failed: HTTP probe failed with statuscode: 503'),
      ),
    ).toBe(true);
    await get('wavering', '/ready?is=yes');
    await ready('wavering');
    expect(main('wavering')?.restartCount).toBe(0);
  });
});

describe.concurrent('it is ended', () => {
  test('by its liveness probe, and started again', async () => {
    run('stuck', {
      livenessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
    });
    await ready('stuck');
    await get('stuck', '/ready?is=no');
    await until('restart', () => main('stuck')?.restartCount === 1);
    await ready('stuck');
    expect(events('stuck').some((line) => line.startsWith('Killing: Container main failed liveness probe'))).toBe(true);
    expect(await log('stuck', { previous: true })).toBe('started version 1\nending\n');
  });

  test('by a startup probe that never succeeds', async () => {
    run('slow', {
      env: [{ name: 'READY', value: 'no' }],
      startupProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
    });
    await until('restart', () => (main('slow')?.restartCount ?? 0) >= 1);
    expect(events('slow').some((line) => line.startsWith('Unhealthy: Startup probe failed'))).toBe(true);
    it.cluster.remove('Pod', 'one', 'slow');
  });

  test('with its preStop and SIGTERM, and its files go with it', async () => {
    run('leaving', { lifecycle: { preStop: { exec: { command: ['sleep', '0.3'] } } } });
    await ready('leaving');
    const follow = log('leaving', { follow: true });
    const root = await get('leaving', '/env?name=CONTAINER_ROOT');
    it.cluster.remove('Pod', 'one', 'leaving');
    await sleep(100);
    expect(await get('leaving', '/')).toBe('version 1');
    const began = Date.now();
    await until('gone', () => pod('leaving') === undefined);
    expect(Date.now() - began).toBeLessThan(1_500);
    expect(await follow).toBe('started version 1\nending\n');
    expect(existsSync(root)).toBe(false);
  });

  test('with SIGKILL when it ignores SIGTERM, children included', async () => {
    run('stubborn', {
      command: ['sh', '-c', 'sleep 60 & echo $!; trap "" TERM; exec node server.mjs'],
      env: [{ name: 'STUBBORN', value: '1' }],
    });
    await ready('stubborn');
    const child = Number((await log('stubborn')).split('\n')[0]);
    expect(existsSync(`/proc/${child}`) || process.platform !== 'linux').toBe(true);
    const began = Date.now();
    it.cluster.remove('Pod', 'one', 'stubborn');
    await until('gone', () => pod('stubborn') === undefined);
    expect(Date.now() - began).toBeGreaterThan(1_900);
    await until('child gone', () => !isAlive(child));
  });

  test('at once when it is deleted by force', async () => {
    run('forced', { env: [{ name: 'STUBBORN', value: '1' }] });
    await ready('forced');
    const id = Number(main('forced')?.containerID?.replace('process://', ''));
    const now = pod('forced');
    if (now) it.objects.finishRemoval(now);
    await until('process gone', () => !isAlive(id));
    expect(pod('forced')).toBeUndefined();
  });
});

test.concurrent('a pod that must not restart ends as Succeeded or Failed', async () => {
  const spec = { restartPolicy: 'Never' as const };
  run('good', { command: ['sh', '-c', 'echo done'] }, spec);
  run('bad', { command: ['sh', '-c', 'exit 3'] }, spec);
  await until('succeeded', () => pod('good')?.status?.phase === 'Succeeded');
  await until('failed', () => pod('bad')?.status?.phase === 'Failed');
  expect(await log('good')).toBe('done\n');
  expect(pod('bad')?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
});

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return process.platform !== 'linux' || !readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
}
