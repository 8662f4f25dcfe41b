/**
 * The components of a cluster that can be away: where each of them listens, as the cluster itself says, and whether it does its work.
 * Separate because faults name a component and nothing else of the machine.
 */
import { Resolver } from 'node:dns/promises';
import type { Node } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { readKubeconfig } from '../../local/existing-cluster/kubeconfig.ts';
import { readCluster } from '../../tour/cluster.ts';
import { until } from '../../tour/deviation.ts';
import { listenerOf, type Address } from './listeners.ts';

export type ComponentName = 'API server' | 'kubelet' | 'gateway' | 'DNS' | 'registry';

export interface Component {
  readonly name: ComponentName;
  /** Its process. */
  pid(): number;
  /** Resolves when it works. */
  works(): Promise<void>;
}

/** Where the cluster is, as the laptop is told. */
export interface FaultPlace {
  readonly cluster: string;
  readonly registry: string;
  /** `host:port` of the way in. */
  readonly gateway: string;
}

const BACK_SECONDS = 60;
const DNS_SLICES =
  '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?labelSelector=kubernetes.io/service-name%3Dkube-dns';

/** Looks where they are, and waits until all of them work. */
export async function findComponents(place: FaultPlace): Promise<Readonly<Record<ComponentName, Component>>> {
  const { cluster, registry, gateway } = place;
  const api = new URL(readKubeconfig(cluster).endpoint);
  await works('API server', () => answers(cluster, '/readyz'));
  const [node] = (await list(cluster, '/api/v1/nodes')).items as readonly Node[];
  const [dns] = (await list(cluster, DNS_SLICES)).items as readonly EndpointSlice[];
  const nodeName = node?.metadata?.name ?? '';
  const kubelet = {
    host: node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    port: node?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0,
  };
  const resolver = { host: dns?.endpoints[0]?.addresses[0] ?? '', port: dns?.ports?.[0]?.port ?? 0 };
  const component = (name: ComponentName, address: Address, check: () => Promise<boolean>): Component => ({
    name,
    pid: () => listenerOf(address),
    works: () => works(name, check),
  });
  const components = {
    'API server': component('API server', { host: api.hostname, port: Number(api.port) }, () =>
      answers(cluster, '/readyz'),
    ),
    kubelet: component('kubelet', kubelet, () => answers(cluster, `/api/v1/nodes/${nodeName}/proxy/healthz`)),
    gateway: component('gateway', addressOf(gateway), () => reached(`http://${gateway}/`)),
    DNS: component('DNS', resolver, () => resolves(resolver)),
    registry: component('registry', addressOf(registry), () => reached(`http://${registry}/v2/`)),
  };
  for (const each of Object.values(components)) await each.works();
  return components;
}

async function list(kubeconfig: string, path: string): Promise<{ readonly items: readonly object[] }> {
  return JSON.parse((await readCluster(kubeconfig, path)).text) as { readonly items: readonly object[] };
}

function works(name: ComponentName, check: () => Promise<boolean>): Promise<void> {
  return until(`the ${name} works`, BACK_SECONDS, async () =>
    (await check().catch(() => false)) ? true : undefined,
  ).then(() => undefined);
}

async function answers(kubeconfig: string, path: string): Promise<boolean> {
  return (await readCluster(kubeconfig, path)).status === 200;
}

/** Any answer: a gateway without a route for this name says 404. */
async function reached(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status < 500;
}

async function resolves({ host, port }: Address): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`${host}:${String(port)}`]);
  return (await resolver.resolve4('kubernetes.default.svc.cluster.local')).length > 0;
}

function addressOf(hostAndPort: string): Address {
  const [host = '', port = '80'] = hostAndPort.split(':');
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) };
}
