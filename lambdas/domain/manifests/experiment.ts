/**
 * What an experiment applies over a service's objects, by a field manager of its own: so everybody sees whose it is, and the next apply of
 * the owner undoes it. Separate because nothing that delivers ever makes such objects.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { clusterDomain } from '../borrowing/lender.ts';
import {
  CONTAINER_PORT_NAME,
  SERVICE_PORT,
  namespace,
  serviceMetadata,
  type Manifest,
  type ServicePlace,
} from './manifest.ts';

interface Rule {
  readonly backendRefs?: readonly object[];
}

/** The route's own rules with nobody behind them: the gateway answers by itself, as if every pod were gone. */
export function severedRoute({ apiVersion, kind, metadata, ...route }: Manifest): Manifest {
  const { rules } = route['spec'] as { readonly rules: readonly Rule[] };
  const severed = rules.map((rule) => ({
    ...rule,
    backendRefs: (rule.backendRefs ?? []).map((backend) => ({ ...backend, weight: 0 })),
  }));
  return { apiVersion, kind, metadata: nameOf(metadata), spec: { rules: severed } };
}

/**
 * An address at which nobody is: connections to it are refused at once. It belongs to the caller, so that it goes with it, and the
 * caller's next delivery removes it. A name that is not known at all would be looked for in integration.
 */
export function nobody(caller: ServicePlace, dependency: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(caller, nobodyName(dependency), 'traffic'),
    spec: { ports: [{ name: CONTAINER_PORT_NAME, port: SERVICE_PORT, protocol: 'TCP' }] } satisfies ServiceSpec,
  };
}

/** The name of a service that is here leads to that address. */
export function astrayName({ apiVersion, kind, metadata }: Manifest, place: ServicePlace): Manifest {
  return { apiVersion, kind, metadata: nameOf(metadata), spec: toNobody(place, metadata.name) };
}

/** The name of a service that is borrowed, taken by one that leads there; the caller's, as the address is. */
export function takenName(caller: ServicePlace, dependency: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(caller, dependency, 'traffic'),
    spec: toNobody(caller, dependency),
  };
}

function toNobody(place: ServicePlace, name: string): ServiceSpec {
  return { type: 'ExternalName', externalName: `${nobodyName(name)}.${clusterDomain(namespace(place))}` };
}

const nobodyName = (name: string): string => `nobody-${name}`;

function nameOf({ name, namespace: inside }: Manifest['metadata']): Manifest['metadata'] {
  return { name, ...(inside !== undefined && { namespace: inside }) };
}
