/**
 * kubectl's everyday commands, run by a real kubectl: what it prints about the laptop's cluster is what it prints about a real one.
 * Needs kubectl and KUBECONFIG.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../../local/cluster/cluster.ts';
import { uniqueInstallation } from '../fakes/installation.ts';

const namespace = uniqueInstallation('kubectl');
const stateDirectory = mkdtempSync(join(tmpdir(), 'kubectl-'));
let laptop: Cluster;

interface Printed {
  readonly code: number;
  readonly text: string;
}

function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<Printed> {
  const env = {
    ...process.env,
    EDITOR: `sed -i 's/^  greeting: .*/  greeting: edited/'`,
    KUBECTL_EXTERNAL_DIFF: 'diff',
  };
  return new Promise((resolve) => {
    const given = ['--kubeconfig', kubeconfig, '--namespace', namespace, ...args];
    const child = execFile('kubectl', given, { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: tidy(stdout + stderr) }),
    );
    child.stdin?.end(input);
  });
}

/** What differs from run to run and from cluster to cluster. */
const tidy = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000/g, '<time>')
    .replaceAll(/(resourceVersion"?|Resource Version): +"?\d+"?/g, '$1: <n>')
    .replaceAll(/\b10\.96\.\d+\.\d+\b/g, '<address>')
    .replaceAll(/\/tmp\/\S+/g, '<file>')
    .replaceAll(/ +(\d+[smh])+ */g, ' <age> ')
    .replaceAll(/ {2,}/g, '  ');

const labels = { app: 'web' };
const web = (change: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', labels },
        // Paused, so that a real cluster's controllers make no pods of it.
        spec: {
          replicas: 1,
          paused: true,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example.test/web:1' }] } },
          ...change,
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: labels, ports: [{ port: 80 }] },
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { greeting: 'hello' } },
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'web' },
        spec: { hostnames: ['web.example.test'], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
      },
    ],
  });
const configMap = (more: object): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, ...more });

/** A command after the other, as a person types them; what stands last is written to its input. */
const commands: readonly (readonly [line: string, input?: string])[] = [
  ['apply -f -', web()],
  ['apply -f -', web()],
  ['diff -f -', web()],
  ['diff -f -', web({ replicas: 2 })],
  ['apply -f - --dry-run=server', web({ replicas: 2 })],
  ['apply -f -', web({ replicas: 2 })],
  ['apply -f - --server-side', web({ replicas: 3 })],
  ['apply -f - --server-side --force-conflicts', web({ replicas: 3 })],
  ['diff -f - --server-side --force-conflicts', web({ replicas: 4 })],
  ['apply -f - --server-side --force-conflicts', web({ replicas: 3 })],
  ['create -f -', web()],
  ['get deployments,services,configmaps -l app=web'],
  ['get service web -o wide'],
  ['get configmap settings -o yaml'],
  ['get service web -o json'],
  ['get deployment web -o jsonpath={.spec.template.spec.containers[*].image}'],
  ['get deployments -o custom-columns=NAME:.metadata.name,SIZE:.spec.replicas'],
  ['get httproutes,services -o name'],
  ['get httproute web'],
  ['get deployment web --show-labels'],
  ['get configmap settings --watch-only --request-timeout=1s'],
  ['describe configmap settings'],
  ['scale deployment web --replicas=2'],
  ['scale deployment web --current-replicas=5 --replicas=1'],
  ['patch deployment web -p {"spec":{"replicas":0}}'],
  ['patch deployment web --type=json -p [{"op":"replace","path":"/spec/minReadySeconds","value":3}]'],
  ['patch service web --type=merge -p {"spec":{"ports":null}}'],
  ['label deployment web tier=front'],
  ['label deployment web tier=back'],
  ['label deployment web tier=back --overwrite'],
  ['annotate deployment web note=hello'],
  ['set image deployment/web main=example.test/web:2'],
  ['rollout restart deployment/web'],
  ['rollout resume deployment/none'],
  ['edit configmap settings'],
  ['get configmap settings -o jsonpath={.data.greeting}'],
  ['wait --for=jsonpath={.data.greeting}=edited configmap/settings --timeout=5s'],
  ['wait --for=condition=Ready pod/none --timeout=1s'],
  ['auth can-i create deployments'],
  ['auth can-i delete secrets --as=nobody'],
  ['api-resources --api-group=gateway.networking.k8s.io -o name --namespaced --verbs=list --sort-by=name'],
  ['api-resources --api-group=policy'],
  ['apply -f -', configMap({ dat: {} })],
  ['apply -f -', configMap({ data: { greeting: 1 } })],
  ['apply -f -', JSON.stringify({ apiVersion: 'example.test/v1', kind: 'Gizmo', metadata: { name: 'x' } })],
  ['get gizmos'],
  ['get pod none'],
  ['logs none'],
  ['create quota size --hard=pods=many'],
  ['create deployment wrong --image=x --replicas=-1'],
  ['delete -f -', configMap({})],
  ['delete deployment,service,httproute web'],
  ['delete configmap none'],
  ['delete configmap none --ignore-not-found'],
];

beforeAll(async () => {
  const nobody = (): Promise<undefined> => Promise.resolve(undefined);
  laptop = await startCluster({
    stateDirectory,
    apiPort: 0,
    gatewayPort: 0,
    authenticate: nobody,
    images: { find: nobody },
    log: () => undefined,
  });
});

afterAll(async () => {
  await kubectl(process.env['KUBECONFIG'] ?? '', [
    'delete',
    'namespace',
    namespace,
    '--wait=false',
    '--ignore-not-found',
  ]);
  await laptop.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

describe('kubectl prints the same about the laptop’s cluster and a real one', () => {
  test('a namespace', async () => {
    const clusters = [process.env['KUBECONFIG'] ?? '', laptop.kubeconfigPath];
    const made = await Promise.all(clusters.map((one) => kubectl(one, ['create', 'namespace', namespace])));
    expect(made[1]).toEqual(made[0]);
    expect(made[0]?.code).toBe(0);
  });

  test.each(commands.map(([line, input], index) => ({ name: `${index + 1} ${line}`, line, input })))(
    '$name',
    async ({ line, input }) => {
      const args = line.split(' ');
      const real = await kubectl(process.env['KUBECONFIG'] ?? '', args, input);
      const here = await kubectl(laptop.kubeconfigPath, args, input);
      expect(here).toEqual(real);
    },
  );
});
