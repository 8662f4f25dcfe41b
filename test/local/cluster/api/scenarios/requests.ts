/** The objects and requests of which scenarios are made. */
import type { Request } from '../scenario.ts';

export const core = '/api/v1/namespaces/{ns}';
export const apps = '/apis/apps/v1/namespaces/{ns}';
export const gateway = '/apis/gateway.networking.k8s.io/v1/namespaces/{ns}';
export const rbac = '/apis/rbac.authorization.k8s.io/v1';

export const labels = { app: 'web' };
export const container = { name: 'main', image: 'example.test/web:1', ports: [{ containerPort: 8080 }] };
export const template = { metadata: { labels }, spec: { containers: [container] } };
export const deployment = (spec: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: '{ns}', labels },
  spec: { replicas: 0, paused: true, selector: { matchLabels: labels }, template, ...spec },
});
export const configMap = (data: object = { a: '1' }, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', ...metadata },
  data,
});
export const service = (spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: labels, ports: [{ port: 80 }], ...spec },
});
export const pod = (spec: object = {}, name = 'one'): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    automountServiceAccountToken: false,
    nodeName: '',
    nodeSelector: { none: 'such' },
    containers: [container],
    ...spec,
  },
});
export const route = (spec: object = {}): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: '{ns}' },
  spec: {
    parentRefs: [{ name: 'nobody' }],
    hostnames: ['web.example.test'],
    rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    ...spec,
  },
});
export const quantities = (cpu: string, memory: string): object => ({
  resources: { requests: { cpu, memory }, limits: { cpu, memory } },
});

export const apply = (path: string, body: object, manager: string, more = ''): Request => [
  'PATCH',
  `${path}?fieldManager=${manager}${more}`,
  body,
  { type: 'application/apply-patch+yaml' },
];
export const patch = (
  path: string,
  body: unknown,
  kind: 'merge-patch' | 'json-patch' | 'strategic-merge-patch',
): Request => ['PATCH', path, body, { type: `application/${kind}+json` }];
export const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
export const jane = { headers: { 'impersonate-user': 'jane', 'impersonate-group': ['developers'] } };
