/**
 * What a new environment takes without Espalier: the same objects by `kubectl apply --server-side`, `kubectl rollout status`, and then
 * the gateway's own delay. Separate because it is the measure, taken on the same cluster between the deliveries that are held against it.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { askCluster } from '../../local/existing-cluster/ask.ts';
import { readKubeconfig } from '../../local/existing-cluster/kubeconfig.ts';
import { LABELS } from '../../lambdas/contracts/kubernetes.ts';

const run = promisify(execFile);

/** An object as the API answers it. */
export interface Stored {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** Everything that a delivery puts into its namespace, in the order in which one would write it down. */
const KINDS = [
  ['/api/v1', 'resourcequotas'],
  ['/api/v1', 'limitranges'],
  ['/apis/networking.k8s.io/v1', 'networkpolicies'],
  ['/apis/rbac.authorization.k8s.io/v1', 'rolebindings'],
  ['/api/v1', 'serviceaccounts'],
  ['/api/v1', 'services'],
  ['/apis/gateway.networking.k8s.io/v1', 'httproutes'],
  ['/apis/apps/v1', 'deployments'],
  ['/apis/policy/v1', 'poddisruptionbudgets'],
] as const;

/** A copy of an environment, as a file for kubectl. */
export interface Copy {
  readonly namespace: string;
  readonly host: string;
  readonly deployment: string;
  readonly objects: readonly object[];
}

/** Copies what is in a namespace, for another namespace and another host name. */
export async function copyOf(kubeconfig: string, namespace: string, name: string): Promise<Copy> {
  const read = async (path: string): Promise<Stored & { items?: readonly Stored[] }> =>
    JSON.parse((await askCluster(readKubeconfig(kubeconfig), 'GET', path)).text) as Stored;
  const host = `${name}.localhost`;
  const own = await read(`/api/v1/namespaces/${namespace}`);
  const lists = await Promise.all(KINDS.map(([group, kind]) => read(`${group}/namespaces/${namespace}/${kind}`)));
  const inside = lists.flatMap(({ apiVersion = '', kind = '', items = [] }) =>
    items
      // What the cluster makes by itself in every namespace.
      .filter(({ metadata }) => metadata.labels?.[LABELS.installation] !== undefined)
      .map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, '') })),
  );
  const deployment = inside.find(({ kind }) => kind === 'Deployment')?.metadata.name ?? '';
  const objects = [{ ...own, apiVersion: 'v1', kind: 'Namespace' }, ...inside].map((each) => written(each, name, host));
  return { namespace: name, host, deployment, objects };
}

/** As somebody would have written it; without the label by which an installation knows its own, and would take it away. */
export function written(
  { apiVersion, kind, metadata, spec, ...rest }: Stored,
  namespace: string,
  host: string,
): object {
  const { [LABELS.installation]: _installation, ...labels } = metadata.labels ?? {};
  const { status: _status, ...content } = rest;
  const { clusterIP: _clusterIP, clusterIPs: _clusterIPs, finalizers: _finalizers, ...wanted } = spec ?? {};
  return {
    apiVersion,
    kind,
    metadata: kind === 'Namespace' ? { name: namespace, labels } : { name: metadata.name, namespace, labels },
    ...(kind !== 'Namespace' &&
      spec !== undefined && { spec: kind === 'HTTPRoute' ? { ...wanted, hostnames: [host] } : wanted }),
    ...content,
  };
}

/** Applies and waits for the pods; answers after kubectl says that they are there. */
export async function applyPlainly(kubeconfig: string, copy: Copy): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: copy.objects };
  const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'apply', '--server-side', '--filename', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(JSON.stringify(list));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`kubectl apply ended with ${String(code)}: ${said}`);
  const place = ['--kubeconfig', kubeconfig, '--namespace', copy.namespace];
  await run('kubectl', [...place, 'rollout', 'status', `deployment/${copy.deployment}`, '--timeout=120s']);
}

/** Takes the copy away again; nobody waits for it. */
export async function removeCopy(kubeconfig: string, { namespace }: Copy): Promise<void> {
  await run('kubectl', ['--kubeconfig', kubeconfig, 'delete', 'namespace', namespace, '--wait=false']);
}
