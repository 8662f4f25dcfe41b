/** What the API does by itself after a change: following owners, emptying namespaces, counting quotas. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { controllerAttempt } from '../../../../local/cluster/api/attempt.ts';
import type { Engine } from '../../../../local/cluster/api/engine.ts';
import { createEngine, objectsOf } from '../../../../local/cluster/api/objects.ts';
import { resourceOfKind } from '../../../../local/cluster/api/table.ts';
import type { KubeObject, Objects } from '../../../../local/cluster/objects.ts';

let engine: Engine;
let objects: Objects;
beforeEach(() => {
  engine = createEngine();
  objects = objectsOf(engine);
});

const made = (name: string, owners: readonly KubeObject[] = [], more: object = {}): KubeObject => {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    blockOwnerDeletion: true,
  }));
  return objects.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...(owners.length > 0 ? { ownerReferences } : {}), ...more },
  });
};
const names = (): string[] => objects.list('v1', 'ConfigMap', 'default').map((one) => one.metadata.name);
const find = (name: string): KubeObject | undefined => objects.get('v1', 'ConfigMap', 'default', name);
const remove = (name: string, propagationPolicy: string): void => {
  const resource = resourceOfKind('v1', 'ConfigMap');
  if (resource) engine.remove({ resource, namespace: 'default', name }, { propagationPolicy }, controllerAttempt);
};
const release = (name: string): void => {
  const found = find(name);
  if (!found) throw new Error(`${name} is gone already`);
  const { finalizers: _, ...metadata } = found.metadata;
  objects.update({ ...found, metadata });
};

describe('owners', () => {
  it('take what they own with them, down to the last level', async () => {
    const root = made('root');
    const middle = made('middle', [root]);
    made('leaf', [middle]);
    made('other');
    remove('root', 'Background');
    await sleep(1);
    expect(names()).toEqual(['other']);
  });

  it('wait in the foreground for what blocks them', async () => {
    const root = made('root');
    made('slow', [root], { finalizers: ['example.test/hold'] });
    remove('root', 'Foreground');
    await sleep(1);
    expect(find('root')?.metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
    expect(find('slow')?.metadata.deletionTimestamp).toBeDefined();
    release('slow');
    await sleep(1);
    expect(names()).toEqual([]);
  });

  it('let go of what is to stay', async () => {
    const root = made('root');
    made('stays', [root]);
    remove('root', 'Orphan');
    await sleep(1);
    expect(names()).toEqual(['stays']);
    expect(find('stays')?.metadata.ownerReferences ?? []).toEqual([]);
  });

  it('are not missed by who has another one', async () => {
    const one = made('one');
    made('shared', [one, made('two')]);
    remove('one', 'Background');
    await sleep(1);
    expect(find('shared')?.metadata.ownerReferences).toMatchObject([{ name: 'two' }]);
  });

  it('who never were are as good as gone', async () => {
    const never = { ...made('never'), metadata: { ...made('stray').metadata, name: 'never', uid: 'no-such-uid' } };
    made('orphan', [never]);
    await sleep(1);
    expect(names()).toEqual(['never', 'stray']);
  });
});

describe('a namespace', () => {
  const state = (): KubeObject | undefined => objects.get('v1', 'Namespace', undefined, 'team');
  beforeEach(() => objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }));

  it('goes with everything in it', async () => {
    objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'team' } });
    objects.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'team' },
      spec: { ports: [{ port: 80 }] },
    });
    objects.remove('v1', 'Namespace', undefined, 'team');
    await sleep(1);
    expect(state()).toBeUndefined();
    expect(objects.list('v1', 'Secret', 'team')).toEqual([]);
  });

  it('says which finalizers hold it, and goes when they are gone', async () => {
    const held = objects.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'team', finalizers: ['example.test/hold'] },
    });
    objects.remove('v1', 'Namespace', undefined, 'team');
    await sleep(1);
    const { phase, conditions } = (state()?.['status'] ?? {}) as {
      phase: string;
      conditions: { type: string; message: string }[];
    };
    const said = (type: string): string | undefined => conditions.find((one) => one.type === type)?.message;
    expect(phase).toBe('Terminating');
    expect(said('NamespaceContentRemaining')).toBe(
      'Some resources are remaining: configmaps. has 1 resource instances',
    );
    expect(said('NamespaceFinalizersRemaining')).toBe(
      'Some content in the namespace has finalizers remaining: example.test/hold in 1 resource instances',
    );
    const { finalizers: _, ...metadata } =
      objects.get('v1', 'ConfigMap', 'team', held.metadata.name)?.metadata ?? held.metadata;
    objects.update({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await sleep(1);
    expect(state()).toBeUndefined();
  });
});

describe('a quota', () => {
  it('shows what is used, and lets in again what was freed', async () => {
    objects.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: 'default' },
      spec: { hard: { 'count/secrets': '1', 'requests.memory': '64Mi' } },
    });
    const secret = (name: string): KubeObject =>
      objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } });
    secret('one');
    await sleep(1);
    expect(objects.get('v1', 'ResourceQuota', 'default', 'q')?.['status']).toEqual({
      hard: { 'count/secrets': '1', 'requests.memory': '64Mi' },
      used: { 'count/secrets': '1', 'requests.memory': '0' },
    });
    expect(() => secret('two')).toThrow(
      'exceeded quota: q, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1',
    );
    objects.remove('v1', 'Secret', 'default', 'one');
    expect(secret('two').metadata.name).toBe('two');
  });
});
