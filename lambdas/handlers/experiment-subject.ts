/**
 * Whom an experiment concerns, read again at its beginning and at its end: the service as it is applied, and the name that it calls.
 * Separate because who prepares it, who brings it about and who undoes it must mean the same things.
 */
import type { ExperimentInput } from '../contracts/experiment.ts';
import { tierOf } from '../contracts/kinds.ts';
import type { Side } from '../contracts/kubernetes.ts';
import type { Delivery } from '../contracts/payloads.ts';
import { LENDER } from '../domain/borrowing/lender.ts';
import { componentNamed } from '../domain/borrowing/shared-component.ts';
import type { EnvironmentRecord, ServiceRecord } from '../domain/environment/record.ts';
import { RejectedError } from '../domain/errors.ts';
import { delayName, type DelayedWay } from '../domain/manifests/delay.ts';
import { servicePlaceOf, type Installation } from '../domain/manifests/installation.ts';
import { namespace, sideName, type ServicePlace } from '../domain/manifests/manifest.ts';
import { nearest } from '../domain/naming/nearest.ts';
import type { ServiceDefinition } from '../domain/service/definition.ts';
import { dependencyNames } from '../domain/service/dependencies.ts';
import type { Builds } from '../ports/builds.ts';
import type { Records } from '../ports/records.ts';
import { definitionOf } from './service-definition.ts';

/** What must be known for it. */
export interface SubjectPorts {
  readonly records: Pick<Records, 'load'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly installation: Installation;
}

/** A service that is applied. */
export interface Applied {
  readonly key: string;
  readonly service: ServiceRecord;
  readonly side: Side;
  readonly place: ServicePlace;
  /** What brought it. */
  readonly delivery: Delivery;
  readonly definition: ServiceDefinition;
}

/** What a person ordered, and the execution that carries it out. */
export interface Ordered {
  readonly experiment: ExperimentInput;
  readonly execution: string;
}

/** The environment, when experiments are allowed in it; throws RejectedError. */
export async function environmentOf(
  { records }: Pick<SubjectPorts, 'records'>,
  { environment }: ExperimentInput,
): Promise<EnvironmentRecord> {
  const record = await records.load(environment);
  if (record === undefined || record.phase !== 'active') {
    throw new RejectedError(
      `There is no environment ${environment}. \`npx espalier environments\` lists those there are.`,
    );
  }
  if (tierOf(record.kind) === 'branch') return record;
  throw new RejectedError(
    `${environment} is a lasting environment (${record.kind}), which other people rely on. Experiments are allowed in environments of feature branches: push the same commits to one.`,
  );
}

/** The service that is called this; throws RejectedError when it does not serve. */
export async function appliedService(ports: SubjectPorts, record: EnvironmentRecord, name: string): Promise<Applied> {
  const found = Object.entries(record.services).find(([key, service]) => key === name || service.name === name);
  const [key, service] = found ?? [];
  if (key === undefined || service?.applied === undefined) {
    const known = Object.values(record.services).flatMap((each) => each.name ?? []);
    const guess = nearest(name, known);
    throw new RejectedError(
      `No service ${name} serves in ${record.id}. ${guess === undefined || guess === name ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean ${guess}?`}`,
    );
  }
  const { applied } = service;
  const delivery: Delivery = {
    environment: record.id,
    service: key,
    generation: applied.generation,
    kind: record.kind,
    tier: tierOf(record.kind),
    branch: record.branch ?? record.id,
    repository: service.repository,
    commit: applied.commit,
  };
  const definition = await definitionOf(ports.builds, delivery);
  const place = servicePlaceOf(ports.installation, delivery, service.name ?? definition.name);
  return { key, service, side: applied.side, place, delivery, definition };
}

/** The way to a dependency that is to be delayed: where its name leads while nobody is in between. Throws RejectedError. */
export async function delayedWay(
  ports: SubjectPorts,
  record: EnvironmentRecord,
  subject: Applied,
  { experiment: { dependency = '' }, execution }: Ordered,
): Promise<DelayedWay> {
  requireDependency(subject, dependency);
  requireNoService(record, delayName(dependency));
  const here = await serviceHere(ports, record, dependency);
  if (here !== undefined) {
    const { place, definition: reached } = here;
    // The side's own Service outlives the name, whatever is delivered or withdrawn meanwhile.
    const to = { namespace: namespace(place), service: sideName(place.name, here.side) };
    return { place, dependency, to, reached, execution };
  }
  const component = componentNamed(ports.installation.components, record.kind, dependency);
  if (component !== undefined) {
    throw new RejectedError(
      `${dependency} is a component of the settings and reached at ${component.url}: its name is not the environment's, which could lead it another way. Delays are for services, own or borrowed.`,
    );
  }
  const lender = await ports.records.load(LENDER);
  if (lender === undefined) {
    throw new RejectedError(`${dependency} serves neither in ${record.id} nor in ${LENDER}: nobody could answer late.`);
  }
  const { place, definition: reached } = await appliedService(ports, lender, dependency);
  const to = { namespace: namespace(place), service: place.name };
  return { place: subject.place, dependency, to, reached, execution };
}

/** The service of this name in the environment itself; undefined when it is borrowed. */
export async function serviceHere(
  ports: SubjectPorts,
  record: EnvironmentRecord,
  name: string,
): Promise<Applied | undefined> {
  const here = Object.values(record.services).some((each) => each.name === name && each.applied !== undefined);
  return here ? appliedService(ports, record, name) : undefined;
}

/** Refuses what the service does not call. */
export function requireDependency({ place, definition }: Applied, dependency: string): void {
  const known = dependencyNames(definition);
  if (known.includes(dependency)) return;
  const guess = nearest(dependency, known);
  throw new RejectedError(
    `${place.name} does not depend on ${dependency}. ${guess === undefined ? `Its dependencies: ${known.join(', ') || 'none'}.` : `Did you mean ${guess}?`}`,
  );
}

/** The address of an experiment is a name like those of services. */
export function requireNoService({ id, services }: EnvironmentRecord, name: string): void {
  if (!Object.values(services).some((each) => each.name === name)) return;
  throw new RejectedError(`${id} has a service ${name}, whose name this experiment needs for a while. Rename it.`);
}

/** Who works on something that the experiment concerns; undefined when nobody does. */
export function busy(record: EnvironmentRecord, { service, dependency }: ExperimentInput): string | undefined {
  const concerned = Object.entries(record.services).find(
    ([key, each]) =>
      [service, dependency].some((name) => name === key || name === each.name) && each.owner !== undefined,
  );
  return concerned === undefined
    ? undefined
    : `a delivery or withdrawal of ${concerned[1].name ?? concerned[0]} is under way`;
}

/** Refuses while somebody works on what the experiment concerns. */
export function requireIdle(record: EnvironmentRecord, subject: Applied, experiment: ExperimentInput): void {
  const refused = busy(record, experiment) ?? (subject.service.dark && 'a version waits in the dark beside it');
  if (refused === undefined) return;
  throw new RejectedError(`Nothing was touched: ${refused}. Order the experiment again when that is over.`);
}
