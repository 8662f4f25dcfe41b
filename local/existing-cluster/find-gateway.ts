/**
 * Which Gateway of an existing cluster services are reached by, and where. Separate because a person may say it, the cluster may
 * say it, and a cluster on this machine often says only half of it.
 */
import { connect } from 'node:net';
import { askCluster } from './ask.ts';
import type { Administrator } from './kubeconfig.ts';

/** A Gateway and its address. */
export interface FoundGateway {
  readonly namespace: string;
  readonly name: string;
  /** `host:port` */
  readonly address: string;
}

interface Gateway {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly listeners: readonly { readonly port: number; readonly protocol: string }[] };
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

const form = '--gateway NAMESPACE/NAME@HOST:PORT';

/** The Gateway that was asked for (`NAMESPACE/NAME`, with `@HOST:PORT` or without), else the only one that there is. */
export async function findGateway(administrator: Administrator, asked: string | undefined): Promise<FoundGateway> {
  const [, namespace, name, address] = /^([^/@]+)\/([^/@]+)(?:@(\S+))?$/.exec(asked ?? '') ?? [];
  if (asked !== undefined && name === undefined)
    throw new Error(`--gateway says "${asked}"; it is written ${form}, for example kube-system/public@127.0.0.1:8000.`);
  const gateways = await gatewaysOf(administrator);
  const known = gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ') || 'none';
  const fitting =
    name === undefined
      ? gateways
      : gateways.filter(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  const [gateway] = fitting;
  if (name !== undefined && gateway === undefined)
    throw new Error(`The cluster has no Gateway ${namespace}/${name}; it has: ${known}.`);
  if (gateway === undefined || fitting.length > 1)
    throw new Error(
      gateway === undefined
        ? 'The cluster has no Gateway by which its services are reached. Install one (local/README.md shows how with kind).'
        : `The cluster has several Gateways: ${known}. Say which: ${form}`,
    );
  return { ...gateway.metadata, address: address ?? (await addressOf(administrator, gateway)) };
}

async function gatewaysOf(administrator: Administrator): Promise<readonly Gateway[]> {
  const { status, text } = await askCluster(administrator, 'GET', '/apis/gateway.networking.k8s.io/v1/gateways');
  if (status === 404) return [];
  if (status !== 200) throw new Error(`The cluster does not show its Gateways (status ${status}): ${text}`);
  return (JSON.parse(text) as { items: Gateway[] }).items.map(({ metadata: { namespace, name }, ...rest }) => ({
    ...rest,
    metadata: { namespace, name },
  }));
}

/** What the Gateway's status says; for a cluster on this machine, this machine at the listener's port when somebody is there. */
async function addressOf(administrator: Administrator, { metadata, spec, status }: Gateway): Promise<string> {
  const name = `${metadata.namespace}/${metadata.name}`;
  const listener = spec.listeners.find(({ protocol }) => protocol === 'HTTP');
  if (listener === undefined)
    throw new Error(
      `Gateway ${name} has no listener of protocol HTTP. Say where services are reached: --gateway ${name}@HOST:PORT`,
    );
  const [first] = status?.addresses ?? [];
  if (first !== undefined) return `${first.value}:${listener.port}`;
  const { hostname } = new URL(administrator.endpoint);
  const here = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (here && (await answers('127.0.0.1', listener.port))) return `127.0.0.1:${listener.port}`;
  throw new Error(`Gateway ${name} does not say where it is reached. Say it: --gateway ${name}@HOST:PORT`);
}

/** Whether somebody accepts connections there. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
