/**
 * What the router adds to a call between services: requests through a gateway of the product and configuration that routes, against the
 * same requests sent to the pod itself, in turns, on kept connections. Separate from everything that delivers: nothing changes here.
 */
import { Agent, request } from 'node:http';
import { readCluster } from '../../tour/cluster.ts';
import { namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { memberOf } from '../../lambdas/domain/borrowing/baggage.ts';
import { median, type Figure } from '../figures.ts';
import { REPOSITORY, type ClusterStage } from './cluster-stage.ts';

const REQUESTS = 1_000;
const WARM_UP = 100;
const ENVIRONMENT = 'integration';

interface PodList {
  readonly items: readonly {
    readonly status: { readonly podIP?: string; readonly phase?: string };
    readonly spec: {
      readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
    };
  }[];
}

/** Milliseconds of a call, directly and by the gateway. */
export async function measureRouter({ laptop, world }: ClusterStage): Promise<readonly Figure[]> {
  const { kubeconfig, gateway } = laptop.endpoints;
  const path = `/api/v1/namespaces/${namespaceOf(laptop.installation, ENVIRONMENT)}/pods`;
  const pod = (JSON.parse((await readCluster(kubeconfig, path)).text) as PodList).items.find(
    ({ status }) => status.phase === 'Running',
  );
  const link = (await world.records.load(ENVIRONMENT))?.services[REPOSITORY]?.applied?.url;
  const port = pod?.spec.containers[0]?.ports?.[0]?.containerPort;
  if (pod?.status.podIP === undefined || port === undefined || link === undefined) {
    throw new Error(`${REPOSITORY} does not run in ${ENVIRONMENT}: no pod with an address, or no link.`);
  }
  const headers = { host: new URL(link).host, baggage: memberOf('feature-nobody') };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const [host = '', gatewayPort = '80'] = gateway.split(':');
  const ways = {
    direct: () => call(agent, { host: pod.status.podIP ?? '', port, headers }),
    routed: () => call(agent, { host, port: Number(gatewayPort), headers }),
  };
  const took: Record<keyof typeof ways, number[]> = { direct: [], routed: [] };
  for (let count = 0; count < WARM_UP + REQUESTS; count += 1) {
    for (const way of ['direct', 'routed'] as const) {
      const milliseconds = await ways[way]();
      if (count >= WARM_UP) took[way].push(milliseconds);
    }
  }
  agent.destroy();
  const [direct, routed] = [median(took.direct), median(took.routed)];
  return [
    {
      what: 'added by the router to a call between services, hundredths of a millisecond',
      measured: (routed - direct) * 100,
      unit: '',
      note: `median of ${String(REQUESTS)}: ${routed.toFixed(2)} ms against ${direct.toFixed(2)} ms directly; 99 %: ${late(took.routed).toFixed(2)} ms against ${late(took.direct).toFixed(2)} ms`,
    },
  ];
}

const late = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length * 0.99)] ?? Number.NaN;

function call(
  agent: Agent,
  to: { readonly host: string; readonly port: number; readonly headers: Readonly<Record<string, string>> },
): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ ...to, path: '/health', agent }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`${to.host}:${String(to.port)} answered ${String(response.statusCode)}.`));
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
