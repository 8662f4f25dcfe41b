/** What manifests must say, whatever the service file and the environment. */
import * as fc from 'fast-check';
import type { Deployment, DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import type { CronJobSpec } from 'kubernetes-types/batch/v1.js';
import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../../../lambdas/boundary/settings/settings.ts';
import { ENVIRONMENT_KINDS, tierOf } from '../../../lambdas/contracts/kinds.ts';
import { LABELS, REQUESTS_METRIC } from '../../../lambdas/contracts/kubernetes.ts';
import { autoscalerManifest, boundsOf, keepsTo } from '../../../lambdas/domain/manifests/autoscaler.ts';
import { baselineManifest, baselineSelector, isBaselineOf } from '../../../lambdas/domain/manifests/baseline.ts';
import {
  limitRangeManifest,
  namespaceManifest,
  quotaManifest,
  roleBindingManifests,
} from '../../../lambdas/domain/manifests/environment.ts';
import type { Manifest, ServicePlace } from '../../../lambdas/domain/manifests/manifest.ts';
import { callerLabels, networkPolicyManifests } from '../../../lambdas/domain/manifests/network-policies.ts';
import { paceOf } from '../../../lambdas/domain/manifests/pace.ts';
import { renderManifests } from '../../../lambdas/domain/manifests/render.ts';
import {
  plainServiceManifest,
  replicasManifest,
  routeManifest,
  sideServiceManifest,
} from '../../../lambdas/domain/manifests/traffic.ts';
import { urlVariable, workloadManifests } from '../../../lambdas/domain/manifests/workload.ts';
import { sumOf } from '../../../lambdas/domain/service/amounts.ts';
import { nameOf } from '../../../lambdas/domain/service/dependencies.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { parentOf } from '../../../lambdas/domain/way-in/gateway.ts';
import { serviceDocument } from '../../boundary/service-file/documents.ts';
import { installationOf } from '../../fakes/installation.ts';

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/);
const kind = fc.constantFrom(...ENVIRONMENT_KINDS);
const place: fc.Arbitrary<ServicePlace> = fc.record({
  installation: fc.stringMatching(/^[a-z][a-z0-9]{0,11}$/),
  environment: label,
  kind,
  branch: fc.option(fc.string({ minLength: 1, maxLength: 256, unit: 'binary' })),
  key: label,
  repository: fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  name: label,
});
const definition: fc.Arbitrary<ServiceDefinition> = fc.record({
  apiVersion: fc.constant('espalier.dev/v1'),
  name: label,
  port: fc.integer({ min: 1024, max: 65_535 }),
  health: fc.constantFrom('/', '/healthz', '/a/b?c=d'),
  command: fc.array(fc.string()),
  dependencies: fc.array(label),
  replicas: fc.integer({ min: 1, max: 20 }),
  resources: fc.constant({ cpu: '5m', memory: '64Mi' }),
  build: fc.constant({ check: [], compile: [], test: [], benchmark: [], own: [] }),
});
const version = fc.record({
  side: fc.constantFrom('blue', 'green'),
  commit: fc.stringMatching(/^[0-9a-f]{40}$/),
  image: fc.constant(`registry.example/espalier@sha256:${'d'.repeat(64)}`),
});
const QUOTA = { cpu: '4', memory: '8Gi', disk: '20Gi', pods: 40 };
const LIMITS = { cpu: '2', memory: '4Gi', disk: '4Gi' };

/** Everything that one delivery applies. */
function everything(
  where: ServicePlace,
  file: ServiceDefinition,
  of: Parameters<typeof workloadManifests>[2],
): readonly Manifest[] {
  return [
    namespaceManifest(where),
    quotaManifest(where, QUOTA),
    limitRangeManifest(where, LIMITS),
    ...networkPolicyManifests(where, installationOf(where.installation)),
    ...roleBindingManifests(where),
    ...workloadManifests(where, file, of, installationOf(where.installation)),
    sideServiceManifest(where, of.side),
    plainServiceManifest(where, of.side),
    routeManifest(where, {
      host: 'a.b',
      parent: parentOf(where.installation, { access: 'internal' }),
      weights: { [of.side]: 100 },
    }),
  ];
}

