/**
 * What an API server must say to manifests: it takes those of every service file that the parser takes, and their pods keep Pod
 * Security's profile `restricted`. Nothing but a namespace is stored. Separate because the laptop's API and a real one are asked the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Connection, type ConnectionOptions } from '../../lambdas/adapters/kubernetes/connection.ts';
import { objectPath } from '../../lambdas/adapters/kubernetes/kinds.ts';
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import { REQUESTS_METRIC } from '../../lambdas/contracts/kubernetes.ts';
import type { ServiceChart } from '../../lambdas/domain/charts/objects.ts';
import { delayAddressManifest, delayManifests } from '../../lambdas/domain/manifests/delay.ts';
import type { Manifest } from '../../lambdas/domain/manifests/manifest.ts';
import { renderManifests } from '../../lambdas/domain/manifests/render.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { chart, deployment, IMAGE } from '../boundary/chart/sample-chart.ts';
import { DELAY, delayedWayOf } from '../domain/manifests/delayed-way.ts';
import { serviceDocument } from '../boundary/service-file/documents.ts';

const GOLDEN = join(import.meta.dirname, '../domain/manifests/golden');
const VERSION = { commit: 'c'.repeat(40), image: `registry.example/espalier@sha256:${'d'.repeat(64)}` };

const BESIDE_CHART = `
name: orders
chart: chart
jobs: { before: [{ name: migrate, command: [node, migrate.js] }] }
schedules: { nightly: { schedule: 0 3 * * *, command: [node, nightly.js] } }
`;
const CHART = [
  deployment({
    containers: [
      {
        name: 'app',
        image: IMAGE,
        ports: [{ name: 'web', containerPort: 8080 }],
        env: [{ name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
        envFrom: [{ configMapRef: { name: 'words' } }],
      },
    ],
  }),
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' }, data: { '-odd.key': '$(PORT)', '1st': 'one' } },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'orders' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'orders' },
      maxReplicas: 4,
      metrics: [
        {
          type: 'Pods',
          pods: { metric: { name: REQUESTS_METRIC }, target: { type: 'AverageValue', averageValue: 2_000 } },
        },
      ],
    },
  },
];

export interface ManifestsWorld {
  readonly connection: ConnectionOptions;
  /** Name of an installation that nobody else has. */
  readonly installation: string;
}

export function describeManifests(
  name: string,
  open: () => Promise<ManifestsWorld>,
  { documents }: { readonly documents: number },
): void {
  describe(`manifests on ${name}`, () => {
    let world: ManifestsWorld;
    let connection: Connection;
    const rendered = (definition: ServiceDefinition, chart?: ServiceChart): readonly Manifest[] => {
      const version = { ...VERSION, ...(chart !== undefined && { chart }) };
      const installation = parseSettings(`installation: ${world.installation}\nrepositories: ['*']`, 'settings.yaml');
      return renderManifests({ installation, environment: 'dry-run', kind: 'feature', definition, version });
    };
    const apply = async (manifest: Manifest, dryRun: boolean): Promise<string | undefined> => {
      const { apiVersion, kind, metadata } = manifest;
      const inside = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
      const query = `fieldManager=test&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
      const response = await connection.send({
        method: 'PATCH',
        path: `${objectPath({ apiVersion, kind, ...inside, name: metadata.name })}?${query}`,
        body: manifest,
        contentType: 'application/apply-patch+yaml',
      });
      return response.status < 300
        ? undefined
        : `${kind} ${metadata.name}: ${String(response.status)} ${JSON.stringify(response.body)}`;
    };
    const refusals = async (definition: ServiceDefinition, chart?: ServiceChart): Promise<readonly string[]> => {
      const manifests = rendered(definition, chart);
      const all = [...manifests, ...manifests.flatMap(podsOf)];
      return (await Promise.all(all.map((manifest) => apply(manifest, true)))).filter((said) => said !== undefined);
    };

    beforeAll(async () => {
      world = await open();
      connection = new Connection(world.connection);
      const [namespace] = rendered(definitionOf('name: a'));
      expect(namespace && (await apply(namespace, false))).toBeUndefined();
    });
    afterAll(async () => {
      await connection.send({
        method: 'DELETE',
        path: `/api/v1/namespaces/${world.installation}-dry-run`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions' },
      });
      connection.close();
    });

    const golden = readdirSync(GOLDEN).filter((file) => file.endsWith('.espalier.yaml'));
    test.each(golden)('of %s are accepted', async (file) => {
      const definition = definitionOf(readFileSync(join(GOLDEN, file), 'utf8'));
      await expect(refusals(definition)).resolves.toEqual([]);
    });

    test('of what delays a dependency are accepted', async () => {
      const way = delayedWayOf(world.installation);
      const manifests = [...delayManifests(way, DELAY), delayAddressManifest(way)];
      const said = await Promise.all(
        [...manifests, ...manifests.flatMap(podsOf)].map((manifest) => apply(manifest, true)),
      );
      expect(said.filter((refused) => refused !== undefined)).toEqual([]);
    });

    test('of a chart are accepted, with an autoscaler by requests, and jobs that have its variables', async () => {
      const reading = parseChart(chart(...CHART), definitionOf(BESIDE_CHART), IMAGE);
      if (reading.kind === 'wrong') throw new Error(reading.message);
      await expect(refusals(reading.definition, reading.chart)).resolves.toEqual([]);
      const runs = rendered(reading.definition, reading.chart).filter(({ kind }) => ['Job', 'CronJob'].includes(kind));
      expect(runs.map((run) => JSON.stringify(run).includes('"name":"-odd.key","value":"$$(PORT)"'))).toEqual([
        true,
        true,
      ]);
    });

    test('of whatever the parser takes are accepted', async () => {
      await fc.assert(
        fc.asyncProperty(serviceDocument, async (document) => {
          expect(await refusals(definitionOf(stringify(document)))).toEqual([]);
        }),
        { numRuns: documents, interruptAfterTimeLimit: 60_000 },
      );
    });
  });
}

function definitionOf(text: string): ServiceDefinition {
  const reading = parseServiceFile(text);
  if (reading.kind === 'wrong') throw new Error(reading.message);
  return reading.definition;
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** The pods that a controller would make: Pod Security refuses these, not what makes them. */
function podsOf({ kind, metadata, ...rest }: Manifest): readonly Manifest[] {
  const spec = rest['spec'] as { template?: Template; jobTemplate?: { spec: { template: Template } } } | undefined;
  const template = spec?.template ?? spec?.jobTemplate?.spec.template;
  if (template === undefined || !['Deployment', 'Job', 'CronJob'].includes(kind)) return [];
  const { name, namespace = '' } = metadata;
  // No such account is there, since nothing is stored.
  const podSpec = { ...template.spec, serviceAccountName: 'default' };
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: template.metadata.labels }, spec: podSpec },
  ];
}
