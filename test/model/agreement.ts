/**
 * What must be true when everything is at rest: records, executions, cluster and git say the same.
 * Separate because it is the point of the whole model.
 */
import { LABELS, namespaceOf } from '../../lambdas/contracts/kubernetes.ts';
import { tierOf } from '../../lambdas/contracts/kinds.ts';
import { classifyBranch } from '../../lambdas/domain/branches/classify.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { ATTEMPTS_LIMIT } from '../../lambdas/domain/environment/services.ts';
import { SERVICE_FILE } from '../../lambdas/domain/service/definition.ts';
import { BREAKS_THE_BUILD } from './build-machine.ts';
import { BRANCHES, INSTALLATION, REPOSITORIES, RULES, type World } from './world.ts';

/** Every disagreement in a sentence; empty when all agree. */
export async function disagreements(world: World): Promise<readonly string[]> {
  const records = await world.records.all();
  const found: string[] = [];
  for (const branch of BRANCHES) {
    const mine = records.filter((record) => record.branch === branch);
    if (mine.length > 1) found.push(`${branch} has ${String(mine.length)} records`);
    for (const repository of REPOSITORIES) found.push(...(await compare(world, mine[0], repository, branch)));
  }
  for (const record of records) found.push(...compareEnvironment(world, record));
  for (const execution of world.executions.started.filter(({ running }) => running)) {
    found.push(`${execution.execution} still runs`);
  }
  const there = records.filter(({ phase }) => phase === 'active').map(({ id }) => id);
  for (const { environment } of await world.tenants.all()) {
    if (!there.includes(environment)) found.push(`the tenant ${environment} has no environment`);
  }
  for (const secret of world.secretStore.names()) {
    if (!there.some((id) => secret.includes(`/${id}/`))) found.push(`the secret ${secret} was left behind`);
  }
  for (const namespace of world.cluster.names('Namespace')) {
    const owner = records.find((record) => namespaceOf(INSTALLATION, record.id) === namespace);
    if (owner === undefined || owner.phase === 'removed') found.push(`the namespace ${namespace} is an orphan`);
  }
  return found;
}

async function compare(
  world: World,
  record: EnvironmentRecord | undefined,
  repository: string,
  branch: string,
): Promise<readonly string[]> {
  const head = world.git.now(repository, branch);
  const service = record?.services[repository];
  const what = `${repository} ${branch}`;
  const lasting = classifyBranch(branch, RULES).kind === 'lasting-environment';
  if (head === undefined) {
    const there = service !== undefined && (service.touched || service.desired.kind === 'commit');
    if (!lasting) return there ? [`${what} is gone, but the record wants it`] : [];
    const retired = service?.desired.kind === 'absent' && service.desired.because === 'branch-deleted';
    return retired ? [`${what} is gone, and that took it out of a lasting environment`] : [];
  }
  if (service === undefined) return [`${what} is there, but no record knows it`];
  if (service.held === head)
    return service.applied === undefined ? [] : [`${what} was removed by hand, but is applied`];
  if (service.desired.kind !== 'commit') return [`${what} is there, but the record wants nothing of it`];
  if (service.desired.commit !== head) return [`${what} is at ${head}, but the record wants ${service.desired.commit}`];
  if (service.applied?.commit === head) return [];
  const { failure } = service;
  if (failure === undefined) return [`${what}: ${head} is not applied, and nothing says why`];
  const bad = await isBad(world, repository, head);
  // Passing trouble may use up its attempts while everything breaks; then the record says so and a push goes on.
  const exhausted = failure.kind === 'transient' && failure.attempts >= ATTEMPTS_LIMIT;
  const mayFail = exhausted || (bad && failure.kind === 'rejected');
  return mayFail ? [] : [`${what}: ${head} failed as ${failure.kind}: ${failure.reason}`];
}

async function isBad(world: World, repository: string, commit: string): Promise<boolean> {
  const file = await world.git.file(repository, commit, SERVICE_FILE);
  const broken = await world.git.file(repository, commit, BREAKS_THE_BUILD);
  return file.kind === 'absent' || broken.kind === 'file';
}

function compareEnvironment(world: World, record: EnvironmentRecord): readonly string[] {
  const found: string[] = [];
  if (record.removal.owner !== undefined) found.push(`${record.id}: the removal is still owned`);
  const wanted = Object.values(record.services).some(({ desired }) => desired.kind === 'commit');
  if (!wanted && tierOf(record.kind) === 'branch' && record.phase !== 'removed') {
    found.push(`${record.id}: nothing is wanted, but it is ${record.phase}`);
  }
  for (const [key, service] of Object.entries(record.services)) {
    if (service.owner !== undefined) found.push(`${record.id}/${key} is still owned by ${service.owner.execution}`);
    if (service.failure?.kind === 'bug') found.push(`${record.id}/${key}: ${service.failure.reason}`);
    found.push(...compareDeployment(world, record, key, service));
  }
  return found;
}

function compareDeployment(
  world: World,
  record: EnvironmentRecord,
  key: string,
  service: ServiceRecord,
): readonly string[] {
  const deployment = world.cluster
    .peek('Deployment')
    .find(
      ({ metadata }) =>
        metadata.namespace === namespaceOf(INSTALLATION, record.id) && metadata.labels?.[LABELS.repository] === key,
    );
  const template = (
    deployment?.['spec'] as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined
  )?.template;
  const runs = template?.metadata?.labels?.[LABELS.commit];
  const what = `${record.id}/${key}`;
  if (!service.touched) return runs === undefined ? [] : [`${what} is withdrawn, but ${runs} runs`];
  if (service.applied === undefined || service.failure !== undefined) return [];
  return runs === service.applied.commit
    ? []
    : [`${what}: ${service.applied.commit} is applied, but ${runs ?? 'nothing'} runs`];
}
