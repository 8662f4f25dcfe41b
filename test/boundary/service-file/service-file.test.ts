/** Service files: a name is enough, and every mistake goes back to its author by line. */
import { describe, expect, it } from 'vitest';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';

const message = (text: string): string => {
  const reading = parseServiceFile(text);
  if (reading.kind === 'read') throw new Error('This file was accepted.');
  return reading.message;
};

describe('a service file', () => {
  it('needs nothing but a name', () => {
    expect(parseServiceFile('name: orders')).toEqual({
      kind: 'read',
      definition: {
        apiVersion: 'espalier.dev/v1',
        name: 'orders',
        port: 8080,
        health: '/health',
        command: [],
        dependencies: [],
        replicas: 1,
        resources: { cpu: '50m', memory: '64Mi', disk: '256Mi' },
        build: { check: [], compile: [], test: [], benchmark: [], own: [] },
      },
    });
  });

  it('gives all that the smallest form knows', () => {
    const reading = parseServiceFile(`
apiVersion: espalier.dev/v1
name: web
port: 3000
health: /healthz
command: [node, server.js]
dependencies: [orders, inventory]
replicas: 2
resources: { cpu: 0.1, memory: 96Mi }
build: { test: ['npm test'] }
`);
    expect(reading).toMatchObject({
      kind: 'read',
      definition: {
        port: 3000,
        command: ['node', 'server.js'],
        dependencies: ['orders', 'inventory'],
        resources: { cpu: '0.1' },
      },
    });
  });

  it.each(['rolling', 'blue-green', '{ strategy: blue-green, before: { analyse: 30s } }'])(
    'may have no public route, with the plan %s',
    (plan) => {
      expect(parseServiceFile(`name: worker\nroutes: none\nrollout: ${plan}`)).toMatchObject({
        kind: 'read',
        definition: { routes: 'none' },
      });
    },
  );

  it('says by bounds between how many pods the cluster chooses; the fewest are what it begins with', () => {
    expect(parseServiceFile('name: web\nautoscale: { minimum: 2, maximum: 6 }')).toMatchObject({
      kind: 'read',
      definition: { replicas: 2, autoscale: { minimum: 2, maximum: 6, cpu: 70 } },
    });
    const byRequests = parseServiceFile('name: web\nautoscale: { minimum: 2, maximum: 6, requests: 50 }');
    expect(byRequests.kind === 'read' && byRequests.definition.autoscale).toEqual({
      minimum: 2,
      maximum: 6,
      requests: 50,
    });
    expect(
      parseServiceFile('name: web\nprocesses: { worker: { autoscale: { minimum: 2, maximum: 6 } } }'),
    ).toMatchObject({
      definition: { processes: { worker: { replicas: 2, autoscale: { minimum: 2, maximum: 6, cpu: 70 } } } },
    });
  });

  it.each([
    ['', 'espalier.yaml:1:1: name: is missing'],
    ['name: Orders', 'espalier.yaml:1:1: name: found "Orders"; allowed: 1 to 24 of'],
    [`name: ${'x'.repeat(25)}`, 'allowed: 1 to 24 of'],
    ['name: environment', 'allowed: any name but environment'],
    ['name: a\nprot: 80', 'espalier.yaml:2:1: prot: unknown key; allowed: apiVersion, name, owner, routes, protocol'],
    ['name: a\nprot: 80', 'Did you mean "port"?'],
    ['name: a\nport: 80', 'espalier.yaml:2:1: port: found 80; allowed: a whole number from 1024 to 65535'],
    ['name: a\nhealth: health', 'found "health"; allowed: a path such as /health'],
    ['name: a\ncommand: node server.js', 'found "node server.js"; allowed: a list'],
    ['name: a\ncommand: [node, 8080]', 'command[1]: found 8080; allowed: text (quote numbers'],
    ['name: a\ndependencies: [b, b]', 'allowed: each service once'],
    ['name: a\nroutes: nothing', 'routes: found "nothing"; allowed: none'],
    [
      'name: a\nroutes: none\nrollout: canary',
      'rollout: found a canary plan; without a public route there are no requests',
    ],
    ['name: a\nroutes: none\nrollout: Linear10PercentEvery1Minute', 'rollout: found a canary plan'],
    ['name: a\nroutes: none\nrollout: { strategy: blue-green, preview: true }', 'rollout: found a preview by header'],
    [
      'name: a\nroutes: none\nrollout: { strategy: blue-green, after: { analyse: 1m }, metrics: [{ kind: latency, failure: "> 5" }] }',
      'rollout: the metric "latency" counts requests at the gateway',
    ],
    ['name: a\nroutes: none\nchecks: [{ path: /x }]', 'checks: are asked through the route'],
    [
      'name: a\nprotocol: tcp\nrollout: { strategy: blue-green, before: { analyse: 1m }, metrics: [{ kind: self-check }] }',
      'a self-check, which a service must answer by HTTP',
    ],
    ['name: a\nreplicas: 0', 'found 0; allowed: a whole number from 1 to 50'],
    [
      'name: a\nreplicas: 3\nautoscale: { minimum: 1, maximum: 4 }',
      'found replicas and autoscale; allowed: one of them',
    ],
    [
      'name: a\nautoscale: { minimum: 3, maximum: 2 }',
      'found a minimum of 3 and a maximum of 2; allowed: a minimum that',
    ],
    ['name: a\nautoscale: { minimum: 1 }', 'autoscale.maximum: is missing'],
    [
      'name: a\nautoscale: { minimum: 1, maximum: 2, requests: 0 }',
      'found 0; allowed: a whole number from 1 to 100000',
    ],
    ['name: a\nautoscale: { minimum: 1, maximum: 2, cpu: 5 }', 'found 5; allowed: a whole number from 10 to 100'],
    [
      'name: a\nautoscale: { minimum: 1, maximum: 2 }\nvolumes: { data: { path: /data, size: 1Gi } }',
      'found 2; allowed: 1, since a volume is used by one pod',
    ],
    ['name: a\nresources: { cpu: lots }', 'found "lots"; allowed: a number of processors'],
    ['apiVersion: espalier.dev/v2\nname: a', 'found "espalier.dev/v2"; allowed: espalier.dev/v1'],
    ['name: a\n  port: 3', 'not valid YAML'],
    ['&a [*a, *a]', 'espalier.yaml:1:1'],
  ])('refuses %j', (text, said) => {
    expect(message(text)).toContain(said);
  });

  it.each([
    ['ports: { metrics: 8080 }', 'ports.metrics: found 8080, which port has already'],
    ['ports: { a: 9000, b: { port: 9000 } }', 'ports.b: found 9000, which ports.a has already'],
    ['protocol: grpc\nreadiness: /r', 'readiness: belongs to protocol http; a grpc service is asked by'],
    ['protocol: tcp\nchecks: [{ path: / }]', 'checks: belongs to protocol http'],
    ['routes: none\nchecks: [{ path: / }]', 'checks: are asked through the route, and routes is none'],
    ['volumes: { d: { path: /data, process: wroker } }', 'volumes.d.process: found "wroker"; allowed: nothing'],
    ['volumes: { d: { path: /tmp/x } }', 'volumes.d.path: belongs to the system'],
    [
      'volumes: { d: { path: /data }, e: { path: /data/e } }',
      'volumes.e.path: found "/data/e", which lies in or around',
    ],
    [
      'replicas: 2\nvolumes: { d: { path: /data } }',
      'replicas: found 2; allowed: 1, since a volume is used by one pod',
    ],
    [
      'rollout: blue-green\nvolumes: { d: { path: /data } }',
      'rollout: found a plan that runs two versions beside each other',
    ],
    [
      'jobs: { before: [{ name: a, command: [x] }, { name: a, command: [x] }] }',
      'jobs.before[1].name: found "a" a second time',
    ],
    ['jobs: { after: [{ name: a, command: [x], within: 1h }, { name: b, command: [x] }] }', 'may take 3900 s together'],
    ['schedules: { s: { schedule: 61 * * * *, command: [x] } }', 'found "61 * * * *"; allowed: five fields as cron'],
    ['schedules: { s: { schedule: 0 3 * * *, timeZone: Mars, command: [x] } }', 'allowed: the name of a time zone'],
    [
      'processes: { worker: { replicas: 3, autoscale: { minimum: 1, maximum: 4 } } }',
      'processes.worker.autoscale: found replicas and autoscale; allowed: one of them',
    ],
    [
      'processes: { worker: { autoscale: { minimum: 1, maximum: 4 } } }\nvolumes: { data: { path: /data, process: worker } }',
      'processes.worker.autoscale.maximum: found 4; allowed: 1',
    ],
    ['processes: { blue: {} }', 'allowed: any name but blue, green, baseline, service'],
    ['exceptions: [{ rule: rootuser, reason: It is being replaced., until: 2027-01-01 }]', 'Did you mean "root-user"?'],
    ['exceptions: [{ rule: latest, reason: It is being replaced., until: 2027-02-30 }]', 'a day of the calendar'],
    ['dependencies: [a]', 'dependencies[0]: found "a", the service itself'],
    ['constructor: 1', 'constructor: no key can have this name'],
  ])('refuses keys that do not agree: %j', (text, said) => {
    expect(message(`name: a\n${text}`)).toContain(said);
  });

  it('is not expanded without end by aliases', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghij'.split('').map((letter, index) => {
        const before = 'abcdefghij'[index] ?? 'a';
        return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
      }),
    ].join('\n');
    expect(message(bomb)).toContain('espalier.yaml');
  });
});
