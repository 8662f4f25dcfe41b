/**
 * Where a function in the cluster's network asks a route. Separate because it depends on who may reach the way in: a public load
 * balancer cannot be reached from here, and one with sign-in answers everybody with a redirect.
 */
import { GATEWAY_PORTS } from '../../contracts/foundation.ts';
import { GATEWAY, gatewayNamespace } from '../../contracts/kubernetes.ts';
import { TransientError } from '../../domain/errors.ts';
import { reach, type Reach } from '../../domain/way-in/reach.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { RolloutPorts } from './ports.ts';
import type { ServiceRoute } from './service-route.ts';

/** How to ask, and whether only a function outside the network can. */
export interface Entrance extends Reach {
  readonly outside: boolean;
}

/** The entrance of a route. */
export async function entrance(ports: RolloutPorts, route: ServiceRoute): Promise<Entrance> {
  const told = reach(route.host, route.wayIn, ports.addresses);
  const managed = route.wayIn.gateway === undefined && route.wayIn.address === undefined;
  if (route.wayIn.access === 'oidc' && managed) {
    return { shown: told.shown, url: `http://${route.host}`, connectTo: await gatewayPod(ports), outside: false };
  }
  if (route.wayIn.access === 'public' && route.wayIn.address === undefined) return { ...told, outside: true };
  if (told.connectTo !== undefined || route.wayIn.domain !== undefined || managed) return { ...told, outside: false };
  const address = await addressOfExisting(ports, route);
  return { ...reach(route.host, { ...route.wayIn, address }, ports.addresses), outside: false };
}

/** A pod of the managed gateway, behind the load balancer that signs people in. */
async function gatewayPod({ cluster, installation }: RolloutPorts): Promise<string> {
  const namespace = gatewayNamespace(installation.installation);
  const slices = await cluster.list(
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace },
    { 'kubernetes.io/service-name': GATEWAY.name },
  );
  const endpoints = slices.flatMap(
    (slice) => (slice['endpoints'] ?? []) as { addresses: string[]; conditions?: { ready?: boolean } }[],
  );
  const address = endpoints.find(({ conditions }) => conditions?.ready !== false)?.addresses[0];
  if (address === undefined) {
    throw new TransientError(`No pod of the gateway in namespace ${namespace} is ready; nothing can be reached.`);
  }
  return `${address}:${String(GATEWAY_PORTS.oidc)}`;
}

/** The first address that a Gateway says it has; a TransientError while it says none. */
export async function gatewayAddress(
  cluster: Cluster,
  { namespace, name }: Pick<ServiceRoute['parent'], 'namespace' | 'name'>,
): Promise<string> {
  const gateway = await cluster.get({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', namespace, name });
  const { addresses = [] } = (gateway?.['status'] ?? {}) as { addresses?: readonly { value: string }[] };
  const [first] = addresses;
  if (first === undefined) throw new TransientError(`Gateway ${namespace}/${name} has no address yet.`);
  return first.value;
}

/** The address that an existing Gateway says it has. */
async function addressOfExisting({ cluster }: RolloutPorts, { parent }: ServiceRoute): Promise<string> {
  const { namespace, name } = parent;
  const gateway = await cluster.get({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', namespace, name });
  const { addresses = [] } = (gateway?.['status'] ?? {}) as { addresses?: readonly { value: string }[] };
  const { listeners = [] } = (gateway?.['spec'] ?? {}) as { listeners?: readonly { port: number; protocol: string }[] };
  const listener = listeners.find(({ protocol }) => protocol === 'HTTP');
  const [first] = addresses;
  if (first === undefined || listener === undefined) {
    throw new TransientError(
      `Gateway ${namespace}/${name} does not say where it is reached. Give its address in the settings (wayIn.address).`,
    );
  }
  return `${first.value}:${String(listener.port)}`;
}
