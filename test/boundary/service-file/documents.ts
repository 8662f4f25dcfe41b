/**
 * Documents near a service file: mostly right, each value now and then a little or entirely wrong. Separate because the parser, the
 * schema, the manifests and a real API server are all tried on them.
 */
import * as fc from 'fast-check';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/);
const partName = fc.constantFrom('worker', 'nightly', 'data', 'a', 'proxy-2', 'migrate', 'x'.repeat(15));
const word = fc.oneof(
  fc.constantFrom('node', 'src/main.ts', '--all', '', '$(PORT)', 'ü', '日本'),
  fc.string({ maxLength: 20 }),
);
const command = fc.array(word, { minLength: 1, maxLength: 4 });
const size = fc.constantFrom('64Mi', '1Gi', '500Ki');
const resources = fc.record(
  { cpu: fc.constantFrom('5m', 0.5, '1', 2), memory: size, disk: size },
  { requiredKeys: [] },
);
const within = fc.constantFrom('1s', '5m', '1h');
const path = fc.constantFrom('/', '/health', '/a/b.c', '/a%20b', '/~x');
const port = fc.integer({ min: 1_024, max: 65_535 });
const protocol = fc.constantFrom('http', 'grpc', 'tcp');
const named = <Value>(value: fc.Arbitrary<Value>) => fc.dictionary(partName, value, { maxKeys: 3 });
const sidecar = fc.record(
  { image: fc.constant(`proxy.example/proxy:1.2@sha256:${'a'.repeat(64)}`), command, resources },
  { requiredKeys: [] },
);
const group = { command, replicas: fc.integer({ min: 1, max: 4 }), resources, containers: named(sidecar) };
const autoscale = fc.record(
  {
    minimum: fc.integer({ min: 1, max: 4 }),
    maximum: fc.integer({ min: 4, max: 9 }),
    cpu: fc.integer({ min: 10, max: 100 }),
    requests: fc.integer({ min: 1, max: 100_000 }),
  },
  { requiredKeys: ['minimum', 'maximum'] },
);
const cronField = fc.constantFrom('*', '*/5', '1', '1,2', '1-3', '1-6/2');
const task = { command, within, resources };
const jobs = fc.array(fc.record({ name: partName, ...task }, { requiredKeys: ['name', 'command'] }), { maxLength: 3 });

/** What a right file may say, key by key. */
const right = {
  apiVersion: fc.constant('espalier.dev/v1'),
  owner: fc.constantFrom('Team Orders', '#orders', '注文'),
  routes: fc.constant('none'),
  protocol,
  port,
  ports: fc.dictionary(
    fc.constantFrom('metrics', 'admin', 'x'),
    fc.oneof(port, fc.record({ port, protocol }, { requiredKeys: ['port'] })),
    { maxKeys: 3 },
  ),
  health: path,
  readiness: path,
  checks: fc.array(
    fc.record(
      { path, status: fc.integer({ min: 200, max: 599 }), contains: fc.constant('ok') },
      { requiredKeys: ['path'] },
    ),
    { maxLength: 3 },
  ),
  ...group,
  processes: named(fc.record({ ...group, autoscale }, { requiredKeys: [] })),
  dependencies: fc.uniqueArray(name, { maxLength: 4 }),
  volumes: named(
    fc.record(
      { path: fc.constantFrom('/data', '/var/lib/orders', '/data/more'), size, process: partName },
      { requiredKeys: ['path'] },
    ),
  ),
  schedules: named(
    fc.record(
      {
        schedule: fc.tuple(cronField, cronField, cronField, cronField, cronField).map((fields) => fields.join(' ')),
        timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
        ...task,
      },
      { requiredKeys: ['schedule', 'command'] },
    ),
  ),
  jobs: fc.record({ before: jobs, after: jobs, withdraw: jobs }, { requiredKeys: [] }),
  autoscale,
  rollout: fc.constantFrom('rolling', 'blue-green', 'Canary10Percent5Minutes', {
    strategy: 'canary',
    steps: [{ weight: 10 }, { pause: '5m' }, { weight: 100 }],
  }),
  exceptions: fc.uniqueArray(
    fc.record({
      rule: fc.constantFrom('writable-root', 'root-user', 'image-size'),
      reason: fc.constant('A library that we are replacing.'),
      until: fc.constantFrom('2027-03-31', '2028-02-29'),
    }),
    { maxLength: 2, selector: ({ rule }) => rule },
  ),
  build: fc.record({ test: fc.array(fc.constantFrom('npm test', 'make'), { maxLength: 2 }) }, { requiredKeys: [] }),
};

