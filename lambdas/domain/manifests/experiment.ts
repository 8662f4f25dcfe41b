/**
 * What an experiment applies over a service's objects, by a field manager of its own: so everybody sees whose it is, and the next apply of
 * the owner undoes it. Separate because nothing that delivers ever makes such objects.
 */
import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import { clusterDomain } from '../borrowing/lender.ts';
import { delayName } from './delay.ts';
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
 * An address at which nobody is: connections to it are refused at once. It belongs to whom the name belongs, the caller where it is
 * borrowed, so that it goes with it, and the next delivery removes it. A name that is not known at all would be looked for in integration.
 */
export function nobody(place: ServicePlace, dependency: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(place, nobodyName(dependency), 'traffic'),
    spec: { ports: [{ name: CONTAINER_PORT_NAME, port: SERVICE_PORT, protocol: 'TCP' }] } satisfies ServiceSpec,
  };
}

/** Name of that address. */
export const nobodyName = (dependency: string): string => `nobody-${dependency}`;

/** The name of a service that is here leads to another Service beside it. */
export function astrayName({ apiVersion, kind, metadata }: Manifest, place: ServicePlace, to: string): Manifest {
  return { apiVersion, kind, metadata: nameOf(metadata), spec: leadsTo(place, to) };
}

/** The name of a service that is borrowed, taken by one that leads there; the caller's, as the address is. */
export function takenName(caller: ServicePlace, dependency: string, to: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(caller, dependency, 'traffic'),
    spec: leadsTo(caller, to),
  };
}

/** Whether a name is one that an experiment leads elsewhere. */
export function isAstray(name: object | undefined, dependency: string): boolean {
  const { spec } = (name ?? {}) as { spec?: ServiceSpec };
  const { externalName = '' } = spec ?? {};
  const [service = ''] = externalName.split('.');
  return [nobodyName(dependency), delayName(dependency)].includes(service);
}

function leadsTo(place: ServicePlace, service: string): ServiceSpec {
  return { type: 'ExternalName', externalName: `${service}.${clusterDomain(namespace(place))}` };
}

function nameOf({ name, namespace: inside }: Manifest['metadata']): Manifest['metadata'] {
  return { name, ...(inside !== undefined && { namespace: inside }) };
}
