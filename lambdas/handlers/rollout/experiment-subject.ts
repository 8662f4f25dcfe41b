/**
 * Whom an experiment concerns, read again at its beginning and at its end: the service as it is applied, its objects, and the name that it
 * calls. Separate because what may begin and what must be undone are the same things.
 */
import type { ExperimentInput } from '../../contracts/experiment.ts';
import { tierOf } from '../../contracts/kinds.ts';
import type { Side } from '../../contracts/kubernetes.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { astrayName, nobody, severedRoute, takenName } from '../../domain/manifests/experiment.ts';
import type { Manifest } from '../../domain/manifests/manifest.ts';
import { plainServiceManifest } from '../../domain/manifests/traffic.ts';
import { nearest } from '../../domain/naming/nearest.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { dependencyNames } from '../../domain/service/dependencies.ts';
import { hasRoute } from '../../domain/service/reach.ts';
import { definitionOf } from '../service-definition.ts';
import type { RolloutPorts } from './ports.ts';
import { allTo, manifestOf, serviceRouteOf, type ServiceRoute } from './service-route.ts';

/** A service that is applied. */
export interface Applied {
  readonly key: string;
  readonly service: ServiceRecord;
  readonly side: Side;
  readonly route: ServiceRoute;
  readonly definition: ServiceDefinition;
}

/** What an experiment puts over an object, and what was there before; nothing was: it is a new one. */
export interface Override {
  readonly over: Manifest;
  readonly before: Manifest | undefined;
}

/** The environment, when experiments are allowed in it; throws RejectedError. */
export async function environmentOf(
  { records }: Pick<RolloutPorts, 'records'>,
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
export async function appliedService(ports: RolloutPorts, record: EnvironmentRecord, name: string): Promise<Applied> {
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
  return { key, service, side: applied.side, route: serviceRouteOf(ports, record, delivery, definition), definition };
}

/** What the experiment puts over the cluster; nothing when it only ends pods. Throws RejectedError for what the service does not have. */
export async function overridesOf(
  ports: RolloutPorts,
  record: EnvironmentRecord,
  subject: Applied,
  { fault, dependency = '' }: ExperimentInput,
): Promise<readonly Override[]> {
  const { route, side, definition } = subject;
  const { name } = route.place;
  if (fault === 'pods') return [];
  if (fault === 'route') {
    if (!hasRoute(definition)) throw new RejectedError(`${name} has no way in from outside that could lead nowhere.`);
    const before = manifestOf(route, allTo(side));
    return [{ over: severedRoute(before), before }];
  }
  const known = dependencyNames(definition);
  if (!known.includes(dependency)) {
    const guess = nearest(dependency, known);
    throw new RejectedError(
      `${name} does not depend on ${dependency}. ${guess === undefined ? `Its dependencies: ${known.join(', ') || 'none'}.` : `Did you mean ${guess}?`}`,
    );
  }
  const here = Object.values(record.services).some((each) => each.name === dependency && each.applied !== undefined);
  const address = { over: nobody(route.place, dependency), before: undefined };
  if (!here) return [address, { over: takenName(route.place, dependency), before: undefined }];
  const called = await appliedService(ports, record, dependency);
  const before = plainServiceManifest(called.route.place, called.side, called.route.reached);
  return [address, { over: astrayName(before, called.route.place), before }];
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
