/**
 * A router for the tour in a real cluster, as a platform team would name one in its settings: a second Gateway of the cluster's own
 * controller, and an address at which pods reach it. Separate because the laptop has one of its own, and because all of it goes again.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer, type AddressInfo } from 'node:net';
import { askCluster } from '../local/existing-cluster/ask.ts';
import { findGateway } from '../local/existing-cluster/find-gateway.ts';
import { readKubeconfig, type Administrator } from '../local/existing-cluster/kubeconfig.ts';
import { Deviation, until } from './deviation.ts';

/** What the settings say about it, and how it goes. */
export interface TourRouter {
  /** The Gateway by which services are reached, as the laptop is told: by now it is not the only one. */
  readonly gateway: string;
  readonly settings: {
    readonly namespace: string;
    readonly name: string;
    readonly sectionName: string;
    readonly address: string;
  };
  close(): Promise<void>;
}

const GATEWAYS = '/apis/gateway.networking.k8s.io/v1';
const LISTENER = 'services';
const GONE_SECONDS = 60;

interface Gateway {
  readonly spec: {
    readonly gatewayClassName: string;
    readonly listeners: readonly { readonly protocol: string; readonly port: number }[];
  };
}

/** Makes it beside the Gateway by which services are reached. `installation` names what is made, so that it meets nobody else's. */
export async function openRouter(
  kubeconfig: string,
  asked: string | undefined,
  installation: string,
): Promise<TourRouter> {
  const cluster = readKubeconfig(kubeconfig);
  const found = await findGateway(cluster, asked);
  const path = `${GATEWAYS}/namespaces/${found.namespace}/gateways/${found.name}`;
  const { spec } = JSON.parse((await askCluster(cluster, 'GET', path)).text) as Gateway;
  const port = spec.listeners.find(({ protocol }) => protocol === 'HTTP')?.port ?? 80;
  const inside = await serviceIn(cluster, found.namespace);
  const way =
    inside === undefined
      ? await wayThroughThisMachine(cluster, found.address, installation)
      : { namespace: found.namespace, address: inside, close: () => Promise.resolve() };
  const gateways = `${GATEWAYS}/namespaces/${way.namespace}/gateways`;
  const close = async (): Promise<void> => {
    await askCluster(cluster, 'DELETE', `${gateways}/${installation}`);
    await way.close();
  };
  await make(cluster, gateways, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: installation, namespace: way.namespace },
    spec: {
      gatewayClassName: spec.gatewayClassName,
      listeners: [{ name: LISTENER, port, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    gateway: `${found.namespace}/${found.name}@${found.address}`,
    settings: { namespace: way.namespace, name: installation, sectionName: LISTENER, address: way.address },
    close,
  };
}

/** Name of the Service by which pods reach a gateway that runs in the cluster; undefined when none there takes requests. */
async function serviceIn(cluster: Administrator, namespace: string): Promise<string | undefined> {
  const { text } = await askCluster(cluster, 'GET', `/api/v1/namespaces/${namespace}/services`);
  const { items } = JSON.parse(text) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly ports?: readonly { readonly port: number }[] };
    }[];
  };
  const service = items.find(({ spec }) => spec.ports?.some(({ port }) => port === 80));
  return service && `${service.metadata.name}.${namespace}.svc.cluster.local`;
}

/** Where the gateway is a process of this machine, pods reach it by a Service that leads here, and from here to it. */
async function wayThroughThisMachine(cluster: Administrator, gateway: string, installation: string) {
  const namespace = `${installation}-way`;
  const [host = '', port = ''] = gateway.split(':');
  const own = await ownAddress(await nodeAddress(cluster));
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), host);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, own, resolve));
  server.unref();
  const metadata = { name: 'internal', namespace };
  await make(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await make(cluster, `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });
  await make(cluster, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: (server.address() as AddressInfo).port }],
    endpoints: [{ addresses: [own], conditions: { ready: true } }],
  });
  return {
    namespace,
    address: `${metadata.name}.${namespace}.svc.cluster.local`,
    async close() {
      server.close();
      const path = `/api/v1/namespaces/${namespace}`;
      await askCluster(cluster, 'DELETE', path);
      await until(`namespace ${namespace} is gone`, GONE_SECONDS, async (saw) => {
        const { status } = await askCluster(cluster, 'GET', path);
        saw(status);
        return status === 404 ? true : undefined;
      });
    },
  };
}

async function nodeAddress(cluster: Administrator): Promise<string> {
  const { items } = JSON.parse((await askCluster(cluster, 'GET', '/api/v1/nodes')).text) as {
    readonly items: readonly {
      readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
    }[];
  };
  const address = items[0]?.status.addresses.find(({ type }) => type === 'InternalIP')?.address;
  if (address === undefined) throw new Deviation('a node with an address', items);
  return address;
}

/** The address of this machine on the way to another one. Nothing is sent. */
async function ownAddress(towards: string): Promise<string> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.connect(9, towards, resolve));
  const { address } = socket.address();
  socket.close();
  return address;
}

async function make(cluster: Administrator, path: string, object: object): Promise<void> {
  const { status, text } = await askCluster(cluster, 'POST', path, object);
  if (status !== 201) throw new Deviation(`an object at ${path}`, text);
}
