/**
 * Keys of a service file that must agree with each other. Separate because each is right by itself, and only together they cannot be
 * carried out.
 */
import { problemsInside } from '../rollout/choose-plan.ts';
import { wayTo } from '../rollout/inside.ts';
import { secondsOf } from '../rollout/written-plan.ts';
import { subscribes } from './configuration.ts';
import type { ServiceDefinition } from './definition.ts';
import { nameOf } from './dependencies.ts';
import { JOB_PHASES, LONGEST_PHASE } from './jobs.ts';
import { hasRoute, protocolOf } from './reach.ts';
import { mostReplicas } from './scale.ts';
import { volumesOf } from './volumes.ts';

/** What does not agree, and at which key. */
export interface Disagreement {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything in a definition that does not agree. */
export function disagreements(definition: ServiceDefinition): readonly Disagreement[] {
  return [portClashes, reachClashes, insideClashes, volumeClashes, jobClashes, selfDependency].flatMap((rule) =>
    rule(definition),
  );
}

function portClashes({ port, ports = {} }: ServiceDefinition): readonly Disagreement[] {
  const taken = new Map([[port, 'port']]);
  return Object.entries(ports).flatMap(([name, further]) => {
    const other = taken.get(further.port);
    taken.set(further.port, other ?? `ports.${name}`);
    return other === undefined
      ? []
      : [
          {
            path: ['ports', name],
            message: `found ${String(further.port)}, which ${other} has already; give each port its own number`,
          },
        ];
  });
}

function reachClashes(definition: ServiceDefinition): readonly Disagreement[] {
  const protocol = protocolOf(definition);
  if (protocol === 'http') {
    return hasRoute(definition) || definition.checks === undefined
      ? []
      : [{ path: ['checks'], message: 'are asked through the route, and routes is none. Remove one of them' }];
  }
  const keys = (['readiness', 'checks'] as const).filter((key) => definition[key] !== undefined);
  const how = protocol === 'grpc' ? "gRPC's own health service (grpc.health.v1.Health)" : 'connecting to its port';
  const subscribed = subscribes(definition)
    ? [
        {
          path: ['configuration', 'subscribe'],
          message: `found true, but a ${protocol} service cannot be asked which version of its configuration it runs. Remove it: its pods are replaced instead`,
        },
      ]
    : [];
  return [
    ...subscribed,
    ...keys.map((key) => ({
      path: [key],
      message: `belongs to protocol http; a ${protocol} service is asked by ${how}. Remove it`,
    })),
  ];
}

/** What only a route could carry out. */
function insideClashes(definition: ServiceDefinition): readonly Disagreement[] {
  if (hasRoute(definition)) return [];
  const { rollout, checks } = definition;
  const plan = rollout === undefined ? [] : problemsInside(rollout, wayTo(definition));
  const asked = checks !== undefined && definition.routes === 'none';
  return [
    ...plan.map((message) => ({ path: ['rollout'], message })),
    ...(asked
      ? [
          {
            path: ['checks'],
            message:
              'are asked through the route, which routes: none takes away. Remove them, or check by a rollout with self-check or job',
          },
        ]
      : []),
  ];
}

function volumeClashes(definition: ServiceDefinition): readonly Disagreement[] {
  const { volumes = {}, processes = {} } = definition;
  const unknown = Object.entries(volumes).flatMap(([name, { process }]) =>
    process === undefined || Object.hasOwn(processes, process)
      ? []
      : [
          {
            path: ['volumes', name, 'process'],
            message: `found "${process}"; allowed: ${Object.keys(processes).join(', ') || 'nothing, since there are no further processes'}, or no key for the main process`,
          },
        ],
  );
  const groups = [undefined, ...Object.keys(processes)];
  return [...unknown, ...groups.flatMap((process) => clashesOfGroup(definition, process))];
}

function clashesOfGroup(definition: ServiceDefinition, process: string | undefined): readonly Disagreement[] {
  const own = volumesOf(definition, process);
  if (own.length === 0) return [];
  const scale = process === undefined ? definition : definition.processes?.[process];
  const replicas = scale === undefined ? 1 : mostReplicas(scale);
  const nested = own.flatMap(({ name, path }) => {
    const other = own.find(
      (one) => one.name < name && (`${one.path}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${one.path}/`)),
    );
    return other === undefined
      ? []
      : [
          {
            path: ['volumes', name, 'path'],
            message: `found "${path}", which lies in or around the volume "${other.name}" at ${other.path}; choose paths beside each other`,
          },
        ];
  });
  const where = process === undefined ? [] : ['processes', process];
  const several =
    replicas > 1
      ? [
          {
            path: [...where, ...(scale?.autoscale === undefined ? ['replicas'] : ['autoscale', 'maximum'])],
            message: `found ${String(replicas)}; allowed: 1, since a volume is used by one pod. Remove the volume or the replicas`,
          },
        ]
      : [];
  const rollsOut =
    process === undefined && definition.rollout !== undefined && definition.rollout !== 'rolling'
      ? [
          {
            path: ['rollout'],
            message:
              'found a plan that runs two versions beside each other, which cannot share a volume; allowed here: rolling',
          },
        ]
      : [];
  return [...nested, ...several, ...rollsOut];
}

function jobClashes({ jobs = {} }: ServiceDefinition): readonly Disagreement[] {
  return JOB_PHASES.flatMap((phase) => {
    const all = jobs[phase] ?? [];
    const twice = all.flatMap(({ name }, index) =>
      all.findIndex((job) => job.name === name) < index
        ? [
            {
              path: ['jobs', phase, index, 'name'],
              message: `found "${name}" a second time; give each job of ${phase} its own name`,
            },
          ]
        : [],
    );
    const seconds = all.reduce((sum, { within }) => sum + secondsOf(within), 0);
    const long =
      seconds > LONGEST_PHASE
        ? [
            {
              path: ['jobs', phase],
              message: `its jobs may take ${String(seconds)} s together; allowed: at most ${String(LONGEST_PHASE)} s, so that a delivery ends`,
            },
          ]
        : [];
    return [...twice, ...long];
  });
}

function selfDependency({ name, dependencies }: ServiceDefinition): readonly Disagreement[] {
  const index = dependencies.map(nameOf).indexOf(name);
  return index === -1
    ? []
    : [
        {
          path: ['dependencies', index],
          message: `found "${name}", the service itself; it needs no address of its own`,
        },
      ];
}
