/**
 * Whether what was built may be applied: the rules for containers, and what environments of a kind cannot give. Separate because an
 * image that is there already is judged like one that was built just now, each time anew: exceptions end.
 */
import type { Delivery } from '../../contracts/payloads.ts';
import type { BuildItem } from '../../domain/builds/build-item.ts';
import { RejectedError } from '../../domain/errors.ts';
import { describeBreaches, judgeContainers } from '../../domain/images/container-rules.ts';
import { volumeRefusal } from '../../domain/service/volumes.ts';
import type { BuildPorts } from './build-ports.ts';

/** Throws a RejectedError before anything is applied. */
export function requireAcceptable(ports: BuildPorts, delivery: Delivery, item: BuildItem): void {
  const { definition, image } = item;
  if (definition === undefined) return;
  if (image === undefined) {
    throw new RejectedError(
      `The registry holds nothing for ${item.digest ?? item.commit} that a node can run: an index with only signatures or attestations, or with platforms other than linux, is no image, and its rules cannot be checked. ` +
        `Nothing was applied. Push another commit; if something else than the build writes into the image repository, stop that.`,
    );
  }
  const refusal = volumeRefusal(definition, delivery.kind);
  if (refusal !== undefined) throw new RejectedError(refusal);
  const today = new Date(ports.clock.now()).toISOString().slice(0, 10);
  const problems = judgeContainers(definition, image, ports.rules.imageLimits, today, item.chart?.breaches);
  if (problems.length > 0) throw new RejectedError(describeBreaches(problems));
}
