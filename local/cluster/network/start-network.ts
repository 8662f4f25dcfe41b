/**
 * The cluster's traffic: the gateway on its port and the service network on one of its own. Separate because it only composes.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Objects } from '../objects.ts';
import type { PodAddress } from './destination.ts';
import { createGateway } from './gateway.ts';
import { createServiceNetwork } from './service-network.ts';
import { viewOf } from '../view.ts';

/** What serves the cluster's traffic. */
export interface Network {
  /** `127.0.0.1:PORT`, where HTTPRoutes answer. */
  readonly gatewayAddress: string;
  /** `127.0.0.1:PORT` of the HTTP proxy that knows Services by name; pods use it with their uid as user name. */
  readonly proxyAddress: string;
  stop(): Promise<void>;
}

/** How the network is started. */
export interface NetworkOptions {
  /** 0 takes any free port. */
  readonly gatewayPort: number;
  /** The real address behind a pod's address and port. */
  readonly podAddress: PodAddress;
  /** How late the gateway takes routes and endpoints on: 0 here; a real one up to 2 s. */
  readonly routeDelayMs?: number;
}

/** Starts both; they follow the objects until they are stopped. */
export async function startNetwork(objects: Objects, options: NetworkOptions): Promise<Network> {
  const { gatewayPort, podAddress, routeDelayMs = 0 } = options;
  const routing = [
    'Service',
    'EndpointSlice',
    'ReferenceGrant',
    'GatewayClass',
    'Gateway',
    'HTTPRoute',
    'Namespace',
  ] as const;
  const late = viewOf(objects, routing, { delayMs: routeDelayMs });
  const prompt = viewOf(objects, ['Service', 'EndpointSlice', 'Pod']);
  const gateway = createGateway(late, podAddress);
  const services = createServiceNetwork(prompt, podAddress);
  const gatewayAddress = await listen(gateway, gatewayPort);
  const proxyAddress = await listen(services, 0);
  return {
    gatewayAddress,
    proxyAddress,
    async stop() {
      late.stop();
      prompt.stop();
      await Promise.all([gateway, services].map(close));
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  if (server.listening) await once(server, 'close');
}
