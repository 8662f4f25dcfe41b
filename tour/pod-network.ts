/**
 * Whether the pods of a real cluster reach each other at all, whoever they belong to, and what to do when they do not. Separate because
 * only a cluster whose network is broken makes the tour ask: Docker sets the policy of the chain FORWARD to DROP, and where a bridge's
 * packets pass that chain, everything between the pods of such a machine is dropped, while the node itself reaches them.
 * https://docs.docker.com/engine/network/packet-filtering-firewalls/#docker-on-a-router
 */
import { askCluster } from '../local/existing-cluster/ask.ts';
import { readKubeconfig, type Administrator } from '../local/existing-cluster/kubeconfig.ts';
import { until } from './deviation.ts';

/** What a person can do on the node; nobody changes a firewall for them. */
export async function openPodNetwork(kubeconfig: string): Promise<string> {
  const { text } = await askCluster(readKubeconfig(kubeconfig), 'GET', '/api/v1/nodes');
  const { items } = JSON.parse(text) as { items: readonly { readonly spec: { readonly podCIDR?: string } }[] };
  const range = items[0]?.spec.podCIDR ?? 'THE-PODS-ADDRESSES';
  return `if Docker runs on the node, let their packets pass: iptables -I DOCKER-USER -s ${range} -d ${range} -j ACCEPT`;
}

interface Pod {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly phase: string; readonly podIP?: string };
}

/** The namespace that every cluster has, and where none of our policies hold. */
const PODS = '/api/v1/namespaces/default/pods';
const START_SECONDS = 60;

const SERVER = "require('node:http').createServer((_, answer) => answer.end()).listen(8080)";
/** Ends well as soon as one of ten attempts is answered. */
const CLIENT = `(async () => {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await fetch(process.argv[1], { signal: AbortSignal.timeout(1000) }).then(() => process.exit(0), () => undefined);
  }
  process.exit(1);
})()`;

/** Runs two pods with the image of those at a path, which has Node.js, and lets one ask the other. */
export async function podsReachEachOther(kubeconfig: string, podsPath: string, name: string): Promise<boolean> {
  const administrator = readKubeconfig(kubeconfig);
  const { items } = JSON.parse((await askCluster(administrator, 'GET', podsPath)).text) as { items: readonly Pod[] };
  const image = items[0]?.spec.containers[0]?.image ?? '';
  const [server, client] = [`${name}-answers`, `${name}-asks`];
  try {
    await create(administrator, server, image, ['-e', SERVER]);
    const { podIP = '' } = await reaching(administrator, server, ['Running']);
    await create(administrator, client, image, ['-e', CLIENT, `http://${podIP}:8080/`]);
    return (await reaching(administrator, client, ['Succeeded', 'Failed'])).phase === 'Succeeded';
  } finally {
    for (const pod of [server, client]) await askCluster(administrator, 'DELETE', `${PODS}/${pod}`);
  }
}

async function create(
  administrator: Administrator,
  name: string,
  image: string,
  args: readonly string[],
): Promise<void> {
  const { status, text } = await askCluster(administrator, 'POST', PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: 'node', image, command: ['node'], args }],
    },
  });
  if (status !== 201) throw new Error(`Pod ${name} could not be made: ${text}`);
}

function reaching(administrator: Administrator, name: string, phases: readonly string[]): Promise<Pod['status']> {
  return until(`pod ${name} is ${phases.join(' or ')}`, START_SECONDS, async (saw) => {
    const { status } = JSON.parse((await askCluster(administrator, 'GET', `${PODS}/${name}`)).text) as Pod;
    saw(status);
    return phases.includes(status.phase) ? status : undefined;
  });
}
