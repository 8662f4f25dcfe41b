/**
 * Waits until the new pods are ready, a bounded time a call. Separate because it is the longest part of a delivery and the one whose
 * failure the author must understand: it names the pod and its reason.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { LABELS, type Side } from '../../contracts/kubernetes.ts';
import type { Delivery, WaitAnswer } from '../../contracts/payloads.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import { servicePlaceOf } from '../../domain/manifests/installation.ts';
import { namespace, sideName, sideSelector, type ServicePlace } from '../../domain/manifests/manifest.ts';
import { processName, processSelector } from '../../domain/manifests/processes.ts';
import { isRolledOut, judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { lookUntilFound, type Look } from '../patience.ts';
import { definitionOf } from '../service-definition.ts';
import type { DeployPorts } from './ports.ts';

/** Milliseconds between looks at the pods and at the record: the Deployment alone says when all is well. */
const CLOSER_LOOK = 2_000;

/** A Deployment that is waited for, and what selects its pods. */
interface Awaited {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
}

/** The Deployments of a version: of its side, and of what gets no requests. */
function awaitedOf(place: ServicePlace, { processes = {} }: ServiceDefinition, side: Side): readonly Awaited[] {
  return [
    { name: sideName(place.name, side), selector: sideSelector(place, side) },
    ...Object.keys(processes)
      .toSorted()
      .map((process) => ({ name: processName(place.name, process), selector: processSelector(place, process) })),
  ];
}

/** Waits for the pods of a delivery. A RejectedError when they can never become ready; a TransientError when only another delivery helps. */
export async function awaitPods(ports: DeployPorts, delivery: Delivery, side: Side): Promise<WaitAnswer> {
  const { clock } = ports;
  const begun = clock.now();
  await requireOwner(ports.records, delivery);

  const definition = await definitionOf(ports.builds, delivery);
  const place = servicePlaceOf(ports.installation, delivery, definition.name);
  let nextCloserLook = CLOSER_LOOK;
  let left = awaitedOf(place, definition, side);
  let on = `the pods of Deployment ${left[0]?.name ?? ''}`;
  const end = await lookUntilFound(clock, async (waited): Promise<Look<true>> => {
    const seen = await Promise.all(
      left.map(async (one) => ({ ...one, deployment: await deploymentOf(ports, place, one.name) })),
    );
    const missing = seen.filter(({ deployment }) => !isRolledOut(deployment));
    left = missing;
    if (missing.length === 0) return { kind: 'found', found: true };
    if (waited < nextCloserLook) return { kind: 'missing', what: on };
    nextCloserLook = waited + CLOSER_LOOK;
    await requireOwner(ports.records, delivery);
    for (const { selector, deployment } of missing) {
      const readiness = judgeReadiness(deployment, await podsOf(ports, place, selector, delivery.commit), clock.now());
      if (readiness.kind === 'never') {
        throw readiness.passing === true ? new TransientError(readiness.because) : new RejectedError(readiness.because);
      }
      if (readiness.kind === 'waiting') on = readiness.on;
    }
    return { kind: 'missing', what: on };
  });

  const answer: WaitAnswer = end.kind === 'found' ? { kind: 'ready' } : { kind: 'waiting', on: end.what };
  const message = answer.kind === 'ready' ? 'The new pods are ready' : `Waiting for ${answer.on}`;
  await ports.history.append(deliveryEvent(delivery, { stage: 'deploy', message, now: clock.now(), begun }));
  return answer;
}

async function deploymentOf({ cluster }: DeployPorts, place: ServicePlace, name: string): Promise<Deployment> {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespace(place), name };
  const deployment = await cluster.get(reference);
  if (deployment !== undefined) return deployment as unknown as Deployment;
  throw new RejectedError(
    `Deployment ${name} was deleted in ${reference.namespace} while its pods were waited for. Push again, or deliver the branch again by hand.`,
  );
}

async function podsOf(
  { cluster }: DeployPorts,
  place: ServicePlace,
  selector: Readonly<Record<string, string>>,
  commit: string,
): Promise<readonly Pod[]> {
  const labels = { ...selector, [LABELS.commit]: commit };
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) }, labels);
  return pods as unknown as readonly Pod[];
}
