/** What is left when the cluster's own process is killed or stopped, and how it goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, createGateway, createRoute, readyPods, startTestCluster, until } from '../start-cluster.ts';

const isAlive = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

test('leaves no process behind after kill -9, runs the same pods again, and still has the logs of finished ones', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'killed-'));
  const program = join(import.meta.dirname, 'cluster-to-kill.ts');
  const killed = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(killed.stdout, 'data')) as [Buffer];
  const ids = line.toString().trim().split(' ').map(Number);
  expect(ids).toHaveLength(2);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(ids.every(isAlive)).toBe(true);

  const it = await startTestCluster({ directory });
  expect(it.logged).toContain('pods: ended 2 processes that an earlier run left behind');
  await until('old processes gone', () => !ids.some(isAlive));
  const again = await until('restarted', () => {
    const pods = it.cluster.list('Pod', 'one').filter((pod) => pod.metadata.name !== 'finished');
    return pods.every((pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1) && pods;
  });
  await readyPods(it, 'survivor', 2);
  expect(again.map((pod) => pod.status?.containerStatuses?.[0]?.lastState?.terminated?.reason)).toEqual([
    'Unknown',
    'Unknown',
  ]);
  expect((await it.pods.log('one', 'finished', undefined, {}).toArray()).join('')).toBe('done\n');
  createGateway(it);
  createRoute(it, 'survivor', {
    hostnames: ['survivor.example'],
    rules: [{ backendRefs: [{ name: 'survivor', port: 80 }] }],
  });
  await until('attached', () => it.cluster.get('HTTPRoute', 'one', 'survivor')?.status);
  expect((await ask(it.network.gatewayAddress, '/', { host: 'survivor.example' })).status).toBe(200);

  const running = (await readyPods(it, 'survivor', 2)).map((pod) =>
    Number(pod.status?.containerStatuses?.[0]?.containerID?.replace('process://', '')),
  );
  await it.stop(true);
  expect(running.some(isAlive)).toBe(false);
  const third = await startTestCluster({ directory });
  await readyPods(third, 'survivor', 2);
  expect(third.logged).toEqual([]);
  await third.stop();
  await rm(directory, { recursive: true, force: true });
});
