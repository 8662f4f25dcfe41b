/**
 * What a host name means to the pod that says it: Services by short and long names, the search domains, itself, an address, or the
 * world outside. Separate because these are DNS's rules, not HTTP's
 * (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
 */
import type { Pod, Service } from '../kinds.ts';
import { addressOf, none, serviceDestination } from './destination.ts';
import type { Destination, PodAddress } from './destination.ts';
import type { View } from '../view.ts';

/** The names that are tried, in order: with fewer than five dots the search domains come first. */
export function searchedNames(host: string, namespace: string, searches: readonly string[] = []): string[] {
  const domains = [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local', ...searches];
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const longer = domains.map((domain) => `${host}.${domain}`);
  return host.split('.').length > 5 ? [host, ...longer] : [...longer, host];
}

/** Where a host and port lead for a calling pod; nobody in particular calls from namespace `default`. */
export function resolve(
  view: View,
  podAddress: PodAddress,
  caller: Pod | undefined,
  host: string,
  port: number,
  hops = 0,
): Destination {
  if (hops > 8) return none(502, `${host} leads from one ExternalName to the next without end.`);
  if (host === 'localhost' || host.startsWith('127.')) {
    const own = caller?.status?.podIP && podAddress(caller.status.podIP, port);
    return { kind: 'address', ...(own || { host: '127.0.0.1', port }) };
  }
  const byAddress = view.list('Service').find((service) => service.spec.clusterIP === host);
  if (byAddress) return serviceDestination(view, byAddress, port, podAddress);
  if (/^[\d.]+$/.test(host)) return addressOf(host, port, podAddress);
  const namespace = caller?.metadata.namespace ?? 'default';
  const names = searchedNames(host.toLowerCase(), namespace, caller?.spec.dnsConfig?.searches);
  const service = names.map((name) => serviceNamed(view, name)).find((found) => found !== undefined);
  if (service?.spec.type === 'ExternalName')
    return resolve(view, podAddress, caller, `${service.spec.externalName}.`, port, hops + 1);
  if (service) return serviceDestination(view, service, port, podAddress);
  const plain = host.replace(/\.$/, '');
  if (plain.includes('.') && !/\.(svc|local)$/.test(plain)) return { kind: 'address', host: plain, port };
  return none(502, `No Service is called ${plain} for pods in namespace ${namespace}; looked for ${names.join(', ')}.`);
}

function serviceNamed(view: View, name: string): Service | undefined {
  const [, service, namespace] = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(name) ?? [];
  return service === undefined ? undefined : view.get('Service', namespace, service);
}
