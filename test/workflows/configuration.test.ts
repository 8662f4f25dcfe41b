/**
 * Configuration and secrets through the synthesized state machines and the real use cases: what a delivery brings, what a change does to
 * running processes, what is taken back, what a removal leaves behind. On virtual time, in a cluster in memory.
 */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ANNOTATIONS, LABELS } from '../../lambdas/contracts/kubernetes.ts';
import type { ConfigurationFile } from '../../lambdas/domain/configuration/file.ts';
import type { PodAnswer } from '../../lambdas/ports/pod-proxy.ts';
import { RolloutWorld } from './rollout-world.ts';

const KEYS =
  'configuration: { subscribe: true, keys: { a: { type: text, default: "" }, b: { type: text, default: "" }, limit: { type: number, default: 1 } } }';
const REPLACED = KEYS.replace('subscribe: true', 'subscribe: false');
const BY = { author: 'ada', reason: 'spring' };

/** A process beside the main one: it gets no requests, so that nobody can ask it. */
const WORKER = `${KEYS}\nprocesses: { worker: { command: [node, worker.js], replicas: 2 } }`;

/** The file as the cluster has it for a side. */
function fileOf(world: RolloutWorld, side = 'blue'): ConfigurationFile {
  const map = world.cluster.peek('ConfigMap').find(({ metadata }) => metadata.name === `orders-${side}`);
  const { 'configuration.json': text = '' } = (map?.['data'] ?? {}) as Record<string, string>;
  return JSON.parse(text) as ConfigurationFile;
}

const well = ({ version }: ConfigurationFile): PodAnswer => ({
  kind: 'answered',
  status: 200,
  headers: { 'espalier-configuration': version },
});

/** Processes that take the file up and say so. */
function honest(world: RolloutWorld, side = 'blue'): PodAnswer {
  return well(fileOf(world, side));
}

async function delivered(further = KEYS): Promise<RolloutWorld> {
  const world = new RolloutWorld();
  world.file = (parse(further) as Record<string, unknown> | null) ?? {};
  world.pods.answer = () => honest(world);
  await world.deliver();
  return world;
}

const set = (world: RolloutWorld, layer: string, values: Record<string, string>) =>
  world.configure({ layer, service: 'orders', set: values, ...BY });
const templatesOf = (world: RolloutWorld): unknown =>
  world.cluster.peek('Deployment').map(({ spec }) => (spec as { template: { metadata: unknown } }).template.metadata);
const said = async (world: RolloutWorld): Promise<string[]> =>
  (await world.history.of('feature-login'))
    .filter(({ stage }) => stage === 'configuration')
    .map(({ message }) => message);

describe('a delivery', () => {
  it('registers the tenant and brings the configuration before the pods start', async () => {
    const world = await delivered();
    expect(await world.tenants.all()).toMatchObject([{ environment: 'feature-login', kind: 'feature' }]);
    const calls = world.cluster.calls;
    expect(calls.indexOf('apply ConfigMap orders-blue')).toBeGreaterThan(-1);
    expect(calls.indexOf('apply ConfigMap orders-blue')).toBeLessThan(calls.indexOf('apply Deployment orders-blue'));
    expect(fileOf(world)).toMatchObject({
      environment: 'feature-login',
      service: 'orders',
      values: { a: '', limit: 1 },
    });
  });

  it('makes nothing for a service that is not configured', async () => {
    const world = await delivered('');
    expect(world.cluster.names('ConfigMap')).toEqual([]);
    expect(world.cluster.names('Secret')).toEqual([]);
  });
});

