/** Requirements on single kinds and single requests. */
import type { Request, Scenario } from '../scenario.ts';
import {
  core,
  apps,
  gateway,
  rbac,
  labels,
  container,
  template,
  deployment,
  configMap,
  service,
  pod,
  route,
  quantities,
  apply,
  patch,
  table,
  jane,
} from './requests.ts';

/** What is asked about objects, from their defaults to their end. */
export const objectScenarios: readonly Scenario[] = [
  {
    name: 'creates, reads, updates and deletes an object, and says when it is there already or gone',
    requests: [
      ['POST', `${core}/configmaps`, configMap()],
      ['POST', `${core}/configmaps`, configMap()],
      ['GET', `${core}/configmaps/settings`],
      ['PUT', `${core}/configmaps/settings`, configMap({ a: '2', b: '3' })],
      ['PUT', `${core}/configmaps/settings`, configMap({ a: '4' }, { resourceVersion: '1' })],
      ['PUT', `${core}/configmaps/other`, configMap()],
      ['PUT', `${core}/configmaps/settings`, configMap({ a: '4' }, { uid: '00000000-0000-0000-0000-000000000000' })],
      ['DELETE', `${core}/configmaps/settings`],
      ['GET', `${core}/configmaps/settings`],
      ['DELETE', `${core}/configmaps/settings`],
      ['PUT', `${core}/configmaps/settings`, configMap()],
    ],
  },
  {
    name: 'fills in what a Deployment leaves out, and counts generations by its specification only',
    requests: [
      ['POST', `${apps}/deployments`, deployment()],
      patch(`${apps}/deployments/web`, { metadata: { labels: { more: 'x' } } }, 'merge-patch'),
      patch(`${apps}/deployments/web`, { spec: { revisionHistoryLimit: 3 } }, 'merge-patch'),
      ['GET', `${apps}/deployments/web/scale`],
      patch(`${apps}/deployments/web/scale`, { spec: { replicas: 0 } }, 'merge-patch'),
      ['DELETE', `${apps}/deployments/web`],
    ],
  },
  {
    name: 'fills in what a Service leaves out, keeps its address, and refuses to change it',
    requests: [
      ['POST', `${core}/services`, service()],
      ['PUT', `${core}/services/web`, service({ ports: [{ port: 81, name: 'http' }] })],
      patch(`${core}/services/web`, { spec: { clusterIP: '10.96.99.99' } }, 'merge-patch'),
      ['POST', `${core}/services`, { ...service({ clusterIP: 'None' }), metadata: { name: 'headless' } }],
      [
        'POST',
        `${core}/services`,
        {
          ...service({ type: 'ExternalName', externalName: 'example.test', selector: null, ports: null }),
          metadata: { name: 'outside' },
        },
      ],
      [
        'POST',
        `${core}/services`,
        { ...service({ ports: [{ port: 80 }, { port: 81 }] }), metadata: { name: 'Bad_Name' } },
      ],
      ['POST', `${core}/services`, { ...service({ ports: [] }), metadata: { name: 'no-ports' } }],
      ['POST', `${core}/services`, { ...service({ ports: [{ port: 70000 }] }), metadata: { name: 'far' } }],
      ['DELETE', `${core}/services/web`],
    ],
  },
  {
    name: 'fills in pods, and refuses to change what they run except the image',
    requests: [
      [
        'POST',
        `${core}/pods`,
        pod({
          containers: [{ ...container, readinessProbe: { httpGet: { port: 8080 } }, env: [{ name: 'A', value: '1' }] }],
          volumes: [
            { name: 'v', emptyDir: {} },
            { name: 's', secret: { secretName: 'x' } },
          ],
        }),
      ],
      patch(
        `${core}/pods/one`,
        { spec: { containers: [{ name: 'main', image: 'example.test/web:2' }] } },
        'strategic-merge-patch',
      ),
      patch(`${core}/pods/one`, { spec: { restartPolicy: 'Never' } }, 'strategic-merge-patch'),
      [
        'POST',
        `${core}/pods`,
        pod(
          {
            containers: [
              { name: 'Main', image: '' },
              { name: 'b', image: 'x', volumeMounts: [{ name: 'no', mountPath: '/x' }] },
            ],
          },
          'two',
        ),
      ],
      ['POST', `${core}/pods`, pod({ serviceAccountName: 'nobody' }, 'two')],
      ['POST', `${core}/pods`, { ...pod({}, ''), metadata: { generateName: 'made-' } }],
      ['DELETE', `${core}/pods/one`],
    ],
  },
  {
    name: 'refuses wrong Deployments with every reason',
    requests: [
      ['POST', `${apps}/deployments`, deployment({ selector: { matchLabels: { app: 'other' } } })],
      ['POST', `${apps}/deployments`, deployment({ selector: undefined, template: undefined })],
      [
        'POST',
        `${apps}/deployments`,
        deployment({ replicas: -1, template: { ...template, spec: { restartPolicy: 'Never', containers: [] } } }),
      ],
      ['POST', `${apps}/deployments`, deployment({ replicas: 'many' })],
      [
        'POST',
        `${apps}/deployments`,
        deployment({
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  ...container,
                  ports: [{ containerPort: 99999 }],
                  resources: { requests: { cpu: '2' }, limits: { cpu: '1' } },
                },
              ],
            },
          },
        }),
      ],
      ['POST', `${apps}/deployments`, { ...deployment(), metadata: { name: 'Web_1' } }],
      ['POST', `${apps}/deployments`, { ...deployment(), metadata: {} }],
      ['POST', `${apps}/deployments`, { ...deployment(), metadata: { name: 'web', labels: { 'a b': 'c d' } } }],
      ['POST', `${apps}/deployments`, { ...deployment(), metadata: { name: 'web', namespace: 'elsewhere' } }],
      ['POST', `${apps}/deployments`, { ...deployment(), kind: 'DaemonSet' }],
      ['POST', `${apps}/deployments`, '{not json'],
      ['POST', `${apps}/deployments`, deployment()],
      [
        'PUT',
        `${apps}/deployments/web`,
        deployment({
          selector: { matchLabels: { app: 'other' } },
          template: { ...template, metadata: { labels: { app: 'other' } } },
        }),
      ],
    ],
  },
  {
    name: 'refuses unknown fields strictly, warns of them, or ignores them, as asked',
    requests: [
      [
        'POST',
        `${apps}/deployments?fieldValidation=Strict`,
        deployment({ replicaz: 1, template: { ...template, spec: { containers: [{ ...container, imagee: 'x' }] } } }),
      ],
      ['POST', `${apps}/deployments?fieldValidation=Warn&dryRun=All`, deployment({ replicaz: 1 })],
      ['POST', `${apps}/deployments?fieldValidation=Ignore&dryRun=All`, deployment({ replicaz: 1 })],
      ['POST', `${gateway}/httproutes?fieldValidation=Strict`, route({ host: 'x' })],
      ['POST', `${gateway}/httproutes?dryRun=All`, route({ host: 'x' })],
      apply(`${apps}/deployments/web`, deployment({ replicaz: 1 }), 'me'),
      apply(`${gateway}/httproutes/web`, route({ host: 'x' }), 'me', '&fieldValidation=Strict'),
    ],
  },
  {
    name: 'dry-run answers as if, and stores nothing',
    requests: [
      ['POST', `${core}/configmaps?dryRun=All`, configMap()],
      ['GET', `${core}/configmaps/settings`],
      ['POST', `${core}/configmaps`, configMap()],
      apply(`${core}/configmaps/settings`, configMap({ b: '2' }), 'me', '&dryRun=All'),
      ['DELETE', `${core}/configmaps/settings?dryRun=All`],
      ['GET', `${core}/configmaps/settings`],
      ['POST', `${core}/configmaps?dryRun=Some`, configMap()],
    ],
  },
  {
    name: 'server-side apply creates, owns, changes, and removes what is no longer applied',
    requests: [
      apply(`${core}/configmaps/settings`, configMap({ a: '1', b: '2' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ a: '1' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ a: '1' }), 'one'),
      apply(`${core}/configmaps/settings`, configMap({ c: '3' }), 'two'),
      apply(`${core}/configmaps/settings`, configMap({}), 'one'),
      ['GET', `${core}/configmaps/settings`],
      ['PATCH', `${core}/configmaps/settings`, configMap(), { type: 'application/apply-patch+yaml' }],
      apply(`${core}/configmaps/settings`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } }, 'one'),
      apply(
        `${core}/configmaps/new`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new', resourceVersion: '1' } },
        'one',
      ),
    ],
  },
  {
    name: 'server-side apply refuses to take what others own, unless forced, and shares what is equal',
    requests: [
      apply(`${apps}/deployments/web`, deployment({ replicas: undefined }), 'one'),
      apply(
        `${apps}/deployments/web`,
        deployment({
          revisionHistoryLimit: 4,
          template: { ...template, spec: { containers: [{ ...container, image: 'example.test/web:2' }] } },
        }),
        'two',
      ),
      apply(
        `${apps}/deployments/web`,
        deployment({
          template: { ...template, spec: { containers: [{ ...container, image: 'example.test/web:2' }] } },
        }),
        'two',
        '&force=true',
      ),
      apply(`${apps}/deployments/web`, deployment({ replicas: undefined }), 'one'),
      patch(`${apps}/deployments/web?fieldManager=editor`, { spec: { minReadySeconds: 5 } }, 'merge-patch'),
      apply(`${apps}/deployments/web`, deployment({ minReadySeconds: 7 }), 'two'),
    ],
  },
  {
    name: 'server-side apply keeps others’ items of keyed lists, and replaces atomic lists whole',
    requests: [
      apply(
        `${apps}/deployments/web`,
        deployment({
          template: {
            metadata: { labels },
            spec: { containers: [{ ...container, env: [{ name: 'A', value: '1' }] }] },
          },
        }),
        'one',
      ),
      apply(
        `${apps}/deployments/web`,
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web' },
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'main', env: [{ name: 'B', value: '2' }] },
                  { name: 'side', image: 'example.test/side:1' },
                ],
              },
            },
          },
        },
        'two',
      ),
      apply(
        `${apps}/deployments/web`,
        deployment({
          template: {
            metadata: { labels },
            spec: { containers: [{ ...container, env: [{ name: 'C', value: '3' }] }] },
          },
        }),
        'one',
      ),
      apply(`${apps}/deployments/web`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }, 'two'),
      apply(
        `${gateway}/httproutes/web`,
        route({
          rules: [
            {
              backendRefs: [
                { name: 'blue', port: 80, weight: 90 },
                { name: 'green', port: 80, weight: 10 },
              ],
            },
          ],
        }),
        'traffic',
      ),
      apply(`${gateway}/httproutes/web`, route(), 'deploy'),
      apply(`${gateway}/httproutes/web`, route(), 'deploy', '&force=true'),
      apply(
        `${gateway}/httproutes/web`,
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'web', labels: { a: 'b' } },
          spec: {},
        },
        'other',
      ),
    ],
  },
  {
    name: 'server-side apply gives back to the default what is no longer applied',
    requests: [
      apply(
        `${apps}/deployments/web`,
        deployment({ strategy: { rollingUpdate: { maxSurge: 2 } }, minReadySeconds: 3 }),
        'one',
      ),
      apply(`${apps}/deployments/web`, deployment(), 'one'),
      apply(
        `${core}/services/web`,
        {
          ...service({
            ports: [
              { port: 80, name: 'a' },
              { port: 81, name: 'b' },
            ],
          }),
        },
        'one',
      ),
      apply(`${core}/services/web`, { ...service({ ports: [{ port: 81, name: 'b' }] }) }, 'one'),
      apply(
        `${core}/services/web`,
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 81, name: 'b' }] } },
        'one',
      ),
    ],
  },
  {
    name: 'patches by JSON patch, merge patch and strategic merge patch',
    requests: [
      ['POST', `${apps}/deployments`, deployment()],
      patch(
        `${apps}/deployments/web`,
        {
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'main', image: 'example.test/web:3' },
                  { name: 'extra', image: 'x' },
                ],
              },
            },
          },
        },
        'strategic-merge-patch',
      ),
      patch(
        `${apps}/deployments/web`,
        { spec: { template: { spec: { containers: [{ name: 'extra', $patch: 'delete' }] } } } },
        'strategic-merge-patch',
      ),
      patch(
        `${apps}/deployments/web`,
        [
          { op: 'replace', path: '/spec/revisionHistoryLimit', value: 2 },
          { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
        ],
        'json-patch',
      ),
      patch(`${apps}/deployments/web`, [{ op: 'test', path: '/spec/revisionHistoryLimit', value: 9 }], 'json-patch'),
      patch(`${apps}/deployments/web`, [{ op: 'remove', path: '/spec/nothing' }], 'json-patch'),
      patch(`${apps}/deployments/web`, { metadata: { annotations: null } }, 'merge-patch'),
      patch(`${apps}/deployments/web`, { metadata: { resourceVersion: '1' } }, 'merge-patch'),
      patch(`${apps}/deployments/none`, {}, 'merge-patch'),
      ['PATCH', `${apps}/deployments/web`, {}, { type: 'application/json' }],
      ['POST', `${gateway}/httproutes`, route()],
      patch(`${gateway}/httproutes/web`, {}, 'strategic-merge-patch'),
    ],
  },
  {
    name: 'validates routes by their schema and fills in their defaults',
    requests: [
      [
        'POST',
        `${gateway}/httproutes`,
        route({
          rules: [
            {
              matches: [{ path: { value: '/a' } }, { headers: [{ name: 'x', value: 'y' }] }],
              backendRefs: [{ name: 'web', port: 80 }],
            },
          ],
        }),
      ],
      ['PUT', `${gateway}/httproutes/web`, route()],
      patch(`${gateway}/httproutes/web`, { spec: { hostnames: ['a b'] } }, 'merge-patch'),
      patch(`${gateway}/httproutes/web`, { spec: { rules: [{ backendRefs: [{ port: 80 }] }] } }, 'merge-patch'),
      patch(
        `${gateway}/httproutes/web`,
        { spec: { rules: [{ backendRefs: [{ name: 'a', port: 80, weight: -1 }] }] } },
        'merge-patch',
      ),
      patch(
        `${gateway}/httproutes/web`,
        { spec: { rules: [{ backendRefs: [{ name: 'a', port: 'http' }] }] } },
        'merge-patch',
      ),
      patch(
        `${gateway}/httproutes/web`,
        { spec: { rules: [{ matches: [{ path: { type: 'Fuzzy', value: '/' } }] }] } },
        'merge-patch',
      ),
      [
        'PATCH',
        `${gateway}/httproutes/web/status`,
        {
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
                    message: '',
                    observedGeneration: 1,
                    lastTransitionTime: '2026-01-01T00:00:00Z',
                  },
                ],
              },
            ],
          },
          spec: { hostnames: [] },
        },
        { type: 'application/merge-patch+json' },
      ],
      patch(`${gateway}/httproutes/web`, { status: null }, 'merge-patch'),
      ['DELETE', `${gateway}/httproutes/web`],
    ],
  },
  {
    name: 'keeps an object until its finalizers are gone',
    requests: [
      ['POST', `${core}/configmaps`, configMap({}, { finalizers: ['example.test/hold'] })],
      ['DELETE', `${core}/configmaps/settings`],
      ['DELETE', `${core}/configmaps/settings`],
      patch(
        `${core}/configmaps/settings`,
        { metadata: { finalizers: ['example.test/hold', 'example.test/more'] } },
        'merge-patch',
      ),
      patch(`${core}/configmaps/settings`, { data: { still: 'writable' } }, 'merge-patch'),
      ['GET', `${core}/configmaps/settings`],
      patch(`${core}/configmaps/settings`, { metadata: { finalizers: null } }, 'merge-patch'),
      ['GET', `${core}/configmaps/settings`],
    ],
  },
  {
    name: 'deletes only what was meant',
    requests: [
      ['POST', `${core}/configmaps`, configMap()],
      [
        'DELETE',
        `${core}/configmaps/settings`,
        { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: '00000000-0000-0000-0000-000000000000' } },
      ],
      [
        'DELETE',
        `${core}/configmaps/settings`,
        { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion: '1' } },
      ],
      ['DELETE', `${core}/configmaps/settings?propagationPolicy=Sideways`],
      ['POST', `${core}/configmaps`, { ...configMap(), metadata: { name: 'other', labels: { keep: 'yes' } } }],
      ['DELETE', `${core}/configmaps?labelSelector=keep%3Dyes`],
      ['GET', `${core}/configmaps?fieldSelector=metadata.name%3Dsettings`],
    ],
  },
  {
    name: 'lists by labels and fields, page by page, as tables and as metadata',
    requests: [
      ...['a', 'b', 'c'].map((name): Request => [
        'POST',
        `${core}/secrets`,
        {
          metadata: { name, labels: { name, tier: name === 'c' ? 'back' : 'front' } },
          stringData: { key: name },
          type: name === 'a' ? 'example.test/kind' : undefined,
        },
      ]),
      ['GET', `${core}/secrets?labelSelector=tier%3Dfront`],
      ['GET', `${core}/secrets?labelSelector=tier%20in%20(back),name!%3Da`],
      ['GET', `${core}/secrets?labelSelector=!tier`],
      ['GET', `${core}/secrets?fieldSelector=type%3Dexample.test/kind`],
      ['GET', `${core}/secrets?fieldSelector=metadata.name!%3Da`],
      ['GET', `${core}/secrets?fieldSelector=spec.color%3Dred`],
      ['GET', `${core}/configmaps?fieldSelector=spec.color%3Dred`],
      ['GET', `${gateway}/httproutes?fieldSelector=spec.color%3Dred`],
      ['GET', `${core}/secrets?labelSelector=a%20b`],
      ['GET', `${core}/secrets?limit=2`],
      ['GET', `${core}/secrets?limit=2&continue={continue}`],
      ['GET', `${core}/secrets/a`, undefined, table],
      ['GET', `${core}/secrets?limit=1`, undefined, table],
      [
        'GET',
        `${core}/secrets`,
        undefined,
        { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
      ],
      [
        'GET',
        `${core}/secrets/a`,
        undefined,
        { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
      ],
      ['GET', `${core}/secrets?resourceVersion=999999999999`],
    ],
  },
  {
    name: 'watches from a version on, by selector, with bookmarks, until the time is over',
    requests: [
      ['POST', `${core}/configmaps`, configMap({ a: '1' }, { labels: { in: 'yes' } })],
      ['GET', `${core}/configmaps`],
      patch(`${core}/configmaps/settings`, { data: { a: '2' } }, 'merge-patch'),
      patch(`${core}/configmaps/settings`, { metadata: { labels: { in: 'no' } } }, 'merge-patch'),
      ['DELETE', `${core}/configmaps/settings`],
      ['POST', `${core}/configmaps`, { ...configMap(), metadata: { name: 'later', labels: { in: 'yes' } } }],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&labelSelector=in%3Dyes`],
    ],
  },
  {
    name: 'counts pods and their requests against a quota, and says what is exceeded',
    requests: [
      [
        'POST',
        `${core}/resourcequotas`,
        {
          metadata: { name: 'bounds' },
          spec: {
            hard: { pods: '2', 'requests.cpu': '1', 'requests.memory': '1Gi', 'count/configmaps': '2', services: '1' },
          },
        },
      ],
      // A real quota refuses nothing by pods until its controller has counted.
      ['UNTIL', `${core}/resourcequotas/bounds`, '"used":{'],
      ['POST', `${core}/pods`, pod()],
      ['POST', `${core}/pods`, pod({ containers: [{ ...container, ...quantities('600m', '64Mi') }] })],
      ['POST', `${core}/pods`, pod({ containers: [{ ...container, ...quantities('600m', '64Mi') }] }, 'two')],
      ['POST', `${core}/pods`, pod({ containers: [{ ...container, ...quantities('100m', '2Gi') }] }, 'two')],
    ],
  },
  {
    name: 'fills in and checks containers by a limit range',
    requests: [
      [
        'POST',
        `${core}/limitranges`,
        {
          metadata: { name: 'sizes' },
          spec: {
            limits: [
              {
                type: 'Container',
                default: { cpu: '200m', memory: '64Mi' },
                defaultRequest: { cpu: '10m', memory: '32Mi' },
                max: { cpu: '1' },
              },
            ],
          },
        },
      ],
      ['POST', `${core}/pods`, pod()],
      ['POST', `${core}/pods`, pod({ containers: [{ ...container, ...quantities('2', '64Mi') }] }, 'two')],
    ],
  },
  {
    name: 'lets users do what roles give, and nobody give more than they have',
    requests: [
      ['GET', `${core}/pods`, undefined, jane],
      [
        'POST',
        `${rbac}/namespaces/{ns}/roles`,
        {
          metadata: { name: 'reader' },
          rules: [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }],
        },
      ],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'jane' },
          roleRef: { kind: 'Role', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [{ kind: 'Group', name: 'developers' }],
        },
      ],
      // A real server learns of roles a moment later.
      ['UNTIL', `${core}/pods?fieldSelector=metadata.name%3Dnone`, 'PodList', jane],
      ['GET', `${core}/pods?fieldSelector=metadata.name%3Dnone`, undefined, jane],
      ['GET', `${core}/pods/none`, undefined, jane],
      ['GET', `${core}/pods/none/log`, undefined, jane],
      ['DELETE', `${core}/pods/none`, undefined, jane],
      ['GET', '/api/v1/nodes', undefined, jane],
      ['GET', '/api/v1/namespaces/{ns}', undefined, jane],
      apply(`${apps}/deployments/web`, deployment(), 'x')
        .slice(0, 3)
        .concat([{ type: 'application/apply-patch+yaml', ...jane }]) as unknown as Request,
      ['GET', '/version/secret', undefined, jane],
      [
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { resourceAttributes: { namespace: '{ns}', verb: 'delete', resource: 'pods' } } },
        jane,
      ],
      ['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, jane],
      [
        'POST',
        `${rbac}/namespaces/{ns}/roles`,
        {
          metadata: { name: 'binder' },
          rules: [
            {
              apiGroups: ['rbac.authorization.k8s.io'],
              resources: ['roles', 'rolebindings'],
              verbs: ['create', 'update', 'get'],
            },
          ],
        },
      ],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'jane-binds' },
          roleRef: { kind: 'Role', name: 'binder', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [{ kind: 'User', name: 'jane' }],
        },
      ],
      ['UNTIL', `${rbac}/namespaces/{ns}/rolebindings/jane-binds`, '"RoleBinding"', jane],
      [
        'POST',
        `${rbac}/namespaces/{ns}/roles`,
        { metadata: { name: 'grab' }, rules: [{ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] }] },
        jane,
      ],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'grab' },
          roleRef: { kind: 'ClusterRole', name: 'system:discovery', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [{ kind: 'User', name: 'jane' }],
        },
        jane,
      ],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'fine' },
          roleRef: { kind: 'Role', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [{ kind: 'User', name: 'joe' }],
        },
        jane,
      ],
      [
        'PUT',
        `${rbac}/namespaces/{ns}/rolebindings/fine`,
        {
          metadata: { name: 'fine' },
          roleRef: { kind: 'Role', name: 'binder', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [],
        },
      ],
      ['GET', `${core}/pods`, undefined, { headers: { 'impersonate-user': 'system:serviceaccount:{ns}:default' } }],
    ],
  },
  {
    name: 'ends a namespace with all that is in it, lets nothing new in, and says what holds it',
    requests: [
      ['POST', '/api/v1/namespaces', { metadata: { name: '{ns}-end' } }],
      ['POST', '/api/v1/namespaces/{ns}-end/configmaps', configMap({}, { finalizers: ['example.test/hold'] })],
      ['DELETE', '/api/v1/namespaces/{ns}-end'],
      ['POST', '/api/v1/namespaces/{ns}-end/configmaps', { ...configMap(), metadata: { name: 'late' } }],
      ['UNTIL', '/api/v1/namespaces/{ns}-end', 'has 1 resource instances.*SomeFinalizersRemain'],
      ['GET', '/api/v1/namespaces/{ns}-end'],
      ['DELETE', '/api/v1/namespaces/{ns}-end'],
      patch('/api/v1/namespaces/{ns}-end/configmaps/settings', { metadata: { finalizers: null } }, 'merge-patch'),
      ['DELETE', '/api/v1/namespaces/kube-system'],
      ['POST', '/api/v1/namespaces/{ns}-none/configmaps', configMap()],
    ],
  },
  {
    name: 'answers what is not there with the right kind of not found',
    requests: [
      ['GET', '/api/v1/gizmos'],
      ['GET', `${core}/gizmos/x`],
      ['GET', '/apis/example.test/v1/gizmos'],
      ['GET', `${apps}/deployments/web/gizmo`],
      ['POST', `${apps}/deployments/web`, {}],
      ['DELETE', '/api/v1/namespaces'],
      ['GET', `${apps}/deployments`, undefined, { accept: 'text/csv' }],
      ['POST', `${core}/configmaps`, 'x', { type: 'text/plain' }],
    ],
  },
  {
    name: 'fills in the smaller kinds',
    requests: [
      ['POST', `${core}/configmaps`, configMap({ 'bad key': 'x' })],
      [
        'POST',
        '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies',
        { metadata: { name: 'deny' }, spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } },
      ],
      [
        'POST',
        '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
        { metadata: { name: 'one' }, spec: { minAvailable: 1, selector: { matchLabels: labels } } },
      ],
      [
        'POST',
        '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
        {
          metadata: { name: 'web' },
          spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'none', apiVersion: 'apps/v1' } },
        },
      ],
      [
        'POST',
        '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
        {
          metadata: { name: 'bad' },
          spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'none' } },
        },
      ],
      [
        'POST',
        '/apis/batch/v1/namespaces/{ns}/jobs',
        {
          metadata: { name: 'once' },
          spec: {
            suspend: true,
            template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x:1' }] } },
          },
        },
      ],
      [
        'POST',
        '/apis/batch/v1/namespaces/{ns}/cronjobs',
        {
          metadata: { name: 'often' },
          spec: {
            schedule: '*/5 * * * *',
            suspend: true,
            jobTemplate: {
              spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x:1' }] } } },
            },
          },
        },
      ],
      [
        'POST',
        '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
        { metadata: { name: 'lock' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 10 } },
      ],
      [
        'POST',
        '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices',
        {
          metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'none' } },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['10.1.2.3'] }],
          ports: [{ port: 80 }],
        },
      ],
      [
        'POST',
        `${core}/events`,
        {
          metadata: { name: 'e' },
          involvedObject: { kind: 'Pod', name: 'x', namespace: '{ns}' },
          reason: 'R',
          message: 'm',
          type: 'Normal',
        },
      ],
      ['POST', `${core}/serviceaccounts`, { metadata: { name: 'robot' } }],
      [
        'POST',
        '/apis/gateway.networking.k8s.io/v1beta1/namespaces/{ns}/referencegrants',
        {
          kind: 'ReferenceGrant',
          apiVersion: 'gateway.networking.k8s.io/v1beta1',
          metadata: { name: 'g' },
          spec: {
            from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'x' }],
            to: [{ group: '', kind: 'Service' }],
          },
        },
      ],
      [
        'POST',
        `${gateway}/gateways`,
        {
          kind: 'Gateway',
          apiVersion: 'gateway.networking.k8s.io/v1',
          metadata: { name: 'g' },
          spec: { gatewayClassName: 'none', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
        },
      ],
      [
        'POST',
        `${gateway}/gateways`,
        {
          metadata: { name: 'g' },
          spec: { gatewayClassName: 'none', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
        },
      ],
      [
        'POST',
        `${core}/secrets`,
        { metadata: { name: 's' }, data: { a: 'YQ==' }, stringData: { b: 'b' }, immutable: true },
      ],
      patch(`${core}/secrets/s`, { data: { a: 'Yg==' } }, 'merge-patch'),
      [
        'POST',
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All',
        {
          metadata: { name: '{ns}' },
          spec: {
            matchConstraints: {
              resourceRules: [
                { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] },
              ],
            },
            validations: [{ expression: 'true' }],
          },
        },
      ],
      [
        'POST',
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings?dryRun=All',
        {
          metadata: { name: '{ns}' },
          spec: {
            policyName: 'x',
            validationActions: ['Deny'],
            matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } },
          },
        },
      ],
    ],
  },
  {
    name: 'shows every kind in the columns that people know',
    requests: [
      ['POST', `${apps}/deployments`, deployment()],
      [
        'POST',
        `${core}/services`,
        service({
          ports: [
            { port: 80, name: 'a' },
            { port: 81, name: 'b', protocol: 'UDP' },
          ],
        }),
      ],
      [
        'POST',
        `${core}/services`,
        {
          ...service({ type: 'ExternalName', externalName: 'example.test', selector: null, ports: null }),
          metadata: { name: 'outside' },
        },
      ],
      ['POST', `${core}/configmaps`, configMap({ a: '1', b: '2' })],
      ['POST', `${core}/pods`, pod({ containers: [container, { name: 'b', image: 'x:1' }] })],
      ['POST', `${core}/resourcequotas`, { metadata: { name: 'empty' }, spec: { hard: {} } }],
      ['POST', `${gateway}/httproutes`, route()],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'b' },
          roleRef: { kind: 'ClusterRole', name: 'view', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [
            { kind: 'User', name: 'jane' },
            { kind: 'ServiceAccount', name: 'robot', namespace: 'x' },
            { kind: 'Group', name: 'g' },
          ],
        },
      ],
      [
        'POST',
        '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies',
        { metadata: { name: 'deny' }, spec: { podSelector: { matchLabels: { a: 'b' } } } },
      ],
      [
        'POST',
        '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
        { metadata: { name: 'one' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'none' } } } },
      ],
      [
        'POST',
        '/apis/batch/v1/namespaces/{ns}/cronjobs',
        {
          metadata: { name: 'often' },
          spec: {
            schedule: '*/5 * * * *',
            suspend: true,
            jobTemplate: {
              spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x:1' }] } } },
            },
          },
        },
      ],
      [
        'POST',
        '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices',
        {
          metadata: { name: 'web-1' },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['10.1.2.3'] }],
          ports: [{ port: 80 }],
        },
      ],
      [
        'POST',
        '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
        { metadata: { name: 'lock' }, spec: { holderIdentity: 'me' } },
      ],
      [
        'POST',
        `${core}/events`,
        {
          metadata: { name: 'e' },
          involvedObject: { kind: 'Pod', name: 'x', namespace: '{ns}', fieldPath: 'spec.containers{main}' },
          reason: 'R',
          message: 'm',
          type: 'Normal',
          source: { component: 'c', host: 'h' },
          count: 3,
          firstTimestamp: '2020-01-01T00:00:00Z',
          lastTimestamp: '2020-01-01T00:00:00Z',
        },
      ],
      [
        'POST',
        '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers',
        {
          metadata: { name: 'web' },
          spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'none', apiVersion: 'apps/v1' } },
        },
      ],
      ...[
        `${apps}/deployments`,
        `${core}/services/web`,
        `${core}/services/outside`,
        `${core}/configmaps/settings`,
        `${core}/resourcequotas/empty`,
        `${gateway}/httproutes`,
        `${rbac}/namespaces/{ns}/rolebindings`,
        '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies',
        '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
        '/apis/batch/v1/namespaces/{ns}/cronjobs',
        '/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices/web-1',
        '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
        `${core}/events/e`,
        '/api/v1/namespaces/{ns}',
      ].map((path): Request => ['GET', path, undefined, table]),
    ],
  },
  {
    name: 'writes the status only through its own door',
    requests: [
      ['POST', `${gateway}/httproutes`, route()],
      apply(
        `${gateway}/httproutes/web/status`,
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'web', labels: { not: 'taken' } },
          status: {
            parents: [{ parentRef: { name: 'nobody' }, controllerName: 'example.test/controller', conditions: [] }],
          },
        },
        'controller',
      ),
      apply(
        `${gateway}/httproutes/web`,
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name: 'web', labels: { taken: 'yes' } },
          status: { parents: [] },
        },
        'user',
      ),
      ['GET', `${gateway}/httproutes/web`],
      ['PUT', `${gateway}/httproutes/web/status`, route({ hostnames: ['not.taken.test'] })],
      ['GET', `${gateway}/httproutes/web/status`],
      ['GET', `${core}/configmaps/none/status`],
      ['POST', `${core}/pods`, { ...pod(), status: { phase: 'Running' } }],
      [
        'PATCH',
        `${core}/pods/one/status`,
        { status: { phase: 'Failed' }, metadata: { labels: { not: 'taken' } } },
        { type: 'application/merge-patch+json' },
      ],
    ],
  },
  {
    name: 'tells watchers of tables, of names and of the end of what was there',
    requests: [
      ['POST', `${core}/configmaps`, configMap()],
      [
        'GET',
        `${core}/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dsettings`,
        undefined,
        table,
      ],
      [
        'GET',
        `${core}/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dsettings&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      ],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone`],
      [
        'GET',
        `${core}/configmaps?watch=true&timeoutSeconds=3&fieldSelector=metadata.name%3Dnone&allowWatchBookmarks=true`,
      ],
    ],
  },
  {
    name: 'merges lists of ports, volumes and variables as kubectl apply sends them',
    requests: [
      [
        'POST',
        `${core}/services`,
        service({
          ports: [
            { port: 80, name: 'a' },
            { port: 81, name: 'b' },
          ],
        }),
      ],
      patch(`${core}/services/web`, { spec: { ports: [{ port: 81, targetPort: 8081 }] } }, 'strategic-merge-patch'),
      patch(
        `${core}/services/web`,
        { spec: { '$setElementOrder/ports': [{ port: 81 }, { port: 80 }], ports: [{ port: 80, targetPort: 8080 }] } },
        'strategic-merge-patch',
      ),
      patch(
        `${core}/services/web`,
        { spec: { ports: [{ $patch: 'replace' }, { port: 90 }] } },
        'strategic-merge-patch',
      ),
      patch(
        `${core}/services/web`,
        { spec: { selector: { $patch: 'replace', only: 'this' } } },
        'strategic-merge-patch',
      ),
      [
        'POST',
        `${apps}/deployments`,
        deployment({
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  ...container,
                  env: [
                    { name: 'A', value: '1' },
                    { name: 'B', value: '2' },
                  ],
                },
              ],
              volumes: [{ name: 'v', emptyDir: {} }],
            },
          },
        }),
      ],
      patch(
        `${apps}/deployments/web`,
        {
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    name: 'main',
                    env: [
                      { name: 'A', $patch: 'delete' },
                      { name: 'C', value: '3' },
                    ],
                  },
                ],
                volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'x' } }],
              },
            },
          },
        },
        'strategic-merge-patch',
      ),
      patch(
        `${apps}/deployments/web`,
        { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
        'strategic-merge-patch',
      ),
      patch(
        `${apps}/deployments/web`,
        { spec: { template: { spec: { containers: [{ image: 'nameless' }] } } } },
        'strategic-merge-patch',
      ),
      patch(
        `${core}/services/web`,
        { metadata: { finalizers: ['a/b'], '$deleteFromPrimitiveList/finalizers': ['x/y'] } },
        'strategic-merge-patch',
      ),
      patch(
        `${core}/services/web`,
        { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/b'] } },
        'strategic-merge-patch',
      ),
    ],
  },
  {
    name: 'takes ownership over between managers, and resets it when told to',
    requests: [
      ['POST', `${core}/configmaps?fieldManager=creator`, configMap({ a: '1', b: '2' })],
      patch(`${core}/configmaps/settings?fieldManager=editor`, { data: { a: '9' } }, 'merge-patch'),
      apply(`${core}/configmaps/settings`, configMap({ a: '5', b: '6' }), 'applier'),
      apply(`${core}/configmaps/settings`, configMap({ a: '5', b: '6' }), 'applier', '&force=true'),
      patch(`${core}/configmaps/settings?fieldManager=editor`, { data: { a: null, n: 'x' } }, 'merge-patch'),
      apply(`${core}/configmaps/settings`, configMap({ b: '6' }), 'applier'),
      patch(`${core}/configmaps/settings`, { metadata: { managedFields: [{}] } }, 'merge-patch'),
      apply(`${core}/configmaps/settings`, configMap({ z: '0' }), 'late'),
      apply(`${core}/configmaps/settings`, configMap({}, { finalizers: ['example.test/a'] }), 'one', '&force=true'),
      apply(`${core}/configmaps/settings`, configMap({}, { finalizers: ['example.test/b'] }), 'two', '&force=true'),
      apply(`${core}/configmaps/settings`, configMap({}, {}), 'one', '&force=true'),
      apply(`${core}/configmaps/settings`, configMap({}, {}), 'two', '&force=true'),
      apply(
        `${core}/configmaps/settings`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', managedFields: [{ manager: 'x' }] } },
        'bad',
      ),
      apply(
        `${core}/configmaps/settings`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {yaml: "yes"}\n' as unknown as object,
        'yaml',
      ),
    ],
  },
  {
    name: 'gives rights by name of object, to subresources and to service accounts',
    requests: [
      ['POST', `${core}/configmaps`, configMap()],
      [
        'POST',
        `${rbac}/namespaces/{ns}/roles`,
        {
          metadata: { name: 'narrow' },
          rules: [
            {
              apiGroups: [''],
              resources: ['configmaps'],
              resourceNames: ['settings'],
              verbs: ['get', 'patch', 'list'],
            },
            { apiGroups: ['apps'], resources: ['*/scale'], verbs: ['*'] },
          ],
        },
      ],
      [
        'POST',
        `${rbac}/namespaces/{ns}/rolebindings`,
        {
          metadata: { name: 'narrow' },
          roleRef: { kind: 'Role', name: 'narrow', apiGroup: 'rbac.authorization.k8s.io' },
          subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: '{ns}' }],
        },
      ],
      [
        'UNTIL',
        `${core}/configmaps/settings`,
        '"ConfigMap"',
        { headers: { 'impersonate-user': 'system:serviceaccount:{ns}:robot' } },
      ],
      ...(
        [
          ['GET', `${core}/configmaps/settings`],
          ['GET', `${core}/configmaps/other`],
          ['GET', `${core}/configmaps`],
          ['GET', `${core}/configmaps?fieldSelector=metadata.name%3Dsettings`],
          ['PATCH', `${core}/configmaps/settings`, { data: { a: '2' } }],
          ['GET', `${apps}/deployments/none/scale`],
          ['GET', `${apps}/deployments/none`],
          ['POST', `${core}/configmaps`, configMap()],
        ] as Request[]
      ).map(([method, path, body]): Request => [
        method,
        path,
        body,
        {
          type: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          headers: { 'impersonate-user': 'system:serviceaccount:{ns}:robot' },
        },
      ]),
    ],
  },
];
