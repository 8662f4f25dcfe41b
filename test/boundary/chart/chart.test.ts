/** What a chart may render: charts that are well, and hostile ones. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { parseChart } from '../../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { chart, deployment, IMAGE, service, type Loose } from './sample-chart.ts';

function definitionOf(more = '') {
  const reading = parseServiceFile(`name: orders\nchart: chart\n${more}`);
  if (reading.kind === 'wrong') throw new Error(reading.message);
  return reading.definition;
}

const read = (text: string, more?: string) => parseChart(text, definitionOf(more), IMAGE);
const refusal = (objects: readonly Loose[], more?: string): string => {
  const reading = read(chart(...objects), more);
  return reading.kind === 'wrong' ? reading.message : '';
};
const object = (apiVersion: string, kind: string, rest: Loose = {}): Loose => ({
  apiVersion,
  kind,
  metadata: { name: 'orders' },
  ...rest,
});

const BY_CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } };
const byRequests = (averageValue: unknown, metric = 'http_requests_per_second'): Loose => ({
  type: 'Pods',
  pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue } },
});
const BY_REQUESTS = byRequests('50');
const scaler = (metrics: readonly Loose[]): Loose =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', {
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'orders' }, minReplicas: 2, maxReplicas: 5, metrics },
  });

describe('a chart that is well', () => {
  it('says sizes, processes and containers for the service file, with its own container first', () => {
    const reading = read(
      chart(
        deployment({
          replicas: 3,
          containers: [
            { name: 'proxy', image: `registry.example/proxy:1@sha256:${'b'.repeat(64)}` },
            {
              name: 'app',
              image: IMAGE,
              args: ['serve'],
              ports: [{ name: 'web', containerPort: 8080 }],
              resources: { requests: { cpu: 1 } },
            },
          ],
        }),
        deployment({ name: 'orders-worker', containers: [{ name: 'worker', image: IMAGE, command: ['work'] }] }),
        service(),
      ),
    );
    if (reading.kind === 'wrong') throw new Error(reading.message);
    expect(reading.definition).toMatchObject({
      replicas: 3,
      command: ['serve'],
      resources: { cpu: '1', memory: '64Mi', disk: '256Mi' },
      containers: { proxy: { image: expect.stringContaining('proxy:1@sha256') as string } },
      processes: { worker: { command: ['work'], replicas: 1 } },
    });
    expect(reading.chart.main.containers.map(({ name }) => name)).toEqual(['service', 'proxy']);
  });

  it('says an autoscaler, which counts as `autoscale`', () => {
    const reading = read(chart(deployment(), scaler([BY_CPU])));
    expect(reading).toMatchObject({
      kind: 'read',
      definition: { replicas: 2, autoscale: { minimum: 2, maximum: 5, cpu: 70 } },
    });
  });

  it.each<[string, readonly Loose[], object]>([
    ['requests', [BY_REQUESTS], { requests: 50 }],
    ['requests and processors', [BY_REQUESTS, BY_CPU], { requests: 50, cpu: 70 }],
  ])('says an autoscaler by %s', (_by, metrics, measured) => {
    expect(read(chart(deployment(), scaler(metrics)))).toMatchObject({
      kind: 'read',
      definition: { replicas: 2, autoscale: { minimum: 2, maximum: 5, ...measured } },
    });
  });

  it('may leave keys empty, and templates without an object', () => {
    expect(
      read(`${chart({ ...deployment(), status: null })}---\n# Source: orders/templates/none.yaml\n---\n`).kind,
    ).toBe('read');
  });

  it('breaks rules for containers like a service file, each with the place and never with a value', () => {
    const reading = read(
      chart(
        deployment({
          containers: [
            {
              name: 'app',
              image: IMAGE,
              ports: [{ containerPort: 8080 }],
              env: [
                { name: 'DATABASE', value: '10.1.2.3' },
                { name: 'API_TOKEN', value: 'abcdef' },
              ],
              securityContext: { readOnlyRootFilesystem: false },
            },
          ],
        }),
        object('v1', 'ConfigMap', { metadata: { name: 'files' }, data: { password: 'hunter2' } }),
      ),
    );
    if (reading.kind === 'wrong') throw new Error(reading.message);
    expect(reading.breaches.map(({ rule }) => rule)).toEqual([
      'ip-literal',
      'secret-in-variable',
      'writable-root',
      'secret-in-variable',
    ]);
    expect(JSON.stringify(reading.breaches)).not.toMatch(/abcdef|hunter2/);
  });
});

describe('a chart is refused, with what stands for it, when it brings', () => {
  it.each([
    [
      object('rbac.authorization.k8s.io/v1', 'ClusterRole'),
      'ClusterRole orders (orders/templates/1.yaml) of rbac.authorization.k8s.io/v1 is nothing that a chart may bring: nothing of a service has rights in the cluster.',
    ],
    [object('rbac.authorization.k8s.io/v1', 'RoleBinding'), 'nothing of a service has rights in the cluster'],
    [object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'), 'kinds belong to the whole cluster'],
    [object('v1', 'Namespace'), 'the namespace is that of the environment'],
    [object('v1', 'Secret', { stringData: { a: 'b' } }), 'under `secrets` in the service file'],
    [object('v1', 'List', { items: [] }), 'allowed are apps/v1 Deployment, v1 Service'],
    [object('batch/v1', 'Job'), 'under `jobs`'],
    [object('batch/v1', 'CronJob'), 'under `schedules`'],
    [object('networking.k8s.io/v1', 'NetworkPolicy'), '`dependencies`'],
    [object('networking.k8s.io/v1', 'Ingress'), 'Espalier makes the way in'],
    [object('apps/v1', 'DaemonSet'), 'a service runs in a Deployment'],
    [object('v1', 'toString'), 'allowed are apps/v1 Deployment'],
    [object('extensions/v1beta1', 'Deployment'), 'allowed are apps/v1 Deployment'],
    [object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'), 'allowed are apps/v1 Deployment'],
  ])('%j', (one, message) => {
    expect(refusal([deployment(), one])).toContain(message);
  });

  it('an object of another namespace, or the namespace in a value', () => {
    const elsewhere = { ...service(), metadata: { name: 'orders', namespace: 'kube-system' } };
    expect(refusal([deployment(), elsewhere])).toContain('is for the namespace kube-system');
    const own = { ...service(), metadata: { name: 'orders', namespace: 'espalier-every-environment' } };
    expect(read(chart(deployment(), own)).kind).toBe('read');
    const value = object('v1', 'ConfigMap', { data: { url: 'http://x.espalier-every-environment.svc' } });
    expect(refusal([deployment(), value])).toContain('writes the namespace into a value');
  });

  it('a hook, whatever it is', () => {
    const hook = {
      ...object('batch/v1', 'Job'),
      metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-install' } },
    };
    expect(refusal([deployment(), hook])).toContain(
      'Job migrate (orders/templates/1.yaml) is a hook, which runs by Helm only. Declare it under `jobs`',
    );
  });

  it.each<[Loose, string]>([
    [{ hostNetwork: true }, 'spec.template.spec.hostNetwork: no chart may say this'],
    [{ hostPID: true }, 'spec.template.spec.hostPID'],
    [{ nodeName: 'node-1' }, 'spec.template.spec.nodeName'],
    [{ runtimeClassName: 'other' }, 'runtimeClassName'],
    [{ automountServiceAccountToken: true }, 'automountServiceAccountToken: found true; allowed: false'],
    [{ serviceAccountName: 'admin' }, 'runs as the ServiceAccount admin, which the chart does not have: it has none'],
    [
      { volumes: [{ name: 'host', hostPath: { path: '/' } }] },
      'volumes.0.hostPath: no chart may say this; allowed: name, emptyDir, configMap',
    ],
    [{ volumes: [{ name: 'token', projected: {} }] }, 'volumes.0.projected'],
    [{ volumes: [{ name: 'keys', secret: { secretName: 'orders-blue' } }] }, 'volumes.0.secret'],
    [
      { volumes: [{ name: 'maps', configMap: { name: 'kube-root-ca.crt' } }] },
      'reads the ConfigMap kube-root-ca.crt, which the chart does not have',
    ],
    [
      { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Gi' } }] },
      'has the emptyDir cache of 1Gi, and its containers may use 256Mi of ephemeral-storage in all',
    ],
    [
      { volumes: [{ name: 'cache', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }] },
      'has the emptyDir cache of 1Gi, and its containers may use 64Mi of memory in all',
    ],
    [{ volumes: [{ name: 'tmp', emptyDir: {} }] }, 'has the volume tmp, which Espalier makes itself'],
    [{ securityContext: { runAsUser: 0 } }, 'securityContext.runAsUser: found 0; allowed: a whole number from 1'],
    [{ securityContext: { runAsNonRoot: false } }, 'runAsNonRoot: found false; allowed: true'],
    [{ securityContext: { seccompProfile: { type: 'Unconfined' } } }, 'found "Unconfined"; allowed: RuntimeDefault'],
  ])('a pod with %j', (pod, message) => {
    expect(refusal([deployment({ pod })])).toContain(message);
  });

  it.each<[Loose, string]>([
    [{ securityContext: { privileged: true } }, 'privileged: found true; allowed: false'],
    [{ securityContext: { allowPrivilegeEscalation: true } }, 'allowPrivilegeEscalation: found true'],
    [{ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }, 'capabilities.add: no chart may say this'],
    [{ ports: [{ containerPort: 8080, hostPort: 80 }] }, 'hostPort: no chart may say this'],
    [
      { env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'orders-green', key: 'KEY' } } }] },
      'secretKeyRef: no chart may say this',
    ],
    [{ envFrom: [{ secretRef: { name: 'orders-green' } }] }, 'secretRef: no chart may say this'],
    [{ env: [{ name: 'ESPALIER_COMMIT', value: 'x' }] }, 'sets the variable ESPALIER_COMMIT, which Espalier sets'],
    [
      { env: [{ name: 'INVENTORY_URL', value: 'http://x' }] },
      'sets the variable INVENTORY_URL, which the dependency inventory sets',
    ],
    [
      { image: 'registry.example/orders:other' },
      'the image is registry.example/orders:other, another one than this build makes',
    ],
    [{ lifecycle: { preStop: { exec: { command: ['sleep'] } } } }, 'lifecycle: no chart may say this'],
    [{ volumeMounts: [{ name: 'none', mountPath: '/data' }] }, 'mounts the volume none, which the pod does not have'],
    [
      { resources: { requests: { memory: '64Mi' }, limits: { memory: '1Gi' } } },
      'asks for 64Mi of memory and may use 1Gi',
    ],
    [
      { resources: { requests: { 'ephemeral-storage': '64Mi' }, limits: { 'ephemeral-storage': '1Gi' } } },
      'asks for 64Mi of ephemeral-storage and may use 1Gi',
    ],
  ])('a container with %j', (container, message) => {
    const app = { name: 'app', image: IMAGE, ports: [{ containerPort: 8080 }], ...container };
    const beside = { name: 'own', image: IMAGE, ports: [{ containerPort: 8080 }] };
    expect(refusal([deployment({ containers: [app, beside] })], 'dependencies: [inventory]\n')).toContain(message);
  });

  it.each<[string, readonly Loose[], string]>([
    ['no measure', [], 'found []; allowed: cpu, or the pods’ metric http_requests_per_second, or both'],
    ['one twice', [BY_CPU, BY_CPU], 'each of them once'],
    ['another metric', [byRequests('50', 'queue_length')], 'found "queue_length"; allowed: http_requests_per_second'],
    ['a share of a request', [byRequests('100m')], 'found "100m"; allowed: a whole number from 1 to 100000'],
    [
      'a type without what belongs to it',
      [{ ...BY_CPU, type: 'Pods' }],
      'type Resource with resource, or Pods with pods',
    ],
  ])('an autoscaler by %s', (_by, metrics, message) => {
    expect(refusal([deployment(), scaler(metrics)])).toContain(message);
  });

  it('a variable from a key that its ConfigMap does not have', () => {
    const reads = (more: Loose = {}): Loose =>
      deployment({
        containers: [
          {
            name: 'app',
            image: IMAGE,
            ports: [{ containerPort: 8080 }],
            env: [{ name: 'PRICE', valueFrom: { configMapKeyRef: { name: 'words', key: 'price', ...more } } }],
          },
        ],
      });
    const words = object('v1', 'ConfigMap', { metadata: { name: 'words' }, data: { prize: '1' } });
    expect(refusal([reads(), words])).toContain(
      'container app: the variable PRICE is the key price of the ConfigMap words, which has prize',
    );
    expect(read(chart(reads({ optional: true }), words)).kind).toBe('read');
  });

  it('a Service of another type', () => {
    const external = object('v1', 'Service', {
      spec: { type: 'ExternalName', externalName: 'evil.example', selector: {}, ports: [] },
    });
    expect(refusal([deployment(), external])).toContain('spec.type: found "ExternalName"; allowed: ClusterIP');
  });
});

describe('a chart that says something else than the service file is refused with both', () => {
  it.each<[string, readonly Loose[], string, string]>([
    [
      'name',
      [deployment({ name: 'shop' })],
      '',
      'the service file says name: orders, and the chart has Deployment shop (orders/templates/0.yaml)',
    ],
    ['no Deployment', [service()], '', 'the chart has no Deployment'],
    ['port', [deployment({ port: 9090 })], '', 'listens on 9090, and the service file says port: 8080'],
    [
      'further port',
      [deployment()],
      'ports: { metrics: 9100 }\n',
      'does not listen on 9100, and the service file says ports.metrics: 9100',
    ],
    [
      'readiness',
      [deployment({ path: '/up' })],
      '',
      'asks /up for readiness, and the service file says health: /health',
    ],
    [
      'ports of the Service',
      [deployment(), service({ port: 8080, targetPort: 8080 })],
      '',
      'sends 8080 → 8080, and the service file says 80 → 8080 (keys port, ports)',
    ],
    [
      'selector of the Service',
      [deployment(), service({ selector: { app: 'other' } })],
      '',
      'selects pods by app=other, and the pods of Deployment orders (orders/templates/0.yaml) do not have that',
    ],
    [
      'selector of the Deployment',
      [deployment({ selector: { app: 'other' } })],
      '',
      'selects pods by app=other, and its own pods do not have that',
    ],
    [
      'route',
      [deployment(), service(), route()],
      'routes: none\n',
      'leads requests in from outside, and the service file says routes: none',
    ],
    [
      'path of the route',
      [deployment(), service(), route({ path: '/api' })],
      '',
      'leads /api to the service, and the service file gives it all paths',
    ],
    [
      'backend of the route',
      [deployment(), service(), route({ name: 'other' })],
      '',
      'leads to other:80, and the chart has orders with port 80',
    ],
    [
      'process',
      [deployment(), deployment({ name: 'worker' })],
      '',
      'is a process of orders and must be called orders- and',
    ],
    ['side', [deployment(), deployment({ name: 'orders-green' })], '', 'but not blue, green'],
    ['volume', [deployment({ replicas: 2 })], 'volumes: { data: { path: /data } }\n', 'with what the chart says'],
  ])('%s', (_what, objects, more, message) => {
    expect(refusal(objects, more)).toContain(message);
  });

  function route({ path = '/', name = 'orders' } = {}): Loose {
    return object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
      spec: {
        rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs: [{ name, port: 80 }] }],
      },
    });
  }
});

describe('what is no chart at all', () => {
  it.each([
    ['', 'the chart has no Deployment'],
    ['a: 1\n', 'is no object of Kubernetes'],
    ['- 1\n', 'is no object of Kubernetes'],
    ['{', 'is not valid YAML'],
    [`${chart(deployment())}\0`, 'the control character U+0000'],
    ['a: "\u001b[31m"\n', 'the control character U+001b in line 1'],
    [`a: ${'x'.repeat(300_000)}`, 'it renders 300003 characters; allowed: 262144'],
    ['---\na: 1\n'.repeat(100), 'it renders 100 objects; allowed: 60'],
    [chart(deployment(), deployment()), 'Deployment orders (orders/templates/1.yaml) is there twice'],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: &d [${'*c,'.repeat(9)}]\n`,
      'aliases that cannot be resolved',
    ],
  ])('%#', (text, message) => {
    const reading = read(text);
    expect(reading.kind === 'wrong' ? reading.message : '').toContain(message);
  });

  it('never breaks the parser, and no line of a message is made by the chart', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('\n- all is well'));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom('spec', 'metadata', 'name', 'containers', '__proto__', 'constructor', 'a\nb'),
          tie('tree'),
          { maxKeys: 4 },
        ),
      ),
    }));
    const lines = fc.property(
      fc.constantFrom('Deployment', 'Service', 'ConfigMap', 'x\ny'),
      tree,
      tree,
      (kind, spec, name) => {
        const reading = read(stringify({ apiVersion: 'apps/v1', kind, metadata: { name }, spec }));
        const said = reading.kind === 'wrong' ? reading.message.split('\n') : [];
        return said.every((line) => line.startsWith('- ') && !line.startsWith('- all is well'));
      },
    );
    expect(() => fc.assert(lines, { numRuns: 200 })).not.toThrow();
  });
});
