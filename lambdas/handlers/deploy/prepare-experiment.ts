/**
 * What an experiment needs besides traffic: the pod that delays a dependency. It is ready before any name leads to it, and goes when none
 * does any more. Separate because workloads are deploy's, and nothing of this is in a service file.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { READY_WITHIN_SECONDS, type PreparedExperiment } from '../../contracts/experiment.ts';
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { DELAY_RESOURCES, delayManifests, delayName, delaySelector } from '../../domain/manifests/delay.ts';
import { namespace, type Place } from '../../domain/manifests/manifest.ts';
import { judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import { quotaProblem } from '../../domain/rollout/fits-quota.ts';
import { executionOf, removeOfExperiment } from '../experiment-objects.ts';
import { lookUntilFound, type Look } from '../patience.ts';
import { appliedService, delayedWay, environmentOf, requireIdle, type Ordered } from '../experiment-subject.ts';
import type { DeployPorts, PreparePorts } from './ports.ts';

const DEPLOYMENT_KIND = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;
const KINDS = [DEPLOYMENT_KIND, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }] as const;

/** Applies what delays, and waits until it is ready, a bounded time a call. Refuses what is not allowed before anything is touched. */
export async function prepareExperiment(ports: PreparePorts, ordered: Ordered): Promise<PreparedExperiment> {
  const { experiment, execution } = ordered;
  const { cluster, clock, installation } = ports;
  const { seconds, delayMs } = experiment;
  const record = await environmentOf(ports, experiment);
  const subject = await appliedService(ports, record, experiment.service);
  requireIdle(record, subject, experiment);
  if (delayMs === undefined) return { kind: 'ready' };
  const way = await delayedWay(ports, record, subject, ordered);
  const image = installation.experiments?.image;
  if (image === undefined) {
    throw new RejectedError(
      'Nothing was touched: what delays a dependency is a pod with Node.js, and the settings name no image for it. The platform team sets experiments.image to one with Node.js 20 or newer, by its digest.',
    );
  }
  const { place, dependency } = way;
  const name = delayName(dependency);
  const present = await cluster.get({ ...DEPLOYMENT_KIND, namespace: namespace(place), name });
  if (present !== undefined && executionOf(present) !== execution) {
    throw new RejectedError(
      `Nothing was touched: an experiment delays ${dependency} in ${record.id} already, or is left there, and goes within the hour. Order yours when it is over.`,
    );
  }
  // As it was begun, when this is asked again: nothing of it may change, or its pod would be replaced.
  if (present === undefined) {
    await requireRoom(ports, record, dependency);
    const endsAt = clock.now() + (READY_WITHIN_SECONDS + seconds) * 1_000;
    const manifests = delayManifests(way, { image, program: ports.delayProgram, milliseconds: delayMs, endsAt });
    for (const manifest of manifests) await cluster.apply(manifest, FIELD_MANAGERS.experiment, { force: true });
  }
  const end = await lookUntilFound(clock, () => look(ports, place, dependency));
  return end.kind === 'found' ? { kind: 'ready' } : { kind: 'waiting', on: end.what };
}

/** Removes what delayed, once nobody comes to it any more. Nothing there is success. */
export async function clearExperiment(ports: DeployPorts, ordered: Ordered): Promise<{ readonly kind: 'cleared' }> {
  await removeOfExperiment(ports, KINDS, ordered);
  return { kind: 'cleared' };
}

async function look({ cluster, clock }: DeployPorts, place: Place, dependency: string): Promise<Look<true>> {
  const inside = namespace(place);
  const deployment = await cluster.get({ ...DEPLOYMENT_KIND, namespace: inside, name: delayName(dependency) });
  if (deployment === undefined) {
    throw new RejectedError(`Deployment ${delayName(dependency)} was deleted while its pod was waited for.`);
  }
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: inside }, delaySelector(dependency));
  const readiness = judgeReadiness(deployment as unknown as Deployment, pods as unknown as readonly Pod[], clock.now());
  if (readiness.kind === 'ready') return { kind: 'found', found: true };
  if (readiness.kind === 'waiting') return { kind: 'missing', what: readiness.on };
  throw new RejectedError(`The pod that delays ${dependency} cannot run: ${readiness.because}`);
}

/** One pod more must fit beside the services, as they are applied. */
async function requireRoom(
  { builds, installation }: DeployPorts,
  { id, kind, services }: EnvironmentRecord,
  dependency: string,
): Promise<void> {
  const applied = await Promise.all(
    Object.values(services).map(async ({ repository, applied: version }) =>
      version === undefined ? undefined : (await builds.load(repository, version.commit))?.definition,
    ),
  );
  const others = applied.filter((definition) => definition !== undefined);
  const candidate = { name: delayName(dependency), replicas: 1, resources: DELAY_RESOURCES };
  const problem = quotaProblem({ candidate, others }, installation.environments[kind].quota);
  if (problem === undefined) return;
  throw new RejectedError(
    `Nothing was touched: the environment ${id} has no room for the pod that delays ${dependency}: ${problem}. Withdraw a service of this environment, or raise environments.${kind}.quota in the settings.`,
  );
}