describe('a baseline', () => {
  const beside = (where: ServicePlace, file: ServiceDefinition, of: Parameters<typeof workloadManifests>[2]) => {
    const manifests = workloadManifests(where, file, of, installationOf(where.installation));
    const stable = manifests.find(({ kind: of_ }) => of_ === 'Deployment') as unknown as Deployment;
    return { stable, baseline: baselineManifest(where, stable, 3) as unknown as Deployment };
  };

  test('runs what stable runs, in the same network, and no side and no plain Service selects it', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const { stable, baseline } = beside(where, file, of);
        const ours = baseline.spec?.template;
        const theirs = stable.spec?.template;
        expect(ours?.spec?.containers).toEqual(theirs?.spec?.containers);
        expect(ours?.metadata?.labels).toMatchObject({
          [LABELS.service]: where.name,
          [LABELS.commit]: of.commit,
          ...callerLabels(file),
        });
        expect(baseline.spec?.selector.matchLabels).toEqual(baselineSelector(where));
        const services = [
          sideServiceManifest(where, 'blue'),
          sideServiceManifest(where, 'green'),
          plainServiceManifest(where, of.side),
        ];
        for (const { spec } of services) {
          const { selector = {}, externalName } = spec as { selector?: Record<string, string>; externalName?: string };
          const selects = Object.entries(selector).every(([name, value]) => ours?.metadata?.labels?.[name] === value);
          expect(externalName === undefined && selects).toBe(false);
        }
        expect(isBaselineOf(baseline, stable, 3)).toBe(true);
        expect(isBaselineOf(baseline, stable, 4)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test('follows stable when its version or its configuration becomes another', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const before = beside(where, file, { ...of, begins: { configuration: '1' } });
        const commit = of.commit.replace(/^./, (first) => (first === '0' ? '1' : '0'));
        const after = beside(where, file, { ...of, begins: { configuration: '2' } });
        const newer = beside(where, file, { ...of, commit, begins: { configuration: '1' } });
        expect(isBaselineOf(before.baseline, before.stable, 3)).toBe(true);
        expect(isBaselineOf(before.baseline, after.stable, 3)).toBe(false);
        expect(isBaselineOf(before.baseline, newer.stable, 3)).toBe(false);
        expect(isBaselineOf(undefined, before.stable, 3)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe('all manifests', () => {
  test('carry the installation, the environment, its kind and tier, and lie in its namespace', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        for (const { kind: of_, metadata } of everything(where, file, of)) {
          expect(metadata.labels).toMatchObject({
            [LABELS.installation]: where.installation,
            [LABELS.environment]: where.environment,
            [LABELS.kind]: where.kind,
            [LABELS.tier]: tierOf(where.kind),
          });
          const lies = of_ === 'Namespace' ? metadata.name : metadata.namespace;
          expect(lies).toBe(`${where.installation}-${where.environment}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('are the same for the same input, and no label is longer than the API takes', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const once = everything(where, file, of);
        expect(JSON.stringify(everything(where, file, of))).toBe(JSON.stringify(once));
        for (const { metadata } of once) {
          for (const value of Object.values(metadata.labels ?? {}))
            expect(value).toMatch(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('the exact branch is kept in an annotation only, whatever is in its name', () => {
    const where = { installation: 'shop', environment: 'x', kind: 'feature' } as const;
    const hostile = 'a$(id);`id`<!channel>日本語\u0000';
    const manifest = namespaceManifest({ ...where, branch: hostile });
    expect(manifest.metadata.annotations).toEqual({ 'espalier.dev/branch': hostile });
    expect(JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, annotations: {} } })).not.toContain(
      'channel',
    );
  });
});

interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: Record<string, unknown> & {
    readonly containers: readonly Record<string, unknown>[];
    readonly terminationGracePeriodSeconds: number;
  };
}

function deploymentOf(where: ServicePlace, file: ServiceDefinition, of: Parameters<typeof workloadManifests>[2]) {
  const deployment = workloadManifests(where, file, of, installationOf(where.installation)).find(
    (manifest) => manifest.kind === 'Deployment',
  );
  return deployment?.['spec'] as Record<string, unknown> & {
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: PodTemplate;
  };
}

describe('what is written to the disk of a node', () => {
  const installation = parseSettings('repositories: ["*"]', 'settings.yaml');

  test('is bounded in every container and every empty volume, whatever the service file says', () => {
    fc.assert(
      fc.property(serviceDocument, (document) => {
        const reading = parseServiceFile(stringify(document));
        if (reading.kind === 'wrong') throw new Error(reading.message);
        const { definition: file } = reading;
        const manifests = renderManifests({
          installation,
          environment: 'login',
          kind: 'feature',
          definition: file,
          version: { commit: 'c'.repeat(40), image: `registry.example/espalier@sha256:${'d'.repeat(64)}` },
        });
        const pods = manifests.flatMap(podOf);
        expect(pods.length).toBeGreaterThan(0);
        for (const { containers, volumes = [] } of pods) {
          for (const { resources } of containers) {
            expect(resources?.limits?.['ephemeral-storage']).toMatch(/^\d+[KMG]i$/);
            expect(resources?.requests?.['ephemeral-storage']).toBe(resources?.limits?.['ephemeral-storage']);
          }
          const most = sumOf(containers.map(({ resources }) => resources?.limits?.['ephemeral-storage'] ?? ''));
          const empty = volumes.flatMap(({ emptyDir }) => (emptyDir === undefined ? [] : [emptyDir.sizeLimit]));
          expect(empty).toEqual([most]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is bounded for whatever else comes into the namespace: one container, and the sum of all', () => {
    const where = { installation: 'shop', environment: 'x', kind: 'feature', branch: null } as const;
    expect(limitRangeManifest(where, LIMITS)['spec']).toMatchObject({
      limits: [
        {
          max: { 'ephemeral-storage': '4Gi' },
          default: { 'ephemeral-storage': '256Mi' },
          defaultRequest: { 'ephemeral-storage': '256Mi' },
        },
      ],
    });
    expect(limitRangeManifest(where, { ...LIMITS, disk: '100Mi' })['spec']).toMatchObject({
      limits: [{ max: { 'ephemeral-storage': '100Mi' }, default: { 'ephemeral-storage': '100Mi' } }],
    });
    expect(quotaManifest(where, QUOTA)['spec']).toMatchObject({ hard: { 'limits.ephemeral-storage': '20Gi' } });
  });
});

/** The pod that a manifest's controller makes. */
function podOf({ kind: of, ...rest }: Manifest): readonly PodSpec[] {
  const spec = rest['spec'] as Partial<DeploymentSpec & CronJobSpec> | undefined;
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template;
  return ['Deployment', 'Job', 'CronJob'].includes(of) && template?.spec !== undefined ? [template.spec] : [];
}

describe('the Deployment of a side', () => {
  test('keeps the strictest Pod Security profile, whatever the service file says', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const { spec } = deploymentOf(where, file, of).template;
        expect(spec).toMatchObject({
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '256Mi' } }],
        });
        expect(spec.containers).toHaveLength(1);
        expect(spec.containers[0]).toMatchObject({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        });
      }),
      { numRuns: 30 },
    );
  });

  test('never says how many pods: that is the traffic manager’s', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        expect(deploymentOf(where, file, of)).not.toHaveProperty('replicas');
        expect(Object.keys(replicasManifest(where, of.side, 3)['spec'] as object)).toEqual(['replicas']);
      }),
      { numRuns: 20 },
    );
  });

  test('is selected by service and side alone, so that the selector never changes', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const { selector, template } = deploymentOf(where, file, of);
        expect(selector.matchLabels).toEqual({ [LABELS.service]: where.name, [LABELS.side]: of.side });
        expect(template.metadata.labels).toMatchObject({ ...selector.matchLabels, [LABELS.commit]: of.commit });
      }),
      { numRuns: 20 },
    );
  });

  test('tells the pod who it is and where its dependencies are, in an order that sorting a list does not change', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const environmentOf = (of_: ServiceDefinition) =>
          deploymentOf(where, of_, of).template.spec.containers[0]?.['env'] as { name: string; value: string }[];
        const env = environmentOf(file);
        const values = new Map(env.map(({ name, value }) => [name, value]));
        expect(values.get('ESPALIER_COMMIT')).toBe(of.commit);
        expect(values.get('ESPALIER_ENVIRONMENT')).toBe(where.environment);
        expect(values.get('ESPALIER_SERVICE')).toBe(where.name);
        expect(values.get('ESPALIER_SIDE')).toBe(of.side);
        expect(values.get('PORT')).toBe(String(file.port));
        for (const name of file.dependencies.map(nameOf))
          expect(values.get(urlVariable(name))).toBe(
            where.kind === 'integration' ? `http://${name}.${where.installation}-router` : `http://${name}`,
          );
        expect(environmentOf({ ...file, dependencies: file.dependencies.toReversed() })).toEqual(env);
      }),
      { numRuns: 30 },
    );
  });

  test('a pod that goes serves until the gateway has noticed, and is killed only after that', () => {
    for (const each of ENVIRONMENT_KINDS) {
      const pace = paceOf(each);
      expect(pace.deregistration).toBeLessThan(pace.preStop);
      expect(pace.preStop).toBeLessThan(pace.grace);
    }
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const spec = deploymentOf(where, file, of);
        expect(spec['strategy']).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
        expect(spec.template.spec.terminationGracePeriodSeconds).toBe(paceOf(where.kind).grace);
        expect(spec.template.spec.containers[0]?.['lifecycle']).toEqual({
          preStop: { sleep: { seconds: paceOf(where.kind).preStop } },
        });
      }),
      { numRuns: 20 },
    );
  });

  test('only several pods get a disruption budget: one that protects a single pod would block every drain', () => {
    fc.assert(
      fc.property(place, definition, version, (where, file, of) => {
        const budget = workloadManifests(where, file, of, installationOf(where.installation)).filter(
          (manifest) => manifest.kind === 'PodDisruptionBudget',
        );
        expect(budget).toHaveLength(file.replicas > 1 ? 1 : 0);
      }),
      { numRuns: 30 },
    );
  });
});

