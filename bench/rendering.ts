/**
 * From service files to manifests: 100 services, each parsed and rendered as a delivery does it. Separate because it needs no laptop.
 */
import { parseServiceFile } from '../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../lambdas/boundary/settings/settings.ts';
import { renderManifests } from '../lambdas/domain/manifests/render.ts';
import { smallest, type Figure } from './figures.ts';

const SERVICES = 100;
const ROUNDS = 5;
/** 5 ms a service, where a delivery takes seconds. */
const SLOWEST_MS = 500;
const IMAGE = `registry.example/espalier@sha256:${'d'.repeat(64)}`;

/** A service with a bit of everything. */
function fileOf(index: number): string {
  const name = (of: number) => `service-${String(of % SERVICES)}`;
  return `
name: ${name(index)}
owner: Team ${String(index % 7)}
port: ${String(3_000 + index)}
ports: { metrics: 9090 }
readiness: /ready
command: [node, src/main.ts]
resources: { cpu: 50m, memory: 128Mi }
dependencies: [${name(index + 1)}, ${name(index + 2)}]
processes: { worker: { command: [node, src/worker.ts], replicas: 2 } }
schedules: { nightly: { schedule: '0 3 * * *', command: [node, src/tidy.ts] } }
jobs: { before: [{ name: migrate, command: [node, src/migrate.ts] }] }
`;
}

/** Rows for parsing and rendering. */
export function measureRendering(): Promise<readonly Figure[]> {
  const installation = parseSettings('repositories: ["*"]', 'bench');
  const files = Array.from({ length: SERVICES }, (_, index) => fileOf(index));
  let objects = 0;
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now();
    objects = 0;
    for (const file of files) {
      const reading = parseServiceFile(file);
      if (reading.kind === 'wrong') throw new Error(reading.message);
      const { definition } = reading;
      const version = { commit: 'c'.repeat(40), image: IMAGE };
      const of = { installation, environment: 'feature-bench', kind: 'feature', definition, version } as const;
      objects += renderManifests(of).length;
    }
    return performance.now() - begun;
  });
  return Promise.resolve([
    {
      what: `rendering of ${String(SERVICES)} services`,
      measured: smallest(times),
      unit: 'ms',
      limit: SLOWEST_MS,
      note: `${String(objects)} objects, from the text of the service files`,
    },
  ]);
}
