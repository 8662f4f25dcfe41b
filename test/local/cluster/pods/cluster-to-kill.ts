/** A cluster in a process of its own, to be killed by a test: `node cluster-to-kill.ts DIRECTORY` runs one Deployment and says when it is ready. */
import { deploy, readyPods, startTestCluster } from '../start-cluster.ts';

const it = await startTestCluster({ directory: process.argv[2] ?? '' });
deploy(it, 'survivor', {}, { replicas: 2 });
const pods = await readyPods(it, 'survivor', 2);
console.log(pods.map((pod) => pod.status?.containerStatuses?.[0]?.containerID?.replace('process://', '')).join(' '));
