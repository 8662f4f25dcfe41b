/**
 * What an experiment applies over a service's objects, by a field manager of its own: so everybody sees whose it is, and the next apply of
 * the owner undoes it. Separate because nothing that delivers ever makes such objects.
 */
import { clusterDomain } from '../borrowing/lender.ts';
import { namespace, serviceMetadata, type Manifest, type ServicePlace } from './manifest.ts';

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

/** The name of a service that is here leads to a name that nobody has. */
export function astrayName(plain: Manifest, place: ServicePlace): Manifest {
  const { apiVersion, kind, metadata } = plain;
  return { apiVersion, kind, metadata: nameOf(metadata), spec: nowhere(place, metadata.name) };
}

/**
 * The name of a service that is borrowed, taken by one that leads nowhere. It belongs to the caller, so that it goes with it, and the
 * caller's next delivery removes it.
 */
export function takenName(caller: ServicePlace, dependency: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: serviceMetadata(caller, dependency, 'traffic'),
    spec: nowhere(caller, dependency),
  };
}

/** Inside the own namespace, so that DNS of the cluster itself says at once that there is nobody. */
function nowhere(place: ServicePlace, name: string): object {
  return { type: 'ExternalName', externalName: `nobody-${name}.${clusterDomain(namespace(place))}` };
}

function nameOf({ name, namespace: inside }: Manifest['metadata']): Manifest['metadata'] {
  return { name, ...(inside !== undefined && { namespace: inside }) };
}
