/**
 * Ends the pods of the other side before those of this one start, where both would write one volume. Separate because it is the one
 * place where a delivery touches a side that is not its own: that side has no traffic, and is only kept for a way back.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { FIELD_MANAGERS, otherSide, type Side } from '../../contracts/kubernetes.ts';
import { TransientError } from '../../domain/errors.ts';
import { namespace, sideName, sideSelector, type ServicePlace } from '../../domain/manifests/manifest.ts';
import { replicasManifest } from '../../domain/manifests/traffic.ts';
import { volumesOf, type Volumes } from '../../domain/service/volumes.ts';
import { lookUntilFound } from '../patience.ts';
import type { DeployPorts } from './ports.ts';

/** Nothing is done for a service without volumes. A TransientError while the pods still end. */
export async function freeVolumes(
  { cluster, clock }: Pick<DeployPorts, 'cluster' | 'clock'>,
  place: ServicePlace,
  side: Side,
  definition: Volumes,
): Promise<void> {
  if (volumesOf(definition, undefined).length === 0) return;
  const other = otherSide(side);
  const name = sideName(place.name, other);
  const object = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespace(place), name });
  const deployment = object as unknown as Deployment | undefined;
  if (deployment === undefined) return;
  if ((deployment.spec?.replicas ?? 1) > 0) {
    await cluster.apply(replicasManifest(place, other, 0), FIELD_MANAGERS.traffic, { force: true });
  }
  const end = await lookUntilFound(clock, async () => {
    const pods = await cluster.list(
      { apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) },
      sideSelector(place, other),
    );
    return pods.length === 0 ? { kind: 'found', found: true } : { kind: 'missing', what: `the pods of ${name}` };
  });
  if (end.kind === 'found') return;
  throw new TransientError(`${end.what} still end; until then nothing else may write the volumes of ${place.name}.`);
}
