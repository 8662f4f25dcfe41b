/**
 * What must be true when everything is at rest: records, executions, cluster and git say the same.
 * Separate because it is the point of the whole model.
 */
import { namespaceOf, routerNamespace } from '../../lambdas/contracts/kubernetes.ts';
import { tierOf } from '../../lambdas/contracts/kinds.ts';
import { classifyBranch } from '../../lambdas/domain/branches/classify.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { compareConfiguration, compareLayers } from './configuration.ts';
import { isExcused } from './excuses.ts';
import type { Machines } from './machines.ts';
import { BRANCHES, INSTALLATION, REPOSITORIES, RULES } from './places.ts';
import { compareTraffic } from './traffic-agreement.ts';
import type { World } from './world.ts';

/** Every disagreement in a sentence; empty when all agree. */
export async function disagreements(world: World, machines: Machines): Promise<readonly string[]> {
  const records = await world.records.all();
  const found: string[] = [];
  for (const branch of BRANCHES) {
    const mine = records.filter((record) => record.branch === branch);
    if (mine.length > 1) found.push(`${branch} has ${String(mine.length)} records`);
    for (const repository of REPOSITORIES) found.push(...(await compare(world, mine[0], repository, branch)));
  }
  for (const record of records) {
    found.push(...compareEnvironment(record));
    found.push(...compareTraffic(world, machines, record));
    found.push(...(await compareConfiguration(world, record)));
  }
  for (const execution of world.executions.started.filter(({ running }) => running)) {
    found.push(`${execution.execution} still runs`);
  }
  const there = records.filter(({ phase }) => phase === 'active').map(({ id }) => id);
  for (const { environment } of await world.tenants.all()) {
    if (!there.includes(environment)) found.push(`the tenant ${environment} has no environment`);
  }
  found.push(...compareLayers(world, there));
  for (const secret of world.secretStore.names()) {
    if (!there.some((id) => secret.includes(`/${id}/`))) found.push(`the secret ${secret} was left behind`);
  }
  for (const namespace of world.cluster.names('Namespace').filter((name) => name !== routerNamespace(INSTALLATION))) {
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
  if (record === undefined || service === undefined) return [`${what} is there, but no record knows it`];
  if (service.held === head && service.desired.kind !== 'commit') {
    return service.applied === undefined ? [] : [`${what} was removed by hand, but is applied`];
  }
  if (service.desired.kind !== 'commit') return [`${what} is there, but the record wants nothing of it`];
  const { commit } = service.desired;
  // Somebody went back to the version before.
  if (service.held !== head && commit !== head) return [`${what} is at ${head}, but the record wants ${commit}`];
  const dark = service.dark?.commit === commit && service.dark.generation === service.generation;
  if (dark || service.applied?.commit === commit) return [];
  const { failure } = service;
  if (failure === undefined) return [`${what}: ${commit} is not applied, and nothing says why`];
  const excused = await isExcused(world, { record, key: repository }, { repository, commit }, failure);
  return excused ? [] : [`${what}: ${commit} failed as ${failure.kind}: ${failure.reason}`];
}

function compareEnvironment(record: EnvironmentRecord): readonly string[] {
  const found: string[] = [];
  if (record.removal.owner !== undefined) found.push(`${record.id}: the removal is still owned`);
  const wanted = Object.values(record.services).some(({ desired }) => desired.kind === 'commit');
  if (!wanted && tierOf(record.kind) === 'branch' && record.phase !== 'removed') {
    found.push(`${record.id}: nothing is wanted, but it is ${record.phase}`);
  }
  for (const [key, service] of Object.entries(record.services)) {
    if (service.owner !== undefined) found.push(`${record.id}/${key} is still owned by ${service.owner.execution}`);
    if (service.failure?.kind === 'bug') found.push(`${record.id}/${key}: ${service.failure.reason}`);
  }
  return found;
}
