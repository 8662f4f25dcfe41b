/** The configuration of services on the command line. */
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../cli/arguments.ts';
import { config } from '../../cli/commands/config.ts';
import { serviceFile } from '../handlers/cluster-world.ts';
import { fakeWorld, readyRecord, type FakeWorld } from './fake-world.ts';

const COMMIT = '1a2b3c4d'.repeat(5);
const BY = { author: 'ada', reason: 'spring', at: 0, execution: 'one' };

async function shop(): Promise<FakeWorld> {
  const world = fakeWorld(readyRecord('feature-login', 'feature/login'), readyRecord('feature-b', 'feature/b'));
  const holder = { environment: 'feature-login', service: 'orders', generation: 1 };
  await world.builds.save({
    repository: 'orders',
    commit: COMMIT,
    version: 0,
    state: 'built',
    holder,
    attempt: 1,
    startedAt: 0,
    wantedBy: [holder],
    digest: `sha256:${'0'.repeat(64)}`,
    definition: serviceFile({
      configuration: {
        subscribe: true,
        keys: { greeting: { type: 'text', default: 'Hello' }, limit: { type: 'number', default: 5 } },
      },
    }),
  });
  const version = { service: 'orders', version: 1, difference: [], ...BY };
  await world.layers.save({ ...version, layer: 'integration', values: { greeting: 'Hi', gone: 'x' } });
  await world.layers.save({ ...version, layer: 'feature-login', values: { limit: 7 } });
  return world;
}
const run = (world: FakeWorld, ...words: string[]) => config.run(world, words, new Set(), {});

describe('config get', () => {
  it('shows each value and the layer it comes from, and what is left out', async () => {
    const world = await shop();
    await run(world, 'get', 'feature/login', 'orders');
    expect(world.lines).toEqual([
      'KEY       VALUE  FROM',
      'greeting  Hi     integration',
      'limit     7      feature-login',
      'left out: gone of integration (this version does not know it)',
    ]);
  });
});

describe('config set', () => {
  it('starts the state machine with what was said, and shows what it answers', async () => {
    const world = await shop();
    world.script = [() => ({ kind: 'running' }), () => ({ kind: 'succeeded', output: { message: 'Version 2' } })];
    await config.run(world, ['set', 'integration', 'orders', 'greeting=a=b', 'limit='], new Set(), {
      reason: 'spring',
    });
    expect(world.started).toEqual([
      {
        workflow: 'apply-configuration',
        tier: 'branch',
        input: {
          layer: 'integration',
          service: 'orders',
          author: 'ada',
          reason: 'spring',
          set: { greeting: 'a=b', limit: '' },
        },
      },
    ]);
    expect(world.lines).toEqual(['Version 2']);
  });

  it('says why a change was refused or taken back', async () => {
    const world = await shop();
    world.script = [() => ({ kind: 'failed', error: 'rejected', cause: 'greting: unknown key' })];
    await expect(run(world, 'set', 'integration', 'orders', 'greting=x')).rejects.toThrow('greting: unknown key');
  });

  it.each([
    [['set', 'integration', 'orders'], 'Nothing is to be set'],
    [['set', 'integration', 'orders', 'greeting'], 'allowed: KEY=VALUE'],
    [['set', 'feature-logn', 'orders', 'a=b'], 'Did you mean feature-login?'],
    [['sett', 'integration'], 'Did you mean set?'],
    [['get', 'feature-login'], 'allowed: npx espalier config get ENVIRONMENT SERVICE'],
    [['rollback', 'integration', 'orders', 'two'], 'allowed: a number'],
  ])('refuses %j', async (words, said) => {
    const world = await shop();
    await expect(run(world, ...words)).rejects.toThrow(said);
    expect(world.started).toEqual([]);
  });
});

describe('config rollback, unset and apply', () => {
  it('start the same state machine', async () => {
    const world = await shop();
    await run(world, 'rollback', 'integration', 'orders');
    await run(world, 'rollback', 'feature/login', 'orders', '0');
    await run(world, 'unset', 'integration', 'orders', 'greeting');
    await run(world, 'apply', 'feature/login');
    const by = { service: 'orders', author: 'ada' };
    expect(world.started.map(({ input }) => input)).toEqual([
      { layer: 'integration', ...by, rollBack: true },
      { layer: 'feature-login', ...by, rollBack: true, to: 0 },
      { layer: 'integration', ...by, unset: ['greeting'] },
      { environment: 'feature-login' },
    ]);
  });
});

describe('config diff and history', () => {
  it('compare two environments, and two layers', async () => {
    const world = await shop();
    await run(world, 'diff', 'feature-login', 'feature-b', 'orders');
    await run(world, 'diff', 'integration', 'production', 'orders');
    expect(world.lines).toEqual(['limit: "7" → "5"', 'gone: "x" → (nothing)', 'greeting: "Hi" → (nothing)']);
  });

  it('show every version with author, time, reason and difference', async () => {
    const world = await shop();
    const difference = [{ key: 'greeting', before: 'Hi', after: 'Hey\u001b[2J' }];
    await world.layers.save({ layer: 'integration', service: 'orders', version: 2, values: {}, difference, ...BY });
    await run(world, 'history', 'integration', 'orders');
    expect(world.lines).toEqual([
      '   2  1970-01-01 00:00:00  ada: spring',
      '        greeting: "Hi" → "Hey\\u001b[2J"',
      '   1  1970-01-01 00:00:00  ada: spring',
    ]);
  });
});

describe('arguments', () => {
  it('take any number of words and options with a text', () => {
    const asked = parseArguments(['config', 'set', 'integration', 'orders', 'a=1', 'b=2', '--reason', 'two keys']);
    expect(asked).toMatchObject({
      words: ['set', 'integration', 'orders', 'a=1', 'b=2'],
      options: { reason: 'two keys' },
    });
  });
});
