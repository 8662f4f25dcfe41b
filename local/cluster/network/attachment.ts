/**
 * Which listeners of a Gateway serve a route, and why not: the Gateway API's rules on parents, sections, namespaces and host names
 * (https://gateway-api.sigs.k8s.io/reference/spec/#httproute). Pure, and separate, because status and traffic must agree on it.
 */
import type { BackendReference, Cluster, Gateway, HttpRoute, Listener, ParentReference } from '../kinds.ts';
import { selects } from '../kinds.ts';

/** The controllers whose Gateways are served here. */
export const gatewayControllers: readonly string[] = ['traefik.io/gateway-controller'];

/** What of a route's rules is not done here; such a route is refused, not half-served. */
const knownFilters = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'URLRewrite', 'RequestRedirect'];

/** The listeners that serve a route, each with the host names that both sides have; or the reason why none does. */
export type Attachment =
  | { readonly kind: 'attached'; readonly hosts: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string };

/** Whether a reference points to a Gateway (and not to a Service, as in meshes). */
export function isGatewayReference(reference: ParentReference): boolean {
  return (reference.kind ?? 'Gateway') === 'Gateway' && (reference.group ?? 'gateway.networking.k8s.io') !== '';
}

/** The Gateway of a reference, if its class is served here. */
export function servedGateway(
  cluster: Pick<Cluster, 'get'>,
  route: HttpRoute,
  to: ParentReference,
): Gateway | undefined {
  if (!isGatewayReference(to)) return undefined;
  const gateway = cluster.get('Gateway', to.namespace ?? route.metadata.namespace, to.name);
  return gateway && isServed(cluster, gateway) ? gateway : undefined;
}

/** Whether a Gateway's class is served here. */
export function isServed(cluster: Pick<Cluster, 'get'>, gateway: Gateway): boolean {
  const gatewayClass = cluster.get('GatewayClass', undefined, gateway.spec.gatewayClassName);
  return gatewayControllers.includes(gatewayClass?.spec.controllerName ?? '');
}

/** Whether and under which host names a Gateway serves a route. */
export function attach(
  cluster: Pick<Cluster, 'get'>,
  route: HttpRoute,
  to: ParentReference,
  gateway: Gateway,
): Attachment {
  const refused = (reason: string, message: string): Attachment => ({ kind: 'refused', reason, message });
  const filters = (route.spec.rules ?? []).flatMap((rule) => [
    ...(rule.filters ?? []),
    ...(rule.backendRefs ?? []).flatMap((backend) => backend.filters ?? []),
  ]);
  const unknown = filters.find((filter) => !knownFilters.includes(filter.type));
  if (unknown)
    return refused('UnsupportedValue', `filter ${unknown.type} is not done here; use ${knownFilters.join(', ')}`);
  const named = gateway.spec.listeners.filter(
    (own) => (to.sectionName ?? own.name) === own.name && (to.port ?? own.port) === own.port,
  );
  const section = to.sectionName ? ` with the section "${to.sectionName}"` : '';
  if (named.length === 0) return refused('NoMatchingParent', `Gateway "${to.name}" has no listener${section}`);
  const allowed = named.filter((listener) => allows(cluster, gateway, listener, route));
  if (allowed.length === 0)
    return refused('NotAllowedByListeners', `no listener allows routes from namespace "${route.metadata.namespace}"`);
  const hosts = allowed.flatMap((listener) => commonHosts(listener.hostname, route.spec.hostnames ?? []));
  const wanted = (route.spec.hostnames ?? []).join(', ');
  if (hosts.length === 0) return refused('NoMatchingListenerHostname', `no listener serves ${wanted}`);
  return { kind: 'attached', hosts: [...new Set(hosts)] };
}

function allows(cluster: Pick<Cluster, 'get'>, gateway: Gateway, listener: Listener, route: HttpRoute): boolean {
  const { namespaces, kinds } = listener.allowedRoutes ?? {};
  if (kinds?.length && !kinds.some(({ kind }) => kind === 'HTTPRoute')) return false;
  if (namespaces?.from === 'All') return true;
  if (namespaces?.from !== 'Selector') return route.metadata.namespace === gateway.metadata.namespace;
  const namespace = cluster.get('Namespace', undefined, route.metadata.namespace ?? '');
  return namespace !== undefined && selects(namespaces.selector, namespace.metadata.labels);
}

/** The more specific of both sides, for every pair that overlaps; `*` stands for any host. */
function commonHosts(listener: string | undefined, route: readonly string[]): string[] {
  if (listener === undefined) return route.length > 0 ? [...route] : ['*'];
  if (route.length === 0) return [listener];
  return route.flatMap((host) => (covers(listener, host) ? [host] : covers(host, listener) ? [listener] : []));
}

/** Whether a host name, possibly `*.example.org`, covers another. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return (
    pattern.startsWith('*.') && host.replace(/^\*/, '').endsWith(pattern.slice(1)) && host.length > pattern.length - 1
  );
}

/** Why a backend cannot be used, if so: its kind, its absence, or a namespace that has not granted it. */
export function backendProblem(
  cluster: Pick<Cluster, 'get' | 'list'>,
  route: HttpRoute,
  backend: BackendReference,
): { reason: string; message: string } | undefined {
  const from = route.metadata.namespace ?? '';
  const namespace = backend.namespace ?? from;
  if ((backend.kind ?? 'Service') !== 'Service' || (backend.group ?? '') !== '')
    return { reason: 'InvalidKind', message: `backend ${backend.kind} "${backend.name}": only Services are served` };
  const granted = cluster.list('ReferenceGrant', namespace).some(({ spec }) => {
    const mayCome = spec.from.some((source) => source.kind === 'HTTPRoute' && source.namespace === from);
    return mayCome && spec.to.some((to) => to.kind === 'Service' && (to.name ?? backend.name) === backend.name);
  });
  if (namespace !== from && !granted)
    return {
      reason: 'RefNotPermitted',
      message: `namespace "${namespace}" has no ReferenceGrant for "${backend.name}"`,
    };
  const service = cluster.get('Service', namespace, backend.name);
  if (!service) return { reason: 'BackendNotFound', message: `Service "${namespace}/${backend.name}" not found` };
  if (service.spec.ports?.some(({ port }) => port === backend.port)) return undefined;
  return { reason: 'BackendNotFound', message: `Service "${namespace}/${backend.name}" has no port ${backend.port}` };
}
