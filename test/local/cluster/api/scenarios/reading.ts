/** Requirements on lists, tables and watches: selectors, pages, how a watch goes on where another ended, and when it cannot. */
import type { Request, Scenario } from '../scenario.ts';
import { apps, configMap, core, deployment, gateway, patch, pod, route, table } from './requests.ts';

const several = (names: readonly string[]): Request[] =>
  names.map((name, index): Request => [
    'POST',
    `${core}/secrets`,
    { metadata: { name, labels: { name, tier: index % 2 ? 'back' : 'front' } }, stringData: { key: name } },
  ]);
const names = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
const list = (path: string): Request => ['GET', path, undefined, names];
/** A watch of one object, so that what a real cluster's controllers do beside it is not seen. */
const watch = (path: string, more: string): Request => [
  'GET',
  `${path}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dsettings&${more}`,
];

/** What is asked about reading. */
export const readingScenarios: readonly Scenario[] = [
  {
    name: 'selects by every form of selector, and refuses what is none',
    requests: [
      ...several(['a', 'b', 'c', 'd']),
      ...[
        'tier=front',
        'tier==front',
        'tier!=front',
        'tier in (front,back)',
        'tier notin (front)',
        'tier',
        '!name',
        'tier=front,name!=a',
        'other notin (x)',
        'other!=x',
        'name in (a,c),tier',
        'name>3',
      ].map((selector) => list(`${core}/secrets?labelSelector=${encodeURIComponent(selector)}`)),
      ...['tier in front', 'tier=(front)', 'a/b/c=d', `x=${'y'.repeat(64)}`, '=a', 'tier in ()'].map((selector) =>
        list(`${core}/secrets?labelSelector=${encodeURIComponent(selector)}`),
      ),
      ...[
        'metadata.name=a',
        'metadata.name!=a,metadata.namespace={ns}',
        'metadata.namespace=other',
        'type=Opaque',
        'metadata.name',
        'metadata.labels.tier=front',
      ].map((selector) =>
        list(`${core}/secrets?fieldSelector=${encodeURIComponent(selector).replaceAll('%7Bns%7D', '{ns}')}`),
      ),
      ['POST', `${core}/pods`, pod()],
      ...[
        'status.phase=Pending',
        'status.phase!=Pending',
        'spec.nodeName=',
        'spec.nodeName=none',
        'spec.restartPolicy=Always',
        'spec.serviceAccountName=default',
        'status.podIP=',
      ].map((selector) => list(`${core}/pods?fieldSelector=${encodeURIComponent(selector)}`)),
      list('/api/v1/namespaces?fieldSelector=metadata.name%3D{ns}'),
      list('/api/v1/secrets?fieldSelector=metadata.namespace%3D{ns}'),
    ],
  },
  {
    name: 'gives a long list in pages that show one moment, and refuses pages of another list',
    requests: [
      ...several(['a', 'b', 'c', 'd', 'e']),
      list(`${core}/secrets?limit=2`),
      ['DELETE', `${core}/secrets/d`],
      ['POST', `${core}/secrets`, { metadata: { name: 'cc' } }],
      list(`${core}/secrets?limit=2&continue={continue}`),
      list(`${core}/secrets?limit=500&continue={continue}`),
      list(`${core}/secrets?limit=2`),
      list(`${core}/secrets?limit=1&labelSelector=tier%3Dfront`),
      list(`${core}/secrets?limit=5&continue={continue}&labelSelector=tier%3Dfront`),
      ['GET', `${core}/secrets?limit=2`, undefined, table],
      ['GET', `${core}/secrets?limit=2&continue={continue}`, undefined, table],
      list(`${core}/secrets?limit=-1`),
      list(`${core}/secrets?limit=many`),
      list(`${core}/secrets?limit=1&continue=never-given`),
      list(`${core}/secrets?limit=1`),
      list(`${core}/secrets?limit=1&continue={continue}&resourceVersion=1`),
      list(`${core}/secrets?limit=1&resourceVersion=abc`),
      list(`${core}/secrets?resourceVersionMatch=Exact`),
      list(`${core}/secrets?resourceVersionMatch=Sometimes&resourceVersion=1`),
      list(`${core}/secrets?resourceVersion=0&resourceVersionMatch=NotOlderThan`),
      list(`${core}/secrets?resourceVersion=0&resourceVersionMatch=Exact`),
    ],
  },
  {
    name: 'gives a list as it was at a version that is still known, and otherwise the present',
    requests: [
      ...several(['a', 'b', 'c', 'd']),
      list(`${core}/secrets`),
      ['DELETE', `${core}/secrets/b`],
      patch(`${core}/secrets/c`, { metadata: { labels: { tier: 'back' } } }, 'merge-patch'),
      ['POST', `${core}/secrets`, { metadata: { name: 'e' } }],
      list(`${core}/secrets?resourceVersion={list}&resourceVersionMatch=Exact`),
      ['GET', `${core}/secrets?resourceVersion={list}&resourceVersionMatch=Exact`, undefined, table],
      list(`${core}/secrets?resourceVersion={list}&resourceVersionMatch=Exact&labelSelector=tier%3Dback`),
      list(`${core}/secrets?resourceVersion={list}&resourceVersionMatch=Exact&limit=3`),
      list(`${core}/secrets?limit=3&continue={continue}`),
      // A page of a version is exactly of that version, whatever is not said.
      list(`${core}/secrets?resourceVersion={list}&limit=2`),
      list(`${core}/secrets?resourceVersion={list}&resourceVersionMatch=NotOlderThan&limit=500`),
      list(`${core}/secrets?resourceVersion={list}`),
      list(`${core}/secrets?resourceVersion=0&limit=500`),
      list(`${core}/secrets?resourceVersion=999999999999&resourceVersionMatch=Exact`),
      list(`${core}/secrets?resourceVersion=999999999999&resourceVersionMatch=NotOlderThan`),
    ],
  },
  {
    name: 'a watch goes on where a list or another watch ended, and misses nothing between',
    requests: [
      ['POST', `${core}/configmaps`, configMap({ a: '1' })],
      patch(`${core}/configmaps/settings`, { data: { a: '2' } }, 'merge-patch'),
      watch(`${core}/configmaps`, 'resourceVersion={rv}'),
      patch(`${core}/configmaps/settings`, { data: { a: '3' } }, 'merge-patch'),
      ['GET', `${core}/configmaps?limit=1&fieldSelector=metadata.name%3Dnone`, undefined, names],
      patch(`${core}/configmaps/settings`, { data: { a: '4' } }, 'merge-patch'),
      ['DELETE', `${core}/configmaps/settings`],
      ['POST', `${core}/configmaps`, configMap({ a: '5' })],
      patch(`${core}/configmaps/settings`, { data: { a: '6' } }, 'merge-patch'),
      ['DELETE', `${core}/configmaps/settings`],
      watch(`${core}/configmaps`, 'resourceVersion={list}'),
      watch(`${core}/configmaps`, 'resourceVersion={list}&allowWatchBookmarks=true'),
      watch(`${core}/configmaps`, 'resourceVersion=0'),
      watch(`${core}/configmaps`, 'resourceVersion=999999999999'),
    ],
  },
  {
    name: 'a watch of what is long past is told to list again, and wrong watches what is wrong',
    requests: [
      ['POST', `${gateway}/httproutes`, route()],
      // A real server knows the past of a custom kind since the kind was added, so that 1 is before it on every cluster.
      ['GET', `${gateway}/httproutes?watch=true&timeoutSeconds=1&resourceVersion=1`],
      ['GET', `${gateway}/httproutes?watch=true&timeoutSeconds=1&resourceVersion=1`, undefined, table],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&resourceVersion=abc`],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&sendInitialEvents=true`],
      [
        'GET',
        `${core}/configmaps?watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
      ],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&resourceVersionMatch=NotOlderThan`],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&labelSelector=a%20b`],
      ['GET', `${core}/configmaps?watch=true&timeoutSeconds=1&fieldSelector=spec.color%3Dred`],
      ['GET', `${core}/configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`],
    ],
  },
  {
    name: 'shows tables with nothing, names or all of the objects beside the cells',
    requests: [
      ['POST', `${apps}/deployments`, deployment()],
      ['GET', `${apps}/deployments?includeObject=None`, undefined, table],
      ['GET', `${apps}/deployments?includeObject=Object`, undefined, table],
      ['GET', `${apps}/deployments/web?includeObject=Metadata`, undefined, table],
      ['GET', `${apps}/deployments?includeObject=Some`, undefined, table],
      ['GET', `${apps}/deployments/none`, undefined, table],
      ['GET', `${core}/configmaps?fieldSelector=metadata.name%3Dnone`, undefined, table],
      [
        'GET',
        '/api/v1/namespaces/{ns}',
        undefined,
        { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
      ],
      ['GET', '/api/v1/namespaces/{ns}', undefined, { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io' }],
    ],
  },
];
