/**
 * Which service runs where in an environment, at which commit, offering what, and what is borrowed. Read from records alone. Separate
 * because deliveries check against it and people ask for it.
 */
import { borrows } from '../borrowing/lender.ts';
import { componentNamed, type SharedComponent } from '../borrowing/shared-component.ts';
import type { EnvironmentRecord, ServiceRecord } from '../environment/record.ts';
import { dependencyNames } from '../service/dependencies.ts';
import type { Promised } from './promise.ts';

/** Who stands behind a name in an environment. */
export type Provider =
  | { readonly kind: 'own' | 'borrowed'; readonly environment: string; readonly service: ServiceRecord }
  | { readonly kind: 'component'; readonly component: SharedComponent }
  | { readonly kind: 'nobody' };

/** What is looked through: the environment, who lends to it, and the components of the settings. */
export interface Around {
  readonly record: EnvironmentRecord;
  readonly lender: EnvironmentRecord | undefined;
  readonly components: readonly SharedComponent[] | undefined;
}

/** Who answers under a name: a component, the own service, or integration's for who borrows. */
export function providerOf({ record, lender, components }: Around, name: string): Provider {
  const component = componentNamed(components, record.kind, name);
  if (component !== undefined) return { kind: 'component', component };
  const own = wanted(record, name);
  if (own !== undefined) return { kind: 'own', environment: record.id, service: own };
  const lent = borrows(record.kind) && lender !== undefined ? wanted(lender, name) : undefined;
  return lent === undefined || lender === undefined
    ? { kind: 'nobody' }
    : { kind: 'borrowed', environment: lender.id, service: lent };
}

/** The service of this name that is registered and not on its way out. */
function wanted(record: EnvironmentRecord, name: string): ServiceRecord | undefined {
  return Object.values(record.services).find(
    (service) => service.name === name && service.touched && service.desired.kind === 'commit',
  );
}

/** What a service promises: at the commit that runs, or while none does at the one that is being delivered. */
export function promiseOf({ applied, promised }: ServiceRecord): Promised | undefined {
  return applied?.promised ?? promised;
}

/** One line of the catalogue. */
export interface Entry {
  readonly name: string;
  /** `own` runs here · `borrowed` in integration · `component` was never delivered by us · `nobody` is needed and nowhere. */
  readonly kind: Provider['kind'];
  readonly environment?: string;
  readonly repository?: string;
  /** Whom people ask about it, when its service file says so. */
  readonly owner?: string;
  /** Absent while it is delivered for the first time. */
  readonly commit?: string;
  readonly address?: string;
  readonly offers: readonly string[];
  /** Services of the environment that declare it. */
  readonly neededBy: readonly string[];
}

/** The catalogue of an environment: its own services and everything they need. */
export function catalogueOf(around: Around): readonly Entry[] {
  const own = Object.values(around.record.services).flatMap(({ name, touched }) =>
    touched && name !== undefined ? [name] : [],
  );
  const needs = Object.values(around.record.services).flatMap((service) => {
    const promised = service.touched ? promiseOf(service) : undefined;
    if (promised === undefined || service.name === undefined) return [];
    const caller = service.name;
    return dependencyNames(promised).map((needed) => ({ caller, needed }));
  });
  const names = [...new Set([...own, ...needs.map(({ needed }) => needed)])].toSorted();
  return names.map((name) => {
    const neededBy = needs.filter(({ needed }) => needed === name).map(({ caller }) => caller);
    return entryOf(name, providerOf(around, name), neededBy.toSorted());
  });
}

function entryOf(name: string, provider: Provider, neededBy: readonly string[]): Entry {
  if (provider.kind === 'nobody') return { name, kind: 'nobody', offers: [], neededBy };
  if (provider.kind === 'component') {
    return { name, kind: 'component', address: provider.component.url, offers: [], neededBy };
  }
  const { repository, applied } = provider.service;
  const promised = promiseOf(provider.service);
  return {
    name,
    kind: provider.kind,
    environment: provider.environment,
    repository,
    ...(applied !== undefined && { commit: applied.commit }),
    ...(applied?.url !== undefined && { address: applied.url }),
    ...(promised?.owner !== undefined && { owner: promised.owner }),
    offers: promised?.offers ?? [],
    neededBy,
  };
}
