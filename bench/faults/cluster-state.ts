/**
 * What must be true once a fault is over: what git says is applied and answers, all traffic is on one healthy side, nothing is in the
 * cluster that no record knows. Separate because it is asked again and again until it holds.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import { LABELS, namespaceOf, SIDES, type Side } from '../../lambdas/contracts/kubernetes.ts';
import { COMMIT_HEADER } from '../../lambdas/contracts/variables.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { isBlocked } from '../../lambdas/domain/environment/services.ts';
import { sideName } from '../../lambdas/domain/manifests/manifest.ts';
import { sideOfPlainService } from '../../lambdas/domain/manifests/traffic.ts';
import { readCluster } from '../../tour/cluster.ts';
import type { Stage } from '../../tour/stage.ts';

/** One service in one environment as git wants it; no commit: withdrawn. */
export interface Wish {
  readonly repository: string;
  readonly branch: string;
  readonly commit: string | undefined;
}

/** Requests in a row that the commit must answer. */
const REQUESTS = 5;
/** Kinds that belong to a service, by their path below a namespace. */
const OF_A_SERVICE = [
  'apis/apps/v1/namespaces/NAMESPACE/deployments',
  'api/v1/namespaces/NAMESPACE/services',
  'api/v1/namespaces/NAMESPACE/serviceaccounts',
  'apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies',
  'apis/gateway.networking.k8s.io/v1/namespaces/NAMESPACE/httproutes',
];

interface Route {
  readonly spec: {
    readonly rules: readonly {
      readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
}

interface Named {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** Everything that is not as it must be, as sentences; empty when all of it is. */
export async function problemsOf(stage: Stage, wishes: readonly Wish[]): Promise<readonly string[]> {
  const problems = await Promise.all(wishes.map((wish) => problemOf(stage, wish)));
  return [...problems.flatMap((problem) => problem ?? []), ...(await orphans(stage))];
}

/** What became of a wish in the end: its commit serves, or the version before it does and the author was told why. */
export async function outcomeOf(stage: Stage, wish: Wish): Promise<string> {
  const service = serviceOf(await stage.record(wish.branch), wish);
  if (wish.commit === undefined) return 'withdrawn';
  return service?.failure === undefined ? 'applied' : `went back, and its author was told: ${service.failure.reason}`;
}

function serviceOf(record: EnvironmentRecord | undefined, { repository }: Wish): ServiceRecord | undefined {
  return Object.values(record?.services ?? {}).find((known) => known.repository === repository);
}

async function problemOf(stage: Stage, wish: Wish): Promise<string | undefined> {
  const what = `${wish.repository} of ${wish.branch}`;
  const record = await stage.record(wish.branch);
  const service = serviceOf(record, wish);
  if (service?.owner !== undefined) return `somebody works on ${what}`;
  if (wish.commit === undefined) {
    return service?.applied === undefined && service?.touched !== true ? undefined : `${what} is not withdrawn`;
  }
  const { applied, failure } = service ?? {};
  if (record === undefined || applied?.url === undefined) {
    return `${what} is not there: ${failure?.reason ?? 'nobody delivered it'}`;
  }
  const returned = isBlocked(failure) && failure?.commit === wish.commit;
  if (applied.commit !== wish.commit && !returned) return `${what} is at ${applied.commit.slice(0, 8)}`;
  return (await unanswered(stage, applied.url, applied.commit)) ?? (await traffic(stage, record, what, service));
}

async function unanswered(stage: Stage, url: string, commit: string): Promise<string | undefined> {
  for (let request = 0; request < REQUESTS; request += 1) {
    const { status, headers } = await stage.get(url);
    if (status !== 200 || headers[COMMIT_HEADER] !== commit) {
      return `${url} answers ${String(status)} of ${String(headers[COMMIT_HEADER])} instead of ${commit}`;
    }
  }
  return undefined;
}

/** All requests go to the side that is applied, inside and outside, and its pods are ready. */
async function traffic(
  stage: Stage,
  record: EnvironmentRecord,
  what: string,
  service: ServiceRecord | undefined,
): Promise<string | undefined> {
  const { kubeconfig } = stage.laptop.endpoints;
  const namespace = namespaceOf(stage.laptop.installation, record.id);
  const name = service?.name ?? '';
  const side = service?.applied?.side ?? 'blue';
  const read = async <Value>(path: string): Promise<Value> =>
    JSON.parse((await readCluster(kubeconfig, path)).text) as Value;
  const route = await read<Route>(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`);
  const weights = route.spec.rules.flatMap(({ backendRefs = [] }) => backendRefs);
  const astray = weights.filter((backend) => backend.name !== sideName(name, side) && backend.weight !== 0);
  if (astray.length > 0) return `requests of ${what} go to ${astray.map((backend) => backend.name).join(', ')} too`;
  const plain = await read<object>(`/api/v1/namespaces/${namespace}/services/${name}`);
  if (sideOfPlainService(plain) !== side) return `the name ${name} of ${what} does not lead to ${side}`;
  const deployment = (of: Side): Promise<Deployment> =>
    read(`/apis/apps/v1/namespaces/${namespace}/deployments/${sideName(name, of)}`);
  const [ready, idle] = [await deployment(side), await deployment(SIDES.find((other) => other !== side) ?? side)];
  const { replicas = 0 } = ready.spec ?? {};
  if (replicas === 0 || ready.status?.readyReplicas !== replicas) return `not every pod of ${what} on ${side} is ready`;
  return (idle.spec?.replicas ?? 0) === 0 ? undefined : `the side of ${what} that lost its traffic still runs`;
}

/** Namespaces and objects that no record knows. */
async function orphans(stage: Stage): Promise<readonly string[]> {
  const { kubeconfig } = stage.laptop.endpoints;
  const { installation } = stage.laptop;
  const list = async (path: string): Promise<readonly Named[]> =>
    (JSON.parse((await readCluster(kubeconfig, path)).text) as { readonly items: readonly Named[] }).items;
  const selector = encodeURIComponent(`${LABELS.installation}=${installation},${LABELS.environment}`);
  const records = (await stage.world.records.all()).filter(({ phase }) => phase === 'active');
  const found: string[] = [];
  for (const { metadata } of await list(`/api/v1/namespaces?labelSelector=${selector}`)) {
    const record = records.find(({ id }) => namespaceOf(installation, id) === metadata.name);
    if (record === undefined) {
      found.push(`the namespace ${metadata.name} belongs to no environment`);
      continue;
    }
    const known = Object.entries(record.services).flatMap(([key, { touched }]) => (touched ? [key] : []));
    for (const path of OF_A_SERVICE) {
      const owned = `/${path.replace('NAMESPACE', metadata.name)}?labelSelector=${LABELS.repository}`;
      for (const object of await list(owned)) {
        const repository = object.metadata.labels?.[LABELS.repository] ?? '';
        if (!known.includes(repository))
          found.push(`${path.split('/').at(-1) ?? ''}/${object.metadata.name} is an orphan`);
      }
    }
  }
  return found;
}
