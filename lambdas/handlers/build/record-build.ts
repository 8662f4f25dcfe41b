/**
 * The task after a build: reads the digest from the registry, never from the build's word, and records it for everybody who waits.
 * Separate because it records before it asks who is responsible: others may wait for what a superseded delivery built.
 */
import type { Delivery } from '../../contracts/payloads.ts';
import type { BuildItem } from '../../domain/builds/build-item.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import { requireOwner } from '../ownership.ts';
import type { BuildPorts } from './build-ports.ts';
import { changeBuild } from './change-build.ts';
import { keepChart } from './keep-chart.ts';
import { requireAcceptable } from './require-acceptable.ts';

/** Records the image of the delivery's commit. */
export async function recordBuild(
  ports: BuildPorts,
  { delivery }: { readonly delivery: Delivery },
): Promise<{ readonly digest: string }> {
  const { repository, commit, environment, service, generation } = delivery;
  const digest = await ports.images.digest(repository, commit);
  if (digest === undefined) {
    throw new RejectedError(
      `The build of ${commit.slice(0, 10)} ended well, but there is no image of it in the registry. Deliver the branch again; if that does not help, the build's log says what was pushed.`,
    );
  }
  const image = await ports.images.facts(digest);
  const built = await changeBuild(ports, repository, commit, (item) => ({
    ...item,
    state: 'built',
    digest,
    ...(image !== undefined && { image }),
  }));
  if (built === undefined) throw new TransientError(`The build of ${commit} in ${repository} is not recorded.`);
  const recorded = await withChart(ports, delivery, built);
  await ports.history.append({
    environment,
    at: ports.clock.now(),
    stage: 'build',
    message: `Built ${commit.slice(0, 10)}`,
    level: 'info',
    service,
    generation,
    commit,
    took: ports.clock.now() - recorded.startedAt,
  });
  await requireOwner(ports.records, delivery);
  requireAcceptable(ports, delivery, recorded);
  return { digest };
}

/** Also what its chart rendered; a delivery that finds the image first does the same. */
async function withChart(ports: BuildPorts, delivery: Delivery, built: BuildItem): Promise<BuildItem> {
  const { definition, chart: known } = built;
  if (definition?.chart === undefined || known !== undefined) return built;
  const kept = await keepChart(ports, delivery, definition, known);
  return (await changeBuild(ports, delivery.repository, delivery.commit, (item) => ({ ...item, ...kept }))) ?? built;
}
