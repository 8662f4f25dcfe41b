/**
 * Everything that a first delivery of a service puts into the cluster, in an order in which it can be applied. Separate because the
 * command line, golden files and a real API server look at the whole, which no single stage applies.
 */
import { tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { routerOf } from '../borrowing/router.ts';
import { hostOf } from '../naming/host.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { JOB_PHASES } from '../service/jobs.ts';
import { hasRoute } from '../service/reach.ts';
import { autoscalerManifest } from './autoscaler.ts';
import { parentOf } from '../way-in/gateway.ts';
import { limitRangeManifest, namespaceManifest, quotaManifest, roleBindingManifests } from './environment.ts';
import type { Installation } from './installation.ts';
import type { Manifest, ServicePlace } from './manifest.ts';
import { networkPolicyManifests } from './network-policies.ts';
import { processManifests } from './processes.ts';
import { jobManifest } from './runs.ts';
import { insideManifests, routeManifest, sideServiceManifest } from './traffic.ts';
import { workloadManifests, type Version } from './workload.ts';

/** What is rendered: a service in an environment that need not exist. */
export interface Rendered {
  readonly installation: Installation;
  readonly environment: string;
  readonly kind: EnvironmentKind;
  readonly definition: ServiceDefinition;
  readonly version: Omit<Version, 'side'>;
}

/** The objects. Jobs are those of a delivery with the generation 1. */
export function renderManifests({
  installation,
  environment,
  kind,
  definition,
  version,
}: Rendered): readonly Manifest[] {
  const { name } = definition;
  const rules = installation.environments[kind];
  const side = 'blue';
  const place: ServicePlace = {
    installation: installation.installation,
    environment,
    kind,
    branch: tierOf(kind) === 'branch' ? environment : null,
    key: name,
    repository: name,
    name,
  };
  const router = routerOf(installation);
  const whole: Version = { ...version, side };
  const route = {
    host: hostOf(name, environment, installation.installation, rules.wayIn.domain),
    parent: parentOf(installation.installation, rules.wayIn),
    weights: { [side]: 100 },
    marked: router !== undefined,
  };
  const jobs = JOB_PHASES.flatMap((phase) =>
    (definition.jobs?.[phase] ?? []).map((job) =>
      jobManifest(place, definition, whole, installation, { phase, job, generation: 1 }),
    ),
  );
  return [
    namespaceManifest(place),
    quotaManifest(place, rules.quota),
    limitRangeManifest(place, rules.limits),
    ...networkPolicyManifests(place, installation),
    ...roleBindingManifests(place),
    ...workloadManifests(place, definition, whole, installation),
    ...processManifests(place, definition, whole, installation),
    ...jobs,
    sideServiceManifest(place, side, definition),
    ...insideManifests(place, side, router, definition),
    ...(hasRoute(definition) ? [routeManifest(place, route)] : []),
    ...(definition.autoscale === undefined ? [] : [autoscalerManifest(place, side, definition.autoscale)]),
  ];
}
