/** Requirements on limits and ends: quotas on pods and requests as users meet them, namespaces that finalizers hold. */
import type { Request, Scenario } from '../scenario.ts';
import { apps, configMap, container, core, deployment, patch, pod, quantities } from './requests.ts';

const quota = (hard: object): object => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'bounds' },
  spec: { hard },
});
const sized = (cpu: string, memory: string, name: string): object =>
  pod({ containers: [{ ...container, ...quantities(cpu, memory) }] }, name);
const onDisk = (amount: string, name: string): object =>
  pod({ containers: [{ ...container, resources: { limits: { 'ephemeral-storage': amount } } }] }, name);
/** A real quota's controller counts a moment later; until it has, nothing is refused. */
const counted = (used: string): Request => ['UNTIL', `${core}/resourcequotas/bounds`, used];

/** What is asked about limits and ends. */
export const endingScenarios: readonly Scenario[] = [
  {
    name: 'a quota says what is used, refuses what exceeds it by every limit at once, and gives back what was deleted',
    requests: [
      ['POST', `${core}/resourcequotas`, quota({ pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' })],
      counted('"used":{'),
      ['POST', `${core}/pods`, sized('400m', '256Mi', 'one')],
      ['POST', `${core}/pods?dryRun=All`, sized('700m', '900Mi', 'two')],
      ['POST', `${core}/pods?dryRun=All`, sized('100m', '64Mi', 'two')],
      ['POST', `${core}/pods`, sized('400m', '256Mi', 'two')],
      ['POST', `${core}/pods`, sized('100m', '64Mi', 'three')],
      ['GET', `${core}/resourcequotas/bounds`],
      ['DELETE', `${core}/pods/two`, { gracePeriodSeconds: 0 }],
      counted('"used":{[^}]*"pods":"1"'),
      ['POST', `${core}/pods`, sized('600m', '64Mi', 'three')],
      ['POST', `${core}/pods`, pod({}, 'four')],
    ],
  },
  {
    name: 'what is written to the disk of a node is limited where a pod says nothing, and counted by its limits',
    requests: [
      [
        'POST',
        `${core}/limitranges`,
        {
          apiVersion: 'v1',
          kind: 'LimitRange',
          metadata: { name: 'bounds' },
          spec: {
            limits: [
              {
                type: 'Container',
                max: { 'ephemeral-storage': '4Gi' },
                default: { 'ephemeral-storage': '256Mi' },
                defaultRequest: { 'ephemeral-storage': '256Mi' },
              },
            ],
          },
        },
      ],
      ['POST', `${core}/resourcequotas`, quota({ 'limits.ephemeral-storage': '1Gi' })],
      counted('"used":{'),
      ['POST', `${core}/pods`, pod({}, 'unsaid')],
      ['POST', `${core}/pods?dryRun=All`, onDisk('5Gi', 'large')],
      ['POST', `${core}/pods?dryRun=All`, onDisk('1Gi', 'second')],
      ['POST', `${core}/pods`, onDisk('512Mi', 'second')],
      ['GET', `${core}/resourcequotas/bounds`],
      ['GET', `${core}/limitranges/bounds`],
    ],
  },
  {
    name: 'a quota holds configuration, Services and Deployments by their number, and may be changed below what is used',
    requests: [
      [
        'POST',
        `${core}/resourcequotas`,
        quota({ 'count/deployments.apps': '1', 'count/secrets': '2', 'services.nodeports': '0' }),
      ],
      counted('"used":{'),
      ['POST', `${apps}/deployments`, deployment()],
      ['POST', `${apps}/deployments`, { ...deployment(), metadata: { name: 'second', labels: { app: 'web' } } }],
      ['POST', `${core}/services`, { metadata: { name: 'open' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }],
      patch(`${core}/resourcequotas/bounds`, { spec: { hard: { 'count/deployments.apps': '0' } } }, 'merge-patch'),
      counted('"status":{"hard":{"count/deployments.apps":"0"'),
      patch(`${apps}/deployments/web`, { metadata: { labels: { more: 'x' } } }, 'merge-patch'),
      ['POST', `${core}/resourcequotas`, { ...quota({ pods: 'many' }), metadata: { name: 'wrong' } }],
      ['POST', `${core}/pods`, sized('much', '64Mi', 'wrong')],
      ['POST', `${core}/resourcequotas`, { ...quota({ unknown: '1' }), metadata: { name: 'wrong' } }],
      ['POST', `${core}/resourcequotas`, { ...quota({ 'requests.cpu': '-1' }), metadata: { name: 'wrong' } }],
    ],
  },
  {
    name: 'a namespace stays Terminating while finalizers hold it or what is in it, and says which',
    requests: [
      ['POST', '/api/v1/namespaces', { metadata: { name: '{ns}-held', finalizers: ['example.test/own'] } }],
      ['POST', '/api/v1/namespaces/{ns}-held/configmaps', configMap({}, { finalizers: ['example.test/hold'] })],
      ['POST', '/api/v1/namespaces/{ns}-held/secrets', { metadata: { name: 'free' } }],
      ['DELETE', '/api/v1/namespaces/{ns}-held', { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }],
      ['DELETE', '/api/v1/namespaces/{ns}-held?dryRun=All'],
      ['DELETE', '/api/v1/namespaces/{ns}-held'],
      ['UNTIL', '/api/v1/namespaces/{ns}-held', 'has 1 resource instances.*SomeFinalizersRemain'],
      ['GET', '/api/v1/namespaces/{ns}-held'],
      ['GET', '/api/v1/namespaces/{ns}-held/secrets/free'],
      ['GET', '/api/v1/namespaces/{ns}-held/configmaps/settings'],
      [
        'PATCH',
        '/api/v1/namespaces/{ns}-held/secrets/late?fieldManager=one',
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' } },
        { type: 'application/apply-patch+yaml' },
      ],
      patch(
        '/api/v1/namespaces/{ns}-held',
        { metadata: { finalizers: ['example.test/own', 'example.test/late'] } },
        'merge-patch',
      ),
      patch('/api/v1/namespaces/{ns}-held/configmaps/settings', { metadata: { finalizers: null } }, 'merge-patch'),
      ['UNTIL', '/api/v1/namespaces/{ns}-held', 'ContentRemoved'],
      ['GET', '/api/v1/namespaces/{ns}-held/configmaps/settings'],
      patch('/api/v1/namespaces/{ns}-held', { metadata: { finalizers: null } }, 'merge-patch'),
      ['UNTIL', '/api/v1/namespaces/{ns}-held', 'NotFound'],
      ['GET', '/api/v1/namespaces/{ns}-held'],
      ['DELETE', '/api/v1/namespaces/{ns}-held'],
    ],
  },
];
