/** A cluster in a process of its own, to be killed by a test: `node cluster-to-kill.ts DIRECTORY` runs one Deployment and says when it is ready. */
import { deploy, image, readyPods, startTestCluster, until } from '../start-cluster.ts';

const it = await startTestCluster({ directory: process.argv[2] ?? '' });
const once = { name: 'main', image, command: ['sh', '-c', 'echo done'] };
it.cluster.create('Pod', {
  metadata: { name: 'finished', namespace: 'one' },
  spec: { restartPolicy: 'Never', containers: [once] },
});
await until('finished', () => it.cluster.get('Pod', 'one', 'finished')?.status?.phase === 'Succeeded');
deploy(it, 'survivor', {}, { replicas: 2 });
const pods = await readyPods(it, 'survivor', 2);
console.log(pods.map((pod) => pod.status?.containerStatuses?.[0]?.containerID?.replace('process://', '')).join(' '));
