/**
 * An internal Gateway that pods reach, as a platform team would have one: the cluster's controller, a listener of its own, and a name
 * inside the cluster. Where the controller listens at this machine alone, its requests are passed on from the node's address. Separate
 * because only calls back into a branch need it.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Node } from 'kubernetes-types/core/v1.js';
import { readCluster } from '../../../tour/cluster.ts';
import { realCluster } from '../kubeconfig.ts';

const GATEWAY = 'internal';
const LISTENER = 'services';
const BY_HAND = 'kubectl';

export interface InternalGateway {
  /** As the settings name it. */
  readonly router: {
    readonly namespace: string;
    readonly name: string;
    readonly sectionName: string;
    readonly address: string;
  };
  /** Takes all of it away. */
  remove(): Promise<void>;
}

/** Makes it in a namespace of its own; `address` (`host:port`) is where the controller listens. */
export async function openInternalGateway(namespace: string, address: string): Promise<InternalGateway> {
  const cluster = realCluster();
  const [host = '', port = ''] = address.split(':');
  const node = await nodeAddress();
  const relay = await startRelay(node, { host, port: Number(port) });
  const inside = { namespace, name: GATEWAY };
  const labels = { 'kubernetes.io/service-name': GATEWAY };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: inside,
      spec: {
        gatewayClassName: await gatewayClass(),
        listeners: [
          { name: LISTENER, port: Number(port), protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
        ],
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: inside, spec: { ports: [{ name: 'http', port: 80 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...inside, labels },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: relay.port }],
      endpoints: [{ addresses: [node], conditions: { ready: true } }],
    },
  ];
  for (const object of objects) await cluster.apply(object, BY_HAND);
  return {
    router: { ...inside, sectionName: LISTENER, address: `${GATEWAY}.${namespace}.svc.cluster.local` },
    async remove() {
      await cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      await relay.stop();
    },
  };
}

/** The class of the Gateway that is there already. */
async function gatewayClass(): Promise<string> {
  const [gateway] = await realCluster().list({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' });
  const { gatewayClassName } = (gateway?.['spec'] ?? {}) as { readonly gatewayClassName?: string };
  if (gatewayClassName === undefined) throw new Error('The cluster has no Gateway whose class could be used.');
  return gatewayClassName;
}

/** The node's address in its own network. https://kubernetes.io/docs/reference/node/node-status/#addresses */
async function nodeAddress(): Promise<string> {
  const { text } = await readCluster(process.env['KUBECONFIG'] ?? '', '/api/v1/nodes');
  const { items } = JSON.parse(text) as { readonly items: readonly Node[] };
  const found = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP');
  if (found === undefined) throw new Error('The node says no InternalIP.');
  return found.address;
}

/** Passes connections on, from any free port of the address. */
async function startRelay(
  address: string,
  to: { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(to);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => open.delete(socket) && other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of open) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
