/**
 * One delivery seen from outside: from `git push` to the first answer with the new commit, what the build took of it, and what it
 * cost in state transitions and calls. Separate because it is measured alone, and again beside many environments.
 */
import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand } from '@aws-sdk/client-codebuild';
import {
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { ask, linkOf } from '../tour/ask.ts';
import { until } from '../tour/deviation.ts';
import type { Laptop } from '../tour/laptop.ts';
import type { Repository } from '../tour/repository.ts';
import type { Stage } from '../tour/stage.ts';

export interface Measured {
  /** Seconds from the push to the first answer with the new commit. */
  readonly reachable: number;
  /** Seconds that CodeBuild says its build took. */
  readonly build: number;
  /** States that the delivery's execution entered. */
  readonly transitions: number;
  readonly link: string;
}

/** Clients of the laptop's AWS, as anybody would make them. */
export function clients(laptop: Laptop): { readonly builds: CodeBuildClient; readonly workflows: SFNClient } {
  const options = {
    endpoint: laptop.endpoints.aws,
    region: laptop.endpoints.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return { builds: new CodeBuildClient(options), workflows: new SFNClient(options) };
}

/** Commits, pushes, and asks the way in until it answers. */
export async function measureDelivery(stage: Stage, repository: Repository, branch: string): Promise<Measured> {
  await repository.commit(branch, 'A change', { 'NOTES.md': `${String(performance.now())}\n` });
  const begun = performance.now();
  const commit = await repository.push(branch);
  const link = await until(`a link of ${repository.name} in ${branch}`, 120, async (saw) => {
    const record = await stage.record(branch);
    const service = Object.values(record?.services ?? {}).find((known) => known.repository === repository.name);
    saw(service);
    const url = service?.applied?.url ?? hostGuess(stage, record?.id, repository.name);
    if (url === undefined) return undefined;
    const answer = await ask(stage.laptop.endpoints.gateway, url)
      .then(linkOf)
      .catch(() => undefined);
    return answer?.commit === commit ? url : undefined;
  });
  const reachable = (performance.now() - begun) / 1000;
  await stage.answers(branch, repository, commit);
  return {
    reachable,
    link,
    build: await buildSeconds(stage.laptop, commit),
    transitions: await transitionsOf(stage, branch, repository),
  };
}

/** Before the first delivery is recorded the link is not known; it is made of the names. */
function hostGuess(stage: Stage, environment: string | undefined, service: string): string | undefined {
  const port = stage.laptop.endpoints.gateway.split(':')[1] ?? '';
  return environment === undefined ? undefined : `http://${service}-${environment}.espalier.localhost:${port}/`;
}

/** What CodeBuild says the build of a commit took. */
export async function buildSeconds(laptop: Laptop, commit: string): Promise<number> {
  const { builds } = clients(laptop);
  const { ids = [] } = await builds.send(new ListBuildsCommand({}));
  const { builds: found = [] } = await builds.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 50) }));
  const build = found.find(
    (candidate) => candidate.sourceVersion === commit || candidate.resolvedSourceVersion === commit,
  );
  if (build?.startTime === undefined || build.endTime === undefined) throw new Error(`No finished build of ${commit}.`);
  return (build.endTime.getTime() - build.startTime.getTime()) / 1000;
}

async function transitionsOf(stage: Stage, branch: string, repository: Repository): Promise<number> {
  const record = await stage.record(branch);
  const service = Object.entries(record?.services ?? {}).find(([, known]) => known.repository === repository.name);
  const name = `${record?.id ?? ''}-${service?.[0] ?? ''}-${String(service?.[1].applied?.generation ?? 0)}`;
  const { workflows } = clients(stage.laptop);
  for await (const { stateMachines = [] } of paginateListStateMachines({ client: workflows }, {})) {
    for (const { stateMachineArn } of stateMachines) {
      for await (const { executions = [] } of paginateListExecutions({ client: workflows }, { stateMachineArn })) {
        const found = executions.find((execution) => execution.name === name);
        if (found?.executionArn === undefined) continue;
        let entered = 0;
        const pages = paginateGetExecutionHistory({ client: workflows }, { executionArn: found.executionArn });
        for await (const { events = [] } of pages) {
          entered += events.filter((event) => event.type?.endsWith('StateEntered')).length;
        }
        return entered;
      }
    }
  }
  throw new Error(`No execution ${name}.`);
}