describe('traffic', () => {
  const where: ServicePlace = {
    installation: 'shop',
    environment: 'feature-login',
    kind: 'feature',
    branch: 'feature/login',
    key: 'orders',
    repository: 'orders',
    name: 'orders',
  };

  test('the route shares requests between the sides that have a weight', () => {
    const parent = parentOf('shop', { access: 'public' });
    const backends = (weights: object) =>
      (
        routeManifest(where, { host: 'h', parent, weights })['spec'] as {
          rules: { backendRefs: { name: string; weight: number }[] }[];
        }
      ).rules[0]?.backendRefs.map(({ name, weight }) => [name, weight]);
    expect(backends({ blue: 100 })).toEqual([['orders-blue', 100]]);
    expect(backends({ green: 10, blue: 90 })).toEqual([
      ['orders-blue', 90],
      ['orders-green', 10],
    ]);
  });

  test('an autoscaler measures what the service file says, and is recognized as the cluster writes it', () => {
    const both = { minimum: 2, maximum: 8, cpu: 60, requests: 1_500 };
    const written = autoscalerManifest(where, 'blue', both);
    expect(written['spec']).toMatchObject({
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
        { type: 'Pods', pods: { metric: { name: REQUESTS_METRIC }, target: { averageValue: '1500' } } },
      ],
    });
    expect(boundsOf(written)).toEqual(both);
    const thousands = { minimum: 2, maximum: 8, requests: 2_000 };
    const stored = JSON.stringify(autoscalerManifest(where, 'blue', thousands)).replace('"2000"', '"2k"');
    expect(keepsTo(boundsOf(JSON.parse(stored) as object), thousands)).toBe(true);
    expect(keepsTo(boundsOf(JSON.parse(stored.replace('2k', '1999')) as object), thousands)).toBe(false);
    expect(keepsTo(boundsOf(written), thousands)).toBe(false);
  });

  test('Services point to the port by name, so that a changed number needs no change of theirs', () => {
    const lasting = { ...where, environment: 'pre-release', kind: 'pre-release' } as const;
    for (const service of [sideServiceManifest(where, 'green'), plainServiceManifest(lasting, 'green')]) {
      expect(service['spec']).toMatchObject({
        selector: { [LABELS.service]: 'orders', [LABELS.side]: 'green' },
        ports: [{ port: 80, targetPort: 'http' }],
      });
    }
  });

  test('the variable of a dependency is a name that every shell takes', () => {
    expect(urlVariable('orders')).toBe('ORDERS_URL');
    expect(urlVariable('orders-api-2')).toBe('ORDERS_API_2_URL');
  });
});
