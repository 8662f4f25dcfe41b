/** Requirements on server-side apply between several writers: whose a field is, who may take it, and what dry runs say about it. */
import type { Scenario } from '../scenario.ts';
import {
  apply,
  apps,
  configMap,
  container,
  core,
  deployment,
  gateway,
  labels,
  patch,
  route,
  service,
  template,
} from './requests.ts';

const named = (kind: 'ConfigMap' | 'Service', more: object): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: kind === 'ConfigMap' ? 'settings' : 'web' },
  ...more,
});

/** What is asked about owners of fields. */
export const applyingScenarios: readonly Scenario[] = [
  {
    name: 'an applied size conflicts with who scaled, and is left to them when it is applied no more',
    requests: [
      apply(`${apps}/deployments/web`, deployment({ replicas: 2 }), 'deploy'),
      patch(`${apps}/deployments/web/scale?fieldManager=scaler`, { spec: { replicas: 3 } }, 'merge-patch'),
      ['GET', `${apps}/deployments/web`],
      apply(`${apps}/deployments/web`, deployment({ replicas: 2 }), 'deploy'),
      apply(`${apps}/deployments/web`, deployment({ replicas: undefined }), 'deploy'),
      apply(`${apps}/deployments/web`, deployment({ replicas: 1 }), 'deploy', '&force=true&dryRun=All'),
      ['GET', `${apps}/deployments/web/scale`],
      patch(`${apps}/deployments/web/scale?fieldManager=scaler`, { spec: { replicas: 0 } }, 'merge-patch'),
      ['GET', `${apps}/deployments/web`],
    ],
  },
  {
    name: 'a dry-run apply tells conflicts, creations and removals, and changes neither fields nor owners',
    requests: [
      apply(`${core}/configmaps/settings`, configMap({ a: '1' }), 'one', '&dryRun=All'),
      ['GET', `${core}/configmaps/settings`],
      apply(`${core}/configmaps/settings`, configMap({ a: '1', b: '2' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ a: '9' }), 'two', '&dryRun=All'),
      apply(`${core}/configmaps/settings`, configMap({ a: '9' }), 'two', '&dryRun=All&force=true'),
      apply(`${core}/configmaps/settings`, configMap({ b: '2' }), 'one', '&dryRun=All'),
      ['GET', `${core}/configmaps/settings`],
      ['PUT', `${core}/configmaps/settings?dryRun=All`, configMap({ a: '7' })],
      patch(`${core}/configmaps/settings?dryRun=All`, { data: { a: null } }, 'merge-patch'),
      ['DELETE', `${core}/configmaps?dryRun=All`],
      ['GET', `${core}/configmaps/settings`],
    ],
  },
  {
    name: 'two who apply the same value share it, and it goes when neither applies it any more',
    requests: [
      apply(`${core}/configmaps/settings`, configMap({ shared: 'x', one: '1' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ shared: 'x', two: '2' }), 'two'),
      apply(`${core}/configmaps/settings`, configMap({ one: '1' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ two: '2' }), 'two'),
      apply(`${core}/configmaps/settings`, named('ConfigMap', {}), 'two'),
      ['DELETE', `${core}/configmaps/settings`],
    ],
  },
  {
    name: 'labels, annotations and finalizers have an owner each, selectors have one for all',
    requests: [
      apply(`${core}/services/web`, service({ selector: { app: 'web', side: 'blue' } }), 'one'),
      apply(
        `${core}/services/web`,
        named('Service', { metadata: { name: 'web', labels: { b: '2' }, annotations: { 'x/y': 'z' } } }),
        'two',
      ),
      apply(`${core}/services/web`, named('Service', { spec: { selector: { side: 'green' } } }), 'two'),
      apply(`${core}/services/web`, named('Service', { spec: { selector: { side: 'green' } } }), 'two', '&force=true'),
      apply(`${core}/services/web`, service({ selector: { app: 'web', side: 'blue' } }), 'one'),
      apply(
        `${core}/services/web`,
        named('Service', { metadata: { name: 'web', labels: { b: '2' } }, spec: { selector: { side: 'green' } } }),
        'two',
      ),
    ],
  },
  {
    name: 'server-side apply refuses what it cannot merge',
    requests: [
      apply(
        `${apps}/deployments/web`,
        deployment({ template: { ...template, spec: { containers: [container, container] } } }),
        'one',
      ),
      apply(
        `${core}/services/web`,
        service({
          ports: [
            { port: 80, name: 'a' },
            { port: 80, name: 'b' },
          ],
        }),
        'one',
      ),
      apply(`${core}/configmaps/settings`, configMap({ a: 1 }), 'one'),
      apply(`${core}/configmaps/settings`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'settings' } }, 'one'),
      apply(`${core}/configmaps/settings`, { kind: 'ConfigMap', metadata: { name: 'settings' } }, 'one'),
      apply(`${core}/configmaps/settings`, configMap(), 'm'.repeat(129)),
      apply(`${core}/configmaps/settings`, configMap(), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ a: '2' }, { resourceVersion: '1' }), 'one'),
      apply(
        `${core}/configmaps/settings`,
        configMap({ a: '2' }, { uid: '00000000-0000-0000-0000-000000000000' }),
        'one',
      ),
      apply(`${apps}/deployments/web`, deployment({ selector: { matchLabels: { app: 'other' } } }), 'one'),
      patch(`${core}/configmaps/settings?force=true`, { data: { a: '3' } }, 'merge-patch'),
    ],
  },
  {
    name: 'who updated becomes owner of what changed, also of what was applied',
    requests: [
      apply(`${core}/configmaps/settings`, configMap({ a: '1', b: '2' }), 'one'),
      ['PUT', `${core}/configmaps/settings?fieldManager=editor`, configMap({ a: '1', b: '3', c: '4' })],
      apply(`${core}/configmaps/settings`, configMap({ a: '1', b: '2' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ a: '1' }), 'one'),
      patch(
        `${core}/configmaps/settings`,
        [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        'json-patch',
      ),
      apply(`${core}/configmaps/settings`, configMap({ d: '5' }), 'one'),
    ],
  },
  {
    name: 'the weights of a route are its rules’ owner’s, whole, and a status written beside them takes nothing',
    requests: [
      apply(
        `${gateway}/httproutes/web`,
        route({ rules: [{ backendRefs: [{ name: 'blue', port: 80, weight: 100 }] }] }),
        'traffic',
      ),
      apply(
        `${gateway}/httproutes/web`,
        route({
          parentRefs: undefined,
          hostnames: undefined,
          rules: [{ backendRefs: [{ name: 'green', port: 80, weight: 1 }] }],
        }),
        'deploy',
      ),
      apply(
        `${gateway}/httproutes/web`,
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'web' },
          spec: { hostnames: ['other.example.test'] },
        },
        'deploy',
      ),
      apply(
        `${gateway}/httproutes/web/status`,
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'web' },
          status: {
            parents: [
              {
                parentRef: { name: 'nobody' },
                controllerName: 'example.test/controller',
                conditions: [
                  {
                    type: 'Accepted',
                    status: 'True',
                    reason: 'Accepted',
                    message: 'm',
                    observedGeneration: 1,
                    lastTransitionTime: '2026-01-01T00:00:00Z',
                  },
                ],
              },
            ],
          },
        },
        'controller',
      ),
      patch(
        `${gateway}/httproutes/web/status`,
        {
          status: {
            parents: [
              {
                parentRef: { name: 'nobody' },
                controllerName: 'example.test/controller',
                conditions: [{ type: 'Accepted', status: 'Perhaps' }],
              },
            ],
          },
        },
        'merge-patch',
      ),
      apply(
        `${gateway}/httproutes/web`,
        route({
          rules: [
            {
              backendRefs: [
                { name: 'blue', port: 80, weight: 50 },
                { name: 'green', port: 80, weight: 50 },
              ],
            },
          ],
        }),
        'traffic',
      ),
      ['GET', `${gateway}/httproutes/web/status`],
    ],
  },
  {
    name: 'refuses what a patch makes wrong, in the words of each kind of patch',
    requests: [
      ['POST', `${core}/configmaps`, configMap()],
      ...(['strategic-merge-patch', 'merge-patch'] as const).flatMap((kind) => [
        patch(`${core}/configmaps/settings?fieldValidation=Strict`, { dat: { b: null, c: [1, 'x', true] } }, kind),
        patch(`${core}/configmaps/settings?fieldValidation=Warn&dryRun=All`, { dat: {} }, kind),
        patch(`${core}/configmaps/settings`, { data: { a: 1 } }, kind),
      ]),
      patch(
        `${core}/configmaps/settings?fieldValidation=Strict`,
        [{ op: 'add', path: '/dat', value: {} }],
        'json-patch',
      ),
      patch(`${core}/configmaps/settings`, [{ op: 'add', path: '/data/a', value: 1 }], 'json-patch'),
      patch(`${core}/configmaps/settings`, [{ op: 'replace', path: '/immutable', value: false }], 'json-patch'),
      ['POST', `${gateway}/httproutes`, route()],
      patch(`${gateway}/httproutes/web?fieldValidation=Strict`, { spec: { host: 'x' } }, 'merge-patch'),
    ],
  },
  {
    name: 'a server-side apply of kubectl takes over what its older apply wrote, and keeps that one’s annotation true',
    requests: [
      [
        'POST',
        `${core}/configmaps?fieldManager=kubectl-client-side-apply`,
        configMap(
          { a: '1', b: '2' },
          {
            annotations: {
              'kubectl.kubernetes.io/last-applied-configuration':
                '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{},"name":"settings","namespace":"{ns}"},"data":{"a":"1","b":"2"}}\n',
            },
          },
        ),
      ],
      apply(`${core}/configmaps/settings`, configMap({ a: '5' }), 'somebody'),
      patch(`${core}/configmaps/settings?fieldManager=editor`, { data: { b: '9' } }, 'merge-patch'),
      apply(`${core}/configmaps/settings`, configMap({ a: '5', b: '3' }), 'kubectl'),
      apply(`${core}/configmaps/settings`, configMap({ a: '5' }), 'kubectl'),
      apply(`${core}/configmaps/settings`, configMap({ a: '6' }), 'kubectl'),
    ],
  },
  {
    name: 'kubectl apply of the older kind merges three ways by the last applied configuration',
    requests: [
      [
        'POST',
        `${apps}/deployments?fieldManager=kubectl-client-side-apply`,
        {
          ...deployment(),
          metadata: {
            name: 'web',
            namespace: '{ns}',
            labels,
            annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
          },
        },
      ],
      patch(
        `${apps}/deployments/web?fieldManager=kubectl-client-side-apply`,
        {
          metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"x":1}' } },
          spec: {
            $setElementOrder: undefined,
            template: {
              spec: {
                '$setElementOrder/containers': [{ name: 'main' }],
                containers: [{ name: 'main', image: 'example.test/web:2', ports: null }],
              },
            },
          },
        },
        'strategic-merge-patch',
      ),
      apply(`${apps}/deployments/web`, deployment(), 'kubectl'),
    ],
  },
];
