/** What is held against a delivery are the same objects, as somebody would have written them for kubectl. */
import { describe, expect, it } from 'vitest';
import { written, type Stored } from '../../../bench/cluster/plain-apply.ts';
import { LABELS } from '../../../lambdas/contracts/kubernetes.ts';

const labels = { [LABELS.installation]: 'bench', [LABELS.service]: 'orders' };
/** What nobody writes. */
const OF_THE_CLUSTER = { uid: '1', resourceVersion: '2', managedFields: [] };
const stored = (kind: string, more: Partial<Stored>): Stored => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: { name: 'orders', labels, ...OF_THE_CLUSTER },
  status: { anything: true },
});
const copy = (kind: string, more: Partial<Stored>) => written(stored(kind, more), 'plain', 'plain.localhost');

describe('a copied object', () => {
  it('is in the other namespace, and belongs to no installation', () => {
    expect(copy('ServiceAccount', { automountServiceAccountToken: false })).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'orders', namespace: 'plain', labels: { [LABELS.service]: 'orders' } },
      automountServiceAccountToken: false,
    });
  });

  it('does not bring what only the cluster can give', () => {
    const spec = { selector: labels, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };
    expect(copy('Service', { spec })).toMatchObject({ spec: { selector: labels } });
    expect(Object.keys((copy('Service', { spec }) as { spec: object }).spec)).toEqual(['selector']);
    expect(copy('Service', { spec })).not.toHaveProperty('status');
  });

  it('is reached by a host name of its own', () => {
    const spec = { hostnames: ['orders.localhost'], rules: [] };
    expect(copy('HTTPRoute', { spec })).toMatchObject({ spec: { hostnames: ['plain.localhost'], rules: [] } });
  });

  it('of a namespace is the other namespace', () => {
    const namespace = copy('Namespace', { spec: { finalizers: ['kubernetes'] } });
    expect(namespace).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'plain', labels: { [LABELS.service]: 'orders' } },
    });
  });
});
