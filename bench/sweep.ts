/**
 * What a sweep costs at scale: the same sweep over few branches and environments and over ten times as many, in one run. Separate
 * because branches, records and objects are put where they belong without deliveries, which would take an hour.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  paginateListStateMachines,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dynamoRecords } from '../lambdas/adapters/dynamodb/records.ts';
import { dynamoTable } from '../lambdas/adapters/dynamodb/table.ts';
import { stateMachineName, tableName } from '../lambdas/contracts/stages.ts';
import { newRecord, newService } from '../lambdas/domain/environment/new-record.ts';
import { Deviation, until } from '../tour/deviation.ts';
import type { Stage } from '../tour/stage.ts';
import { countCalls, type Calls } from './calls.ts';
import { clients } from './delivery.ts';
import type { Figure } from './figures.ts';
import { clusterOf, deviationOf, settle, settledRecord, type Blueprint } from './settled-environments.ts';

/** Branches and, for a tenth of them, environments. */
const FEW = { branches: 500, environments: 50 };
const MANY = { branches: 5_000, environments: 500 };
/** Requests at the same time while all of it is made. */
const HANDS = 8;
const PATIENCE_SECONDS = 600;
/** Ten times as much may cost ten times as much, and a little for what a busy machine does besides. */
const LINEAR = 1.3;
const REPOSITORY = 'inventory';

interface Swept {
  readonly seconds: number;
  /** What differs from what was applied, by environment, as people are told. */
  readonly found: ReadonlyMap<string, string>;
  readonly calls: Calls;
}

/** Rows for both sizes, and what one branch costs in the larger against the smaller. */
export async function measureSweep(stage: Stage): Promise<readonly Figure[]> {
  const repository = stage.shop[REPOSITORY];
  await stage.answers('integration', repository, await repository.head('integration'));
  const blueprint = await blueprintOf(stage);
  await grow(stage, blueprint, 0, FEW);
  const few = await sweep(stage, 'few');
  await grow(stage, blueprint, FEW.environments, MANY);
  const many = await sweep(stage, 'many');
  const each = (of: (swept: Swept) => number): number =>
    of(many) / MANY.branches / Math.max(of(few) / FEW.branches, Number.EPSILON);
  return [
    ...rows(FEW, few),
    ...rows(MANY, many),
    {
      what: `a branch among ${String(MANY.branches)} against one among ${String(FEW.branches)}: time`,
      measured: each(({ seconds }) => seconds),
      unit: '×',
      limit: LINEAR,
    },
    {
      what: `a branch among ${String(MANY.branches)} against one among ${String(FEW.branches)}: calls`,
      measured: each(({ calls }) => awsCalls(calls) + (calls['kubernetes'] ?? 0)),
      unit: '×',
      limit: LINEAR,
    },
  ];
}

function rows({ branches, environments }: typeof FEW, { seconds, calls, found }: Swept): readonly Figure[] {
  const what = `a sweep over ${String(branches)} branches and ${String(environments)} environments`;
  const note = Object.entries(calls)
    .filter(([name]) => isOfSweep(name))
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');
  return [
    { what: `${what}: time`, measured: seconds, unit: 's' },
    { what: `${what}: AWS calls`, measured: awsCalls(calls), unit: '', details: note },
    { what: `${what}: Kubernetes calls`, measured: calls['kubernetes'] ?? 0, unit: '' },
    {
      what: `${what}: found wrongly or not at all`,
      measured: mistakes(environments, found),
      unit: '',
      limit: 0,
      note: `${String(found.size)} environments differ`,
    },
  ];
}

/** Environments in which something else was found than somebody did there. */
function mistakes(environments: number, found: Swept['found']): number {
  const words = {
    edited: /^Service \S+ was edited; Service \S+ has more than was applied \(\/spec\/ports\/0\/targetPort\)$/,
    gone: /^Service \S+ is gone$/,
  };
  const wrong = Array.from({ length: environments }, (_, number) => number).filter((number) => {
    const done = deviationOf(number);
    const said = found.get(idOf(number));
    return done === undefined ? said !== undefined : said === undefined || !words[done].test(said);
  });
  const others = [...found.keys()].filter((id) => !id.startsWith(idOf('')));
  return wrong.length + others.length;
}

/** Who waits for the end asks Step Functions, which the sweep does not. */
function isOfSweep(name: string): boolean {
  return !name.startsWith('states:');
}

