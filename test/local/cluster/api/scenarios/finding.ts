/** Requirements on discovery: what clients find of the kinds that are here is what a real API server says of them. */
import { resources, apiVersionOf } from '../../../../../local/cluster/api/table.ts';
import type { Request, Scenario } from '../scenario.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const versions = [...new Set(resources.map(apiVersionOf))];
const groups = [...new Set(resources.map(({ group }) => group).filter(Boolean))];
const get = (path: string): Request => ['GET', path];

/** What is asked about what there is. */
export const findingScenarios: readonly Scenario[] = [
  {
    name: 'tells groups, versions and resources of every kind, in one piece and group by group',
    requests: [
      ...['/api', '/apis', ...groups.map((group) => `/apis/${group}`)].map(get),
      ...versions.map((version) => get(version.includes('/') ? `/apis/${version}` : `/api/${version}`)),
      ['GET', '/api', undefined, { accept: aggregated }],
      ['GET', '/apis', undefined, { accept: aggregated }],
    ],
  },
  {
    name: 'answers paths below groups that are not there as what is not there',
    requests: [
      '/apis/none.example.test',
      '/apis/none.example.test/v1',
      '/apis/apps/v9',
      '/apis/apps/v1/nothing',
      '/api/v2',
      '/nothing',
      '/healthz',
      '/livez',
      '/readyz',
    ].map(get),
  },
];
