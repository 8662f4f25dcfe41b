/**
 * Stops the builds that a withdrawal or removal leaves unwanted. Separate because whoever else waits for a commit keeps its build.
 */
import type { Claim, RemovalClaim } from '../../contracts/payloads.ts';
import { withoutWishes } from '../../domain/builds/claim-build.ts';
import { requireOwner } from '../ownership.ts';
import type { BuildPorts } from './build-ports.ts';
import { changeBuild } from './change-build.ts';

/** Answers how many builds were stopped. */
export async function stopBuilds(
  ports: BuildPorts,
  { claim }: { readonly claim: Claim | RemovalClaim },
): Promise<{ readonly stopped: number }> {
  const record = await requireOwner(ports.records, claim);
  const service = 'service' in claim ? claim.service : undefined;
  const of = { environment: claim.environment, ...(service !== undefined && { service }) };
  const repositories = new Set(
    Object.entries(record.services)
      .filter(([key]) => service === undefined || key === service)
      .map(([, { repository }]) => repository),
  );
  let stopped = 0;
  for (const repository of repositories) {
    for (const { commit } of await ports.builds.unfinished(repository)) {
      let unwanted = false;
      await changeBuild(ports, repository, commit, (item) => {
        const left = withoutWishes(item, of);
        ({ unwanted } = left);
        return left.item.wantedBy.length === item.wantedBy.length ? item : left.item;
      });
      if (unwanted) stopped += await ports.buildRunner.stop(repository, commit);
    }
  }
  return { stopped };
}