function awsCalls(calls: Calls): number {
  return Object.entries(calls)
    .filter(([name]) => name !== 'kubernetes' && isOfSweep(name))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Makes what is missing to this size; branches without an environment fit no pattern. */
async function grow(stage: Stage, blueprint: Blueprint, from: number, to: typeof FEW): Promise<void> {
  const { installation, directory, endpoints } = stage.laptop;
  const { commit } = blueprint.build;
  const names = [
    ...Array.from({ length: to.environments }, (_, index) => branchOf(index)),
    ...Array.from({ length: to.branches - to.environments }, (_, index) => `topic/${String(index)}`),
  ];
  const refs = names.map((name) => `update refs/heads/${name} ${commit}\n`).join('');
  await updateRefs(join(directory, 'git', `${REPOSITORY}.git`), refs);

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint: endpoints.aws, region: endpoints.region, credentials });
  const records = dynamoRecords(dynamoTable(dynamo, tableName(installation)), () => Date.now());
  const cluster = clusterOf(endpoints.kubeconfig);
  const numbers = Array.from({ length: to.environments - from }, (_, index) => from + index);
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        const id = idOf(number);
        const branch = branchOf(number);
        await records.rememberBranch(branch, id);
        // A namespace without a record would be an orphan, and a record without its objects something to put right.
        const begun = await records.save(failedRecord(id, branch, commit));
        if (begun.kind !== 'saved') throw new Deviation('a record that nobody else saves', begun.kind);
        await settle(cluster, blueprint, { id, number });
        const settled = settledRecord(id, branch, blueprint, deviationOf(number));
        await records.save({ ...settled, version: begun.record.version });
      }
    }),
  );
}

function branchOf(number: number): string {
  return `feature/sweep-${String(number)}`;
}

function idOf(number: number | ''): string {
  return `feature-sweep-${String(number)}`;
}

/** What integration runs, as every environment is to have it. */
async function blueprintOf({ laptop, shop, world }: Stage): Promise<Blueprint> {
  const commit = await shop[REPOSITORY].head('integration');
  const build = await world.builds.load(REPOSITORY, commit);
  const settings = await world.settings();
  if (build === undefined || settings === undefined) throw new Deviation('a build and settings', { build, settings });
  return { build, installation: { ...settings, installation: laptop.installation } };
}

/** An environment with which a sweep has nothing to do yet: its commit was refused, and nobody pushed another. */
function failedRecord(id: string, branch: string, commit: string) {
  const at = Date.now();
  const service = {
    ...newService(REPOSITORY, at),
    generation: 1,
    touched: true,
    desired: { kind: 'commit', commit, since: at },
    failure: { kind: 'rejected', reason: 'Made for a measurement.', commit, generation: 1, attempts: 1, at },
  } as const;
  return { ...newRecord(id, 'feature', branch, at), services: { [REPOSITORY]: service } };
}

async function updateRefs(repository: string, refs: string): Promise<void> {
  const git = spawn('git', ['-C', repository, 'update-ref', '--stdin'], { stdio: ['pipe', 'ignore', 'inherit'] });
  git.stdin.end(refs);
  const [code] = (await once(git, 'exit')) as [number | null];
  if (code !== 0) throw new Deviation('git update-ref', `it ended with ${String(code)}`);
}

/** One sweep from its start to its end; again when the scheduled one is under way. */
async function sweep(stage: Stage, name: string): Promise<Swept> {
  const { workflows } = clients(stage.laptop);
  const stateMachineArn = await machineOf(workflows, stateMachineName(stage.laptop.installation, 'sweep', 'branch'));
  for (let attempt = 0; ; attempt += 1) {
    const begun = performance.now();
    let output = '';
    let executionArn: string | undefined;
    const calls = await countCalls(stage.laptop, async () => {
      const started = await workflows.send(
        new StartExecutionCommand({ stateMachineArn, name: `measured-${name}-${String(attempt)}`, input: '{}' }),
      );
      executionArn = started.executionArn;
      output = await endOf(workflows, executionArn);
    });
    const seconds = (performance.now() - begun) / 1_000;
    if (!output.includes('busy')) return { seconds, calls, found: await findingsOf(workflows, executionArn) };
    if (attempt === 10) throw new Deviation('a sweep that is not kept out by another', output);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
}

/** What its comparison of objects asked people about, from the history. */
async function findingsOf(client: SFNClient, executionArn: string | undefined): Promise<Swept['found']> {
  const found = new Map<string, string>();
  for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) {
    for (const { taskSucceededEventDetails } of events) {
      const text = taskSucceededEventDetails?.output ?? '';
      for (const [, id = '', why = ''] of text.matchAll(
        / in (\S+) was put right [^"]* differs again: ([^"]*?)\. Find out/g,
      ))
        found.set(id, why);
    }
  }
  return found;
}

async function endOf(client: SFNClient, executionArn: string | undefined): Promise<string> {
  return until('the sweep ends', PATIENCE_SECONDS, async (saw) => {
    const { status, output, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    saw(String(status));
    if (status === 'SUCCEEDED') return output ?? '';
    if (status !== 'RUNNING') throw new Deviation('a sweep that succeeds', `${String(status)}: ${cause ?? ''}`);
    return new Promise((resolve) => setTimeout(() => resolve(undefined), 100));
  });
}

async function machineOf(client: SFNClient, wanted: string): Promise<string> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    const found = stateMachines.find(({ name }) => name === wanted)?.stateMachineArn;
    if (found !== undefined) return found;
  }
  throw new Deviation(`a state machine ${wanted}`, 'none');
}
