/** What stands in the way to a dependency: who may talk to whom, what it is told, and that nobody else finds it. */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANNOTATIONS, LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import { delayAddressManifest, delayManifests, type DelayedWay } from '../../../lambdas/domain/manifests/delay.ts';
import type { Manifest } from '../../../lambdas/domain/manifests/manifest.ts';
import { DELAY, delayedWayOf } from './delayed-way.ts';

const way = delayedWayOf('shop');
const own = delayedWayOf('shop', { namespace: 'shop-dry-run', service: 'inventory-blue' });
const of = (from: DelayedWay, kind: string): readonly Manifest[] =>
  delayManifests(from, DELAY).filter((manifest) => manifest.kind === kind);
const deploymentOf = (from = way): Deployment => (of(from, 'Deployment')[0] ?? {}) as unknown as Deployment;
const CALLERS = { podSelector: { matchLabels: { 'calls.espalier.dev/inventory': 'true' } } };
const DELAYING = { podSelector: { matchLabels: { 'espalier.dev/experiment': 'late-inventory' } } };
const CALLED = { podSelector: { matchLabels: { 'espalier.dev/service': 'inventory' } } };

describe('what delays a dependency', () => {
  it('lets exactly its callers reach it, and reaches exactly the dependency, own or borrowed', () => {
    const rules = (from = way) =>
      of(from, 'NetworkPolicy').map(({ spec }) => {
        const { policyTypes: _types, ...rest } = spec as NetworkPolicySpec;
        return rest;
      });
    const borrowed = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop-integration' } },
      ...CALLED,
    };
    const open = (called: object) => [
      { ...DELAYING, ingress: [{ from: [CALLERS] }], egress: [{ to: [called] }] },
      { ...CALLERS, egress: [{ to: [DELAYING] }] },
    ];
    expect(rules()).toEqual(open(borrowed));
    expect(rules(own)).toEqual(open(CALLED));
  });

  it('is known as a caller, and no Service and no policy of a service takes it for a pod of theirs', () => {
    const { labels = {} } = deploymentOf().spec?.template.metadata ?? {};
    expect(labels).toMatchObject({ 'calls.espalier.dev/inventory': 'true', [LABELS.experiment]: 'late-inventory' });
    for (const label of [LABELS.service, LABELS.side, LABELS.process, LABELS.repository, LABELS.component])
      expect(labels).not.toHaveProperty([label]);
  });

  it('has the ports of the dependency, and hands each on to where its name led', () => {
    const { ports } = (delayAddressManifest(way) as unknown as Service).spec ?? {};
    expect(ports?.map(({ port, targetPort }) => [port, targetPort])).toEqual([
      [80, 'http'],
      [9090, 'metrics'],
    ]);
    const [container] = deploymentOf(own).spec?.template.spec?.containers ?? [];
    const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    expect(env).toEqual({
      CONTROL_PORT: '20000',
      DELAY_MS: '750',
      ENDS_AT: '1000',
      WAY_0_PORT: '20001',
      WAY_0_TO: 'inventory-blue.shop-dry-run.svc.cluster.local.:80',
      WAY_1_PORT: '20002',
      WAY_1_TO: 'inventory-blue.shop-dry-run.svc.cluster.local.:9090',
    });
    const listens = container?.ports?.map(({ name, containerPort }) => [name, containerPort]);
    expect(listens).toEqual([
      [undefined, 20_000],
      ['http', 20_001],
      ['metrics', 20_002],
    ]);
  });

  it('of a tcp service is reached by the port of that service', () => {
    const tcp = { ...way, reached: { protocol: 'tcp', port: 5432 } } as const;
    const { ports } = (delayAddressManifest(tcp) as unknown as Service).spec ?? {};
    expect(ports?.map(({ port }) => port)).toEqual([5432]);
  });

  it('says of every object whose it is and which execution made it, under a component that no delivery removes', () => {
    for (const { metadata } of [...delayManifests(way, DELAY), delayAddressManifest(way)]) {
      expect(metadata.labels).toMatchObject({ [LABELS.repository]: 'orders', [LABELS.component]: 'experiment' });
      expect(metadata.annotations?.[ANNOTATIONS.execution]).toBe('one');
    }
  });

  it('runs a program in which Kubernetes finds nothing to expand', () => {
    const program = readFileSync(join(import.meta.dirname, '../../../lambdas/programs/delay/delay.mjs'), 'utf8');
    expect(program).not.toMatch(/\$\$|\$\(/);
  });
});