describe('a change', () => {
  it('of integration shows at once in a branch that does not say otherwise, without a restart, and is confirmed', async () => {
    const world = await delivered();
    await set(world, 'feature-login', { a: 'f.a' });
    await set(world, 'integration', { a: 'i.a', b: 'i.b' });
    expect(fileOf(world).values).toMatchObject({ a: 'f.a', b: 'i.b' });
    const before = templatesOf(world);
    const outcome = await set(world, 'integration', { b: 'i2.b' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(outcome)).toContain('2 processes in 1 environments confirmed');
    expect(fileOf(world).values).toMatchObject({ a: 'f.a', b: 'i2.b' });
    expect(templatesOf(world)).toEqual(before);
  });

  it('lets the kubelet look at once, by an annotation of each pod', async () => {
    const world = await delivered();
    await set(world, 'integration', { b: 'i.b' });
    const pods = world.cluster
      .peek('Pod')
      .map(({ metadata }) => (metadata['annotations'] as Record<string, string>)[ANNOTATIONS.configuration]);
    expect(new Set(pods)).toEqual(new Set([fileOf(world).version]));
  });

  it('replaces the pods of a service that does not subscribe', async () => {
    const world = await delivered(REPLACED);
    const before = templatesOf(world);
    expect(await set(world, 'integration', { b: 'i.b' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(templatesOf(world)).not.toEqual(before);
    expect(JSON.stringify(templatesOf(world))).toContain(fileOf(world).version);
  });

  it('waits for pods that take their time to be replaced, as a delivery does', async () => {
    const world = await delivered(REPLACED);
    world.cluster.behaviour.podFate = () => ({ kind: 'ready', after: 4 * 60_000 });
    const begun = world.clock.now();
    expect(await set(world, 'integration', { b: 'i.b' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.clock.now() - begun).toBeGreaterThan(4 * 60_000);
    expect(fileOf(world).values).toMatchObject({ b: 'i.b' });
  });

  it('of an unknown key, a wrong type, an unknown layer or service is refused with what is allowed', async () => {
    const world = await delivered();
    const cause = async (layer: string, values: Record<string, string>, service = 'orders'): Promise<string> => {
      const outcome = await world.configure({ layer, service, set: values });
      expect(outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
      return outcome.status === 'FAILED' ? (outcome.cause ?? '') : '';
    };
    expect(await cause('integration', { limt: '5' })).toContain('Did you mean "limit"?');
    expect(await cause('integration', { limit: 'five' })).toContain('allowed: a number such as 5');
    expect(await cause('feature-logn', { limit: '5' })).toContain('Did you mean feature-login?');
    expect(await cause('integration', { limit: '5' }, 'ordrs')).toContain('Did you mean orders?');
    expect(world.layers.names()).toEqual([]);
  });

  it('is taken back by one action', async () => {
    const world = await delivered();
    await set(world, 'integration', { b: 'one' });
    await set(world, 'integration', { b: 'two' });
    const outcome = await world.configure({ layer: 'integration', service: 'orders', rollBack: true, ...BY });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(fileOf(world).values).toMatchObject({ b: 'one' });
    const versions = await world.layers.history('integration', 'orders');
    expect(versions.map(({ version, difference }) => [version, difference[0]?.after])).toEqual([
      [3, 'one'],
      [2, 'two'],
      [1, 'one'],
    ]);
  });

  it('goes back to the layer that says nothing, and to no version that cannot be', async () => {
    const world = await delivered();
    await set(world, 'integration', { b: 'one' });
    await set(world, 'integration', { b: 'two' });
    const back = (to: number) =>
      world.configure({ layer: 'integration', service: 'orders', rollBack: true, to, ...BY });
    const refusal = { status: 'FAILED', cause: expect.stringContaining('allowed: 0 to 1') as unknown };
    expect(await back(7)).toMatchObject(refusal);
    expect(await back(2)).toMatchObject(refusal);
    expect(await back(0)).toMatchObject({ status: 'SUCCEEDED' });
    expect(fileOf(world).values).toMatchObject({ b: '' });
  });
});

describe('a change that processes do not bear', () => {
  const bad = (world: RolloutWorld): PodAnswer =>
    fileOf(world).values['b'] === 'bad' ? { kind: 'answered', status: 500, headers: {} } : honest(world);

  it('is taken back by itself when a self-check fails', async () => {
    const world = await delivered();
    world.pods.answer = () => bad(world);
    await set(world, 'integration', { b: 'good' });
    const outcome = await set(world, 'integration', { b: 'bad' });
    expect(outcome).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringContaining('answers 500 on /health') as unknown,
    });
    expect(fileOf(world).values).toMatchObject({ b: 'good' });
    const [newest] = await world.layers.history('integration', 'orders');
    expect(newest).toMatchObject({
      version: 3,
      author: 'espalier',
      reason: expect.stringContaining('taken back') as unknown,
    });
    expect((await said(world)).at(-1)).toContain('processes confirmed that they run it');
  });

  it('is taken back only when whoever did not bear it is well again, however late files come', async () => {
    const world = await delivered();
    let [reads, comes, at] = [fileOf(world), fileOf(world), 0];
    world.pods.answer = () => {
      const now = world.clock.now();
      if (fileOf(world).version !== comes.version) [comes, at] = [fileOf(world), now + 8_000];
      if (now >= at) reads = comes;
      return reads.values['b'] === 'bad' ? { kind: 'answered', status: 500, headers: {} } : well(reads);
    };
    expect(await set(world, 'integration', { b: 'bad' })).toMatchObject({ status: 'FAILED', error: 'rejected' });
    expect(world.pods.answer('/health', 'orders-blue', 'any')).toEqual(well(fileOf(world)));
    expect((await said(world)).at(-1)).toContain('2 processes confirmed that they run it');
  });

  it('and whoever does not come back is named to people, within seconds', async () => {
    const world = await delivered();
    let broken = false;
    world.pods.answer = () => {
      broken ||= fileOf(world).values['b'] === 'bad';
      return broken ? { kind: 'answered', status: 500, headers: {} } : honest(world);
    };
    const begun = world.clock.now();
    const outcome = await set(world, 'integration', { b: 'bad' });
    expect(world.clock.now() - begun).toBeLessThan(60_000);
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'rejected' });
    const told =
      /not confirmed: orders-blue did not answer well before the change already, and does not now: pod \S+ answers 500/;
    expect(JSON.stringify(outcome)).toMatch(told);
    const notice = world.notices.published.find(({ content }) => content.title.includes('taken back'));
    expect(notice?.content.description).toMatch(told);
  });

  it('is told to people: what changed, by whom, which self-check failed, what holds now', async () => {
    const world = await delivered();
    world.pods.answer = () => bad(world);
    await set(world, 'integration', { b: 'good' });
    await set(world, 'integration', { b: 'bad' });
    const [notice, ...more] = world.notices.published.filter(({ content }) => content.title.includes('taken back'));
    expect(more).toEqual([]);
    expect(notice?.content.title).toBe('A change of orders in integration was taken back');
    const text = notice?.content.description ?? '';
    expect(text).toContain('Version 2 by ada: spring');
    expect(text).toContain('b: "good" → "bad"');
    expect(text).toMatch(/feature-login: pod orders-blue-\S+ answers 500 on \/health/);
    expect(text).toContain('Version 3 holds now:\n• `b: "good"`');
    expect(notice?.content.nextSteps?.[0]).toContain('npx espalier config history integration orders');
    expect(notice?.metadata.threadId).toBe('espalier-configuration-integration');
  });

  it('in the layer of an environment is told in its thread, and hostile words in it are only words', async () => {
    const world = await delivered();
    world.pods.answer = () => bad(world);
    await world.configure({
      layer: 'feature-login',
      service: 'orders',
      set: { b: 'bad' },
      author: '<!channel>',
      reason: 'a`b',
    });
    const notice = world.notices.published.find(({ content }) => content.title.includes('taken back'));
    expect(notice?.content.description).toContain('Version 1 by &lt;!channel&gt;');
    expect(notice?.content.description).toContain('`b: (nothing: lower layers decide)`');
    expect(notice?.metadata.threadId).toBe('espalier-feature-login-1');
  });

  it('is taken back although others change the layer at the same moment', async () => {
    const world = await delivered();
    world.pods.answer = () => bad(world);
    const save = world.layers.save.bind(world.layers);
    let others = 0;
    world.layers.save = async (version) => {
      // Whoever takes it back is overtaken twice.
      if (version.author === 'espalier' && others < 2) {
        others += 1;
        await save({
          ...version,
          values: { b: 'bad', a: `theirs ${String(others)}` },
          author: 'b',
          execution: 'other',
        });
      }
      return save(version);
    };
    expect(await set(world, 'integration', { b: 'bad' })).toMatchObject({ status: 'FAILED', error: 'rejected' });
    expect(fileOf(world).values).toMatchObject({ a: 'theirs 2', b: '' });
  });

  it('is taken back when the self-check hangs, within minutes', async () => {
    const world = await delivered();
    world.pods.answer = () =>
      fileOf(world).values['b'] === 'bad'
        ? { kind: 'unreachable', reason: 'no answer within 3 seconds' }
        : honest(world);
    const begun = world.clock.now();
    expect(await set(world, 'integration', { b: 'bad' })).toMatchObject({ status: 'FAILED', error: 'rejected' });
    expect(world.clock.now() - begun).toBeLessThan(4 * 60_000);
    expect(fileOf(world).values).toMatchObject({ b: '' });
  });

  it('is taken back when the self-check lies: it is well and names another version', async () => {
    const world = await delivered();
    const old = fileOf(world).version;
    world.pods.answer = () => ({ kind: 'answered', status: 200, headers: { 'espalier-configuration': old } });
    const outcome = await set(world, 'integration', { b: 'new' });
    expect(outcome).toMatchObject({ cause: expect.stringContaining(`runs configuration ${old} and not`) as unknown });
    expect(fileOf(world).values).toMatchObject({ b: '' });
  });

  it('is not taken back because of processes that were ill before', async () => {
    const world = await delivered();
    world.pods.answer = () => ({ kind: 'answered', status: 503, headers: {} });
    const outcome = await set(world, 'integration', { b: 'new' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(outcome)).toContain('did not answer well before the change');
    expect(fileOf(world).values).toMatchObject({ b: 'new' });
  });

  it('is confirmed by processes that it mends', async () => {
    const world = await delivered();
    world.pods.answer = () =>
      fileOf(world).values['b'] === 'good' ? honest(world) : { kind: 'answered', status: 503, headers: {} };
    const outcome = await set(world, 'integration', { b: 'good' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(outcome)).toContain('2 processes in 1 environments confirmed');
    expect(JSON.stringify(outcome)).not.toContain('not confirmed');
  });

  it('takes back what it changed and nothing that others changed since', async () => {
    const world = await delivered();
    world.pods.answer = () => bad(world);
    const running = set(world, 'integration', { b: 'bad' });
    const other = world.layers.save.bind(world.layers);
    world.layers.save = async (version) => {
      const answer = await other(version);
      // Somebody changes another key right after the bad version.
      if (version.version === 1) {
        await other({
          ...version,
          version: 2,
          values: { ...version.values, a: 'theirs' },
          difference: [{ key: 'a', after: 'theirs' }],
          execution: 'other',
        });
      }
      return answer;
    };
    await running;
    expect(fileOf(world).values).toMatchObject({ a: 'theirs', b: '' });
  });
});

describe('a process that gets no requests', () => {
  const podsOf = (world: RolloutWorld, label: string, value: string) =>
    world.cluster.peek('Pod').filter(({ metadata }) => metadata.labels?.[label] === value);

  it('is replaced even where the service subscribes, since nobody can ask what it runs, and is counted', async () => {
    const world = await delivered(WORKER);
    const serving = podsOf(world, LABELS.side, 'blue').map(({ metadata }) => metadata.name);
    const before = podsOf(world, LABELS.process, 'worker').map(({ metadata }) => metadata.name);
    expect(before).toHaveLength(2);
    const outcome = await set(world, 'integration', { b: 'i.b' });
    expect(JSON.stringify(outcome)).toContain('4 processes in 1 environments confirmed');
    expect(podsOf(world, LABELS.side, 'blue').map(({ metadata }) => metadata.name)).toEqual(serving);
    const after = podsOf(world, LABELS.process, 'worker');
    expect(after.filter(({ metadata }) => before.includes(metadata.name))).toEqual([]);
    expect(after.map(({ metadata }) => metadata['annotations'])).toEqual([
      { [ANNOTATIONS.configuration]: fileOf(world).version },
      { [ANNOTATIONS.configuration]: fileOf(world).version },
    ]);
  });

  it('is not replaced again by the next delivery of the same configuration', async () => {
    const world = await delivered(WORKER);
    await set(world, 'integration', { b: 'i.b' });
    const annotations = () => podsOf(world, LABELS.process, 'worker').map(({ metadata }) => metadata['annotations']);
    const before = annotations();
    await world.deliver();
    expect(annotations()).toEqual(before);
  });

  it('that crashes with a change takes the change back', async () => {
    const world = await delivered(WORKER);
    world.cluster.behaviour.podFate = ({ labels }) =>
      labels[LABELS.process] === 'worker' && fileOf(world).values['b'] === 'bad'
        ? { kind: 'crash-loop' }
        : { kind: 'ready', after: 1_500 };
    const outcome = await set(world, 'integration', { b: 'bad' });
    expect(outcome).toMatchObject({
      status: 'FAILED',
      cause: expect.stringMatching(/orders-worker\S*: it crashes/) as unknown,
    });
    expect(fileOf(world).values).toMatchObject({ b: '' });
  });
});

describe('a service that does not speak HTTP', () => {
  it('is replaced and well once its pods are ready: nobody asks it by HTTP', async () => {
    const world = await delivered(`${REPLACED}\nprotocol: tcp`);
    world.pods.answer = () => ({ kind: 'unreachable', reason: 'it does not speak HTTP' });
    const outcome = await set(world, 'integration', { b: 'i.b' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(outcome)).toContain('2 processes in 1 environments confirmed');
  });
});

describe('two changes at once', () => {
  it('of the same key: one holds, the other is told', async () => {
    const world = await delivered();
    const save = world.layers.save.bind(world.layers);
    world.layers.save = async (version) => {
      world.layers.save = save;
      await save({ ...version, values: { b: 'theirs' }, execution: 'other' });
      return save(version);
    };
    const outcome = await set(world, 'integration', { b: 'mine' });
    expect(outcome).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringContaining('Somebody else changed b') as unknown,
    });
    expect((await world.layers.latest('integration', 'orders'))?.values).toEqual({ b: 'theirs' });
  });

  it('of different keys both hold', async () => {
    const world = await delivered();
    const save = world.layers.save.bind(world.layers);
    world.layers.save = async (version) => {
      world.layers.save = save;
      await save({ ...version, values: { a: 'theirs' }, execution: 'other' });
      return save(version);
    };
    expect(await set(world, 'integration', { b: 'mine' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(fileOf(world).values).toMatchObject({ a: 'theirs', b: 'mine' });
  });
});

describe('a change while a delivery runs', () => {
  it('is there when the delivery is done, whatever came first', async () => {
    for (const after of [0, 500, 1_000, 1_500, 3_000]) {
      const world = await delivered();
      await world.push();
      await world.pass(after);
      expect(await set(world, 'integration', { b: `after ${String(after)}` })).toMatchObject({ status: 'SUCCEEDED' });
      await world.settled();
      expect([after, fileOf(world).values['b']]).toEqual([after, `after ${String(after)}`]);
      expect((await world.service())?.failure).toBeUndefined();
    }
  });

  it('written by whoever read an older version does not stay', async () => {
    const world = await delivered();
    const apply = world.cluster.apply.bind(world.cluster);
    world.cluster.apply = async (object, manager, options) => {
      if (object.kind === 'ConfigMap') {
        world.cluster.apply = apply;
        // Between reading the layers and writing the ConfigMap somebody saves another version.
        const latest = await world.layers.latest('integration', 'orders');
        if (latest !== undefined)
          await world.layers.save({
            ...latest,
            version: latest.version + 1,
            values: { b: 'newest' },
            execution: 'other',
          });
      }
      return apply(object, manager, options);
    };
    await set(world, 'integration', { b: 'older' });
    expect(fileOf(world).values).toMatchObject({ b: 'newest' });
  });
});

describe('the configuration centre away', () => {
  it('takes nothing from running services: pods that start meanwhile have the last file', async () => {
    const world = await delivered();
    await set(world, 'integration', { b: 'last' });
    world.faults = {
      before: (call) => {
        if (call.startsWith('layers')) throw Object.assign(new Error('away'), { name: 'TransientError' });
      },
    };
    expect(await set(world, 'integration', { b: 'next' })).toMatchObject({ status: 'FAILED' });
    expect(fileOf(world).values).toMatchObject({ b: 'last' });
    expect(world.readyPods('blue')).toBe(2);
  });
});

describe('the configuration centre away while a delivery begins', () => {
  it('ends that delivery, leaves the earlier version with what it has, and the next attempt arrives', async () => {
    const world = await delivered();
    await set(world, 'integration', { b: 'last' });
    const before = (await world.service())?.applied?.commit;
    world.faults = {
      before: (call) => {
        if (call.startsWith('layers')) throw Object.assign(new Error('away'), { name: 'TransientError' });
      },
    };
    await world.deliver();
    expect((await world.service())?.failure).toMatchObject({ kind: 'transient' });
    expect((await world.service())?.applied?.commit).toBe(before);
    expect(world.servingCommits('blue')).toEqual([before]);
    expect(fileOf(world).values).toMatchObject({ b: 'last' });
    world.faults = {};
    const commit = await world.deliver();
    expect(world.servingCommits('blue')).toEqual([commit]);
    expect(fileOf(world).values).toMatchObject({ b: 'last' });
  });
});

describe('secrets', () => {
  const SECRETS = 'secrets: { PAYMENT: orders/payment }\ngenerate: { TOKEN: token, SIGNING: key-pair }';
  async function withSecrets(): Promise<RolloutWorld> {
    const world = new RolloutWorld();
    world.file = parse(SECRETS) as Record<string, unknown>;
    world.secretStore.put('espalier/feature/orders/payment', 'sk_live_1');
    await world.deliver();
    return world;
  }
  const secretOf = (world: RolloutWorld): Record<string, string> => {
    const secret = world.cluster.peek('Secret').find(({ metadata }) => metadata.name === 'orders-blue');
    return Object.fromEntries(
      Object.entries((secret?.['data'] ?? {}) as Record<string, string>).map(([name, value]) => [
        name,
        Buffer.from(value, 'base64').toString(),
      ]),
    );
  };

  it('reach the pods of their environment, generated ones too', async () => {
    const world = await withSecrets();
    expect(secretOf(world)).toEqual({
      PAYMENT: 'sk_live_1',
      TOKEN: 'generated-token-1',
      SIGNING: 'generated-key-pair-2-private',
      SIGNING_PUBLIC: 'generated-key-pair-2-public',
    });
  });

  it('are generated once per environment', async () => {
    const world = await withSecrets();
    const before = secretOf(world);
    await world.deliver();
    expect(secretOf(world)).toEqual(before);
  });

  it('are in no record, event, notice or payload', async () => {
    const world = await withSecrets();
    world.secretStore.put('espalier/feature/orders/payment', 'sk_live_2');
    await world.configure({ environment: 'feature-login' });
    const everything = JSON.stringify([
      await world.service(),
      await world.history.of('feature-login'),
      world.notices,
      [...world.outcomes],
      world.secretStates.written(),
      world.payloads,
    ]);
    expect(everything).toContain('secrets were read');
    for (const value of ['sk_live', 'generated-token', 'generated-key-pair']) {
      expect(everything).not.toContain(value);
      expect(everything).not.toContain(Buffer.from(value).toString('base64').slice(0, -4));
    }
  });

  it('that were rotated replace the pods, once somebody says so', async () => {
    const world = await withSecrets();
    const before = templatesOf(world);
    world.secretStore.put('espalier/feature/orders/payment', 'sk_live_2');
    expect(await world.configure({ environment: 'feature-login' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(secretOf(world)['PAYMENT']).toBe('sk_live_2');
    expect(templatesOf(world)).not.toEqual(before);
  });

  it('that are lost in the cluster, with the key that opens them, come back', async () => {
    const world = await withSecrets();
    const before = secretOf(world);
    for (const name of ['orders-blue', 'espalier-sealing-key']) {
      await world.cluster.remove({ apiVersion: 'v1', kind: 'Secret', namespace: 'espalier-feature-login', name });
    }
    expect(await world.configure({ environment: 'feature-login' })).toMatchObject({ status: 'SUCCEEDED' });
    expect(secretOf(world)).toEqual(before);
  });

  it('that are gone when a change is brought are told in words', async () => {
    const world = await withSecrets();
    await world.secretStore.remove('espalier/feature/orders/payment');
    const outcome = await world.configure({ environment: 'feature-login' });
    const cause = outcome.status === 'FAILED' ? (outcome.cause ?? '') : '';
    expect(cause).toContain('feature-login: The variable PAYMENT is to hold a secret that does not exist');
    expect(cause).not.toContain('errorType');
  });

  it('that do not exist stop the delivery with the name that was looked for', async () => {
    const world = new RolloutWorld();
    world.file = parse(SECRETS) as Record<string, unknown>;
    await world.deliver();
    expect((await world.service())?.failure).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('Secrets Manager has no secret "espalier/feature/orders/payment"') as unknown,
    });
  });
});