type Tree = Record<string, unknown>;

/** A right file. */
export const serviceDocument: fc.Arbitrary<Tree> = fc
  .tuple(name, fc.record(right, { requiredKeys: [] }))
  .map(([own, keys]) => agreeing({ name: own, ...keys }));

/** A process with a number of pods or with bounds; with one pod where there may be a volume. */
function scaledOnce({ autoscale: bounds, replicas, ...rest }: Tree, alone: boolean): Tree {
  if (alone) return { ...rest, replicas: 1 };
  return { ...rest, ...(bounds !== undefined ? { autoscale: bounds } : replicas !== undefined && { replicas }) };
}

/** With the keys that must agree made to agree. */
function agreeing(document: Tree): Tree {
  const { volumes, ports, jobs: phases, processes = {}, dependencies, ...rest } = document as Record<string, Tree>;
  const others = rest['protocol'] !== undefined && (rest['protocol'] as unknown) !== 'http';
  const inside = rest['routes'] !== undefined || (rest['protocol'] as unknown) === 'tcp';
  const left = [
    ...(others ? ['readiness', 'checks'] : []),
    ...(inside ? ['checks', 'rollout'] : []),
    ...(rest['autoscale'] === undefined ? [] : ['replicas']),
    ...(volumes === undefined ? [] : ['autoscale']),
  ];
  const keys = Object.entries(rest).filter(([key]) => !left.includes(key));
  const own = (document['port'] as number | undefined) ?? 8_080;
  return {
    ...Object.fromEntries(keys),
    ...(dependencies && { dependencies: Object.values(dependencies).filter((one) => one !== document['name']) }),
    ...(ports && {
      ports: Object.fromEntries(Object.keys(ports).map((key, index) => [key, 1_024 + ((own + index) % 64_000)])),
    }),
    ...(phases && {
      jobs: Object.fromEntries(
        Object.entries(phases).map(([phase, all]) => [
          phase,
          (all as Tree[]).map((job, index) => ({ ...job, name: `job-${String(index)}`, within: '10m' })),
        ]),
      ),
    }),
    processes: Object.fromEntries(
      Object.entries(processes).map(([key, group_]) => [key, scaledOnce(group_ as Tree, volumes !== undefined)]),
    ),
    ...(volumes && {
      replicas: 1,
      rollout: 'rolling',
      volumes: Object.fromEntries(
        Object.entries(volumes).map(([key, volume], index) => {
          const { process, ...others_ } = volume as Tree;
          const known = typeof process === 'string' && process in processes;
          return [key, { ...others_, path: `/data-${String(index)}`, ...(known && { process }) }];
        }),
      ),
    }),
  };
}

const anything = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(null, '', 'a', '0', 0, -1, 1.5, true, [], {}, [[]], '💥', 'x'.repeat(300)),
  },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 3, withNullPrototype: false }) },
);

/** A file in which something was replaced by anything, or a key was misspelt. */
export const nearServiceDocument: fc.Arbitrary<unknown> = fc
  .tuple(serviceDocument, fc.array(fc.tuple(fc.nat(), anything), { minLength: 1, maxLength: 3 }))
  .map(([document, changes]) => changes.reduce<unknown>((value, [at, to]) => changed(value, at, to), document));

/** One value of the tree, found by a number, replaced. */
function changed(value: unknown, at: number, to: unknown): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [key, inner] = entries[at % Math.max(1, entries.length)] ?? [];
  if (key === undefined || at % 3 === 2) return to;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? changed(item, Math.floor(at / 3), to) : item));
  if (at % 7 === 6) return { ...(value as object), [`${key}x`]: inner };
  return { ...(value as object), [key]: changed(inner, Math.floor(at / 3), to) };
}
