/** What `validate` and `render` say about a service file. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseArguments } from '../../cli/arguments.ts';
import { chart, deployment, IMAGE } from '../boundary/chart/sample-chart.ts';
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

  it('says of several files which need each other, and what that needs; a circle is no mistake', async () => {
    const world = withFile('name: orders\ndependencies: [inventory]');
    world.files.set('inventory.yaml', 'name: inventory\ndependencies: [orders, web]');
    world.files.set('web.yaml', 'name: web\ndependencies: [orders]');
    const lines = await run(world, 'validate', 'orders/espalier.yaml', 'inventory.yaml', 'web.yaml');
    expect(lines.split('\n').slice(3)).toEqual([
      expect.stringMatching(
        /^inventory → orders → inventory need each other\. That is allowed: they start in any order/,
      ),
      expect.stringMatching(/^inventory → web → orders → inventory need each other/),
    ]);
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

  it('says how to render a chart first, and prints what becomes of it', async () => {
    const world = withFile('name: orders\nchart: { path: deploy/chart, values: [own.yaml] }');
    const words = ['render', 'orders/espalier.yaml', '--environment', 'feature-login'];
    await expect(run(world, ...words)).rejects.toThrow(
      /echo '\{"fullnameOverride":"orders".*' \| helm template orders deploy\/chart .* --values - --values own\.yaml > rendered\.yaml/,
    );
    const image = 'image.example/not-built-yet:not-built-yet';
    world.files.set('rendered.yaml', chart(deployment({ replicas: 2 })).replaceAll(IMAGE, image));
    const text = await run(world, ...words, '--chart', 'rendered.yaml');
    expect(text).toContain('app: orders');
    expect(text).toMatch(/image: image\.example\/not-built-yet@sha256:0+/);
    world.files.set('rendered.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\n');
    await expect(run(world, ...words, '--chart', 'rendered.yaml')).rejects.toThrow(
      'Secret keys of v1 is nothing that a chart may bring',
    );
    await expect(run(withFile('name: orders'), ...words, '--chart', 'rendered.yaml')).rejects.toThrow(
      'the service file names no chart',
    );
  });

  it('says what production needs instead of a volume', async () => {
    const world = withFile('name: orders\nvolumes: { data: { path: /data } }');
    await expect(run(world, 'render', 'orders/espalier.yaml', '--environment', 'production')).rejects.toThrow(
      'Data of production belongs into a database',
    );
  });
});
