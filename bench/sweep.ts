/**
 * What a sweep costs at scale: the same sweep over few branches and environments and over ten times as many, in one run. Separate
 * because branches, records and objects are put where they belong without deliveries, which would take an hour.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  paginateListStateMachines,
  StartExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dynamoRecords } from '../lambdas/adapters/dynamodb/records.ts';
import { dynamoTable } from '../lambdas/adapters/dynamodb/table.ts';
import { LABELS, namespaceOf } from '../lambdas/contracts/kubernetes.ts';
import { stateMachineName, tableName } from '../lambdas/contracts/stages.ts';
import { newRecord, newService } from '../lambdas/domain/environment/new-record.ts';
import { namespaceManifest, roleBindingManifests } from '../lambdas/domain/manifests/environment.ts';
import { askCluster } from '../local/existing-cluster/ask.ts';
import { readKubeconfig } from '../local/existing-cluster/kubeconfig.ts';
import { Deviation, until } from '../tour/deviation.ts';
import type { Stage } from '../tour/stage.ts';
import { countCalls, type Calls } from './calls.ts';
import { clients } from './delivery.ts';
import type { Figure } from './figures.ts';

/** Branches and, for a tenth of them, environments. */
const FEW = { branches: 500, environments: 50 };
const MANY = { branches: 5_000, environments: 500 };
/** Objects in each, of a kind that sweeps compare. */
const OBJECTS = 8;
/** Requests at the same time while all of it is made. */
const HANDS = 8;
const PATIENCE_SECONDS = 600;
/** Ten times as much may cost ten times as much, and a little for what a busy machine does besides. */
const LINEAR = 1.3;
const REPOSITORY = 'inventory';

interface Swept {
  readonly seconds: number;
  readonly calls: Calls;
}

/** Rows for both sizes, and what one branch costs in the larger against the smaller. */
export async function measureSweep(stage: Stage): Promise<readonly Figure[]> {
  const repository = stage.shop[REPOSITORY];
  await stage.answers('integration', repository, await repository.head('integration'));
  await grow(stage, 0, FEW);
  const few = await sweep(stage, 'few');
  await grow(stage, FEW.environments, MANY);
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

function rows({ branches, environments }: typeof FEW, { seconds, calls }: Swept): readonly Figure[] {
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
  ];
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
async function grow(stage: Stage, from: number, to: typeof FEW): Promise<void> {
  const { installation, directory, endpoints } = stage.laptop;
  const commit = await stage.shop[REPOSITORY].head('integration');
  const names = [
    ...Array.from({ length: to.environments }, (_, index) => branchOf(index)),
    ...Array.from({ length: to.branches - to.environments }, (_, index) => `topic/${String(index)}`),
  ];
  const refs = names.map((name) => `update refs/heads/${name} ${commit}\n`).join('');
  await updateRefs(join(directory, 'git', `${REPOSITORY}.git`), refs);

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint: endpoints.aws, region: endpoints.region, credentials });
  const records = dynamoRecords(dynamoTable(dynamo, tableName(installation)), () => Date.now());
  const administrator = readKubeconfig(endpoints.kubeconfig);
  const make = async (path: string, object: object): Promise<void> => {
    const { status, text } = await askCluster(administrator, 'POST', path, object);
    if (status !== 201) throw new Deviation('an object that is made', `${String(status)}: ${text}`);
  };
  const numbers = Array.from({ length: to.environments - from }, (_, index) => from + index);
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        const id = branchOf(number).replace('/', '-');
        const branch = branchOf(number);
        await records.rememberBranch(branch, id);
        await records.save(failedRecord(id, branch, commit));
        const place = { installation, environment: id, kind: 'feature', branch } as const;
        const namespace = namespaceOf(installation, id);
        await make('/api/v1/namespaces', namespaceManifest(place));
        for (const binding of roleBindingManifests(place)) {
          await make(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, binding);
        }
        for (let object = 0; object < OBJECTS; object += 1) {
          const labels = { [LABELS.installation]: installation, [LABELS.environment]: id };
          const metadata = { name: `account-${String(object)}`, namespace, labels };
          await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata,
          });
        }
      }
    }),
  );
}

function branchOf(number: number): string {
  return `feature/sweep-${String(number)}`;
}

/** An environment with which a sweep has nothing to do: its commit was refused, and nobody pushed another. */
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
    const calls = await countCalls(stage.laptop, async () => {
      const started = await workflows.send(
        new StartExecutionCommand({ stateMachineArn, name: `measured-${name}-${String(attempt)}`, input: '{}' }),
      );
      output = await endOf(workflows, started.executionArn);
    });
    if (!output.includes('busy')) return { seconds: (performance.now() - begun) / 1_000, calls };
    if (attempt === 10) throw new Deviation('a sweep that is not kept out by another', output);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
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
