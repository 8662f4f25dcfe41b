/**
 * The task before a build: reads the service file of the commit and finds out whether to build it, to wait for somebody who does, or
 * to take the image that is there. Separate from the build itself, which CodeBuild runs.
 */
import type { BuildAnswer, Delivery } from '../../contracts/payloads.ts';
import { claimBuild } from '../../domain/builds/claim-build.ts';
import type { BuildItem } from '../../domain/builds/build-item.ts';
import { checkpoint } from '../../domain/environment/claim.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import type { ImageFacts } from '../../domain/images/image-facts.ts';
import { SERVICE_FILE, type ServiceDefinition } from '../../domain/service/definition.ts';
import { requireOwner } from '../ownership.ts';
import { buildRequest } from './build-request.ts';
import type { BuildPorts } from './build-ports.ts';
import { keepChart } from './keep-chart.ts';
import { requireAcceptable } from './require-acceptable.ts';

const TRIES = 20;
const PAUSE_MS = 20;
/** A build takes a minute or more: looking every few seconds costs little beside it. */
const WAIT_SECONDS = 3;

/** Claims the build of the delivery's commit. */
export async function claimCommitBuild(
  ports: BuildPorts,
  { delivery }: { readonly delivery: Delivery },
): Promise<BuildAnswer> {
  await requireOwner(ports.records, delivery);
  const { repository, commit, environment, service, generation } = delivery;
  for (let count = 1; count <= TRIES; count += 1) {
    const item = await ports.builds.load(repository, commit);
    const digest = await ports.images.digest(repository, commit);
    const image = digest === undefined ? undefined : await factsOf(ports, item, digest);
    const written = item?.definition ?? (await readServiceFile(ports, repository, commit));
    const { definition, chart } =
      digest === undefined ? { definition: written } : await keepChart(ports, delivery, written, item?.chart);
    const claim = claimBuild(
      item,
      { environment, service, generation },
      {
        repository,
        commit,
        definition,
        ...(digest !== undefined && { digest }),
        ...(image !== undefined && { image }),
        ...(chart !== undefined && { chart }),
        holderLives: item !== undefined && (await holderLives(ports, item)),
        now: ports.clock.now(),
      },
    );
    if (claim.kind === 'rejected') throw new RejectedError(claim.reason);
    const saved = claim.item === item || (await ports.builds.save(claim.item)).kind === 'saved';
    if (saved) {
      if (claim.kind === 'built') {
        requireAcceptable(ports, delivery, claim.item);
        return { kind: 'built', digest: claim.digest };
      }
      if (claim.kind === 'wait') return { kind: 'wait', seconds: WAIT_SECONDS };
      return { kind: 'start', request: buildRequest(delivery, claim.item, ports.rules) };
    }
    await ports.clock.sleep(PAUSE_MS * count);
  }
  throw new TransientError(`The build of ${commit} was changed by others ${String(TRIES)} times in a row.`);
}

/** Facts of an image never change: what is recorded holds. */
async function factsOf(
  ports: BuildPorts,
  item: BuildItem | undefined,
  digest: string,
): Promise<ImageFacts | undefined> {
  return item?.digest === digest && item.image !== undefined ? item.image : ports.images.facts(digest);
}

/** A holder whose delivery lost its owner will never record a result: somebody else has to build. */
async function holderLives(ports: BuildPorts, item: BuildItem): Promise<boolean> {
  const { environment, service, generation } = item.holder;
  const record = await ports.records.load(environment);
  // A superseded holder is still responsible until it steps aside, and its build goes on when others want it.
  const owner = record?.services[service]?.owner;
  return owner?.generation === generation || checkpoint(record, service, generation) === 'go-on';
}

async function readServiceFile(ports: BuildPorts, repository: string, commit: string): Promise<ServiceDefinition> {
  const file = await ports.branches.file(repository, commit, SERVICE_FILE);
  if (file.kind === 'absent') {
    throw new RejectedError(
      `There is no ${SERVICE_FILE} at the root of ${repository} at commit ${commit.slice(0, 10)}. Add one that says at least \`name: <the service's name>\`; with it come the defaults port 8080, health path /health and one replica.`,
    );
  }
  const reading = ports.parseServiceFile(file.text);
  if (reading.kind === 'wrong') throw new RejectedError(`The service file cannot be used.\n${reading.message}`);
  return reading.definition;
}
