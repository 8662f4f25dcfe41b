/** A chart's rendered objects, as small as they may be. Separate because several tests change one thing of them. */
import { stringify } from 'yaml';

export type Loose = Readonly<Record<string, unknown>>;

/** The image that the build of these tests makes. */
export const IMAGE = `registry.example/orders:orders.${'a'.repeat(40)}`;

const LABELS = { app: 'orders' };

/** A Deployment that fits a service file with nothing but a name. */
export function deployment({
  name = 'orders',
  replicas = 1,
  port = 8080,
  path = '/health',
  selector = LABELS,
  containers = [
    {
      name: 'app',
      image: IMAGE,
      ports: [{ name: 'web', containerPort: port }],
      readinessProbe: { httpGet: { path, port: 'web' } },
    },
  ],
  pod = {},
}: {
  readonly name?: string;
  readonly replicas?: number;
  readonly port?: number;
  readonly path?: string;
  readonly selector?: Loose;
  readonly containers?: readonly Loose[];
  readonly pod?: Loose;
} = {}): Loose {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      template: { metadata: { labels: LABELS }, spec: { containers, ...pod } },
    },
  };
}

/** A Service that fits it. */
export function service({
  port = 80,
  targetPort = 'web',
  selector = LABELS,
}: { readonly port?: number; readonly targetPort?: number | string; readonly selector?: Loose } = {}): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'orders' },
    spec: { selector, ports: [{ port, targetPort }] },
  };
}

/** The text as Helm prints it. */
export function chart(...objects: readonly Loose[]): string {
  return objects
    .map((object, index) => `---\n# Source: orders/templates/${String(index)}.yaml\n${stringify(object)}`)
    .join('');
}
