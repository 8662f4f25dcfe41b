/**
 * From a Service to one address that answers: ready endpoints in turn, ExternalName followed. Separate because the gateway and the
 * service network choose alike.
 */
import type { Service } from '../kinds.ts';
import type { View } from '../view.ts';

/** Where a connection goes, or why it cannot (as an HTTP status and a sentence). */
export type Destination =
  | { readonly kind: 'address'; readonly host: string; readonly port: number }
  | { readonly kind: 'none'; readonly status: 502 | 503; readonly text: string };

/** The real address of a pod's port; undefined when the address is no pod's. */
export type PodAddress = (ip: string, port: number) => { host: string; port: number } | undefined;

/** The destination that is not there. */
export function none(status: 502 | 503, text: string): Destination {
  return { kind: 'none', status, text };
}

let turn = 0;

/** One ready endpoint of a Service's port; terminating ones get nothing new. */
export function serviceDestination(view: View, service: Service, port: number, podAddress: PodAddress): Destination {
  const { namespace = '', name } = service.metadata;
  const servicePort = service.spec.ports?.find((own) => own.port === port);
  const ports = (service.spec.ports ?? []).map((own) => own.port).join(', ');
  if (!servicePort) return none(502, `Service ${namespace}/${name} has no port ${port}; it has ${ports || 'none'}.`);
  const ready = view.list('EndpointSlice', namespace).flatMap((slice) => {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) return [];
    const target = slice.ports?.find((own) => (own.name ?? '') === (servicePort.name ?? ''))?.port;
    if (target === undefined) return [];
    const able = (slice.endpoints ?? []).filter(
      ({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true,
    );
    return able.flatMap(({ addresses }) => addresses.map((ip) => ({ ip, port: target })));
  });
  turn += 1;
  const chosen = ready[turn % Math.max(1, ready.length)];
  if (!chosen) return none(503, `Service ${namespace}/${name} has no ready endpoint.`);
  return addressOf(chosen.ip, chosen.port, podAddress);
}

/** A pod's address as a destination; other addresses are taken as they are. */
export function addressOf(ip: string, port: number, podAddress: PodAddress): Destination {
  const known = podAddress(ip, port);
  if (known) return { kind: 'address', ...known };
  if (ip.startsWith('10.244.')) return none(502, `No container listens on ${ip}:${port}.`);
  return { kind: 'address', host: ip, port };
}
