/** What `validate` and `render` say about a service file. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseArguments } from '../../cli/arguments.ts';
import { fakeWorld, type FakeWorld } from './fake-world.ts';

function withFile(text: string): FakeWorld {
  const world = fakeWorld();
  world.files.set('orders/espalier.yaml', text);
  return world;
}

async function run(world: FakeWorld, ...words: string[]): Promise<string> {
  const asked = parseArguments(words);
  if (asked.kind === 'help') throw new Error('help');
  await asked.command.run(world, asked.words, asked.switches, asked.options);
  return world.lines.join('\n');
}

describe('validate', () => {
  it('says what a right file describes', async () => {
    const world = withFile(
      'name: orders\nprocesses: { worker: { command: [node, worker.js] } }\ndependencies: [stock]',
    );
    expect(await run(world, 'validate', 'orders/espalier.yaml')).toBe(
      'orders/espalier.yaml can be used: service orders, http on port 8080; processes worker; calls stock.',
    );
  });

  it('fails with file, line, column, what was found and what is allowed', async () => {
    await expect(run(withFile('name: orders\nport: 80'), 'validate', 'orders/espalier.yaml')).rejects.toThrow(
      'orders/espalier.yaml:2:1: port: found 80; allowed: a whole number from 1024 to 65535',
    );
  });

  it('says when there is no such file', async () => {
    await expect(run(fakeWorld(), 'validate', 'espalier.yml')).rejects.toThrow('There is no file espalier.yml');
  });
});

describe('render', () => {
  it('prints objects of the environment that can be applied as they stand', async () => {
    const world = withFile('name: orders\nschedules: { nightly: { schedule: "0 3 * * *", command: [node, tidy.js] } }');
    const text = await run(world, 'render', 'orders/espalier.yaml', '--environment', 'feature-login');
    const objects = parseAllDocuments(text).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as { kind: string; metadata: { name: string; namespace?: string } };
    });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Namespace espalier-feature-login',
      'ResourceQuota environment',
      'LimitRange environment',
      'NetworkPolicy default-deny',
      'NetworkPolicy environment',
      expect.stringMatching(/^RoleBinding/) as unknown,
      expect.stringMatching(/^RoleBinding/) as unknown,
      expect.stringMatching(/^RoleBinding/) as unknown,
      'ServiceAccount orders',
      'NetworkPolicy orders',
      'Deployment orders-blue',
      'CronJob orders-nightly',
      'Service orders-blue',
      'Service orders',
      'HTTPRoute orders.router',
      'HTTPRoute orders',
    ]);
    expect(new Set(objects.slice(1).map(({ metadata }) => metadata.namespace))).toEqual(
      new Set(['espalier-feature-login']),
    );
  });

  it('needs an environment, and one that can exist', async () => {
    expect(() => parseArguments(['render', 'espalier.yaml'])).toThrow('render needs --environment NAME');
    await expect(
      run(withFile('name: orders'), 'render', 'orders/espalier.yaml', '--environment', 'feature/login'),
    ).rejects.toThrow('feature/login is no id of an environment');
  });

  it('says what production needs instead of a volume', async () => {
    const world = withFile('name: orders\nvolumes: { data: { path: /data } }');
    await expect(run(world, 'render', 'orders/espalier.yaml', '--environment', 'production')).rejects.toThrow(
      'Data of production belongs into a database',
    );
  });
});
