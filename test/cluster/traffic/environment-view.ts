/**
 * What the real cluster says about one service in its environment. Separate because scenarios assert it, wait for it, and change it as
 * strangers with kubectl would.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { LABELS, SIDES, type Side } from '../../../lambdas/contracts/kubernetes.ts';
import { sideOfPlainService } from '../../../lambdas/domain/manifests/traffic.ts';
import { askCluster } from '../../../local/existing-cluster/ask.ts';
import { readKubeconfig } from '../../../local/existing-cluster/kubeconfig.ts';
import { realCluster } from '../kubeconfig.ts';

/** Who gets the requests, as the route and the plain Service say it. */
export interface Traffic {
  readonly blue: number;
  readonly green: number;
  /** Whether a header reaches one side alone. */
  readonly header: boolean;
  /** The side that other services call. */
  readonly plain: Side | undefined;
}

interface Route {
  readonly spec: {
    readonly rules: readonly {
      readonly matches?: readonly { readonly headers?: readonly unknown[] }[];
      readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
}

/** Somebody with kubectl. */
const BY_HAND = 'kubectl';

export class EnvironmentView {
  readonly namespace: string;
  readonly #service: string;
  readonly #cluster = realCluster();
  readonly #administrator = readKubeconfig(process.env['KUBECONFIG'] ?? '');

  constructor(namespace: string, service: string) {
    this.namespace = namespace;
    this.#service = service;
  }

  async traffic(): Promise<Traffic> {
    const [route, plain] = await Promise.all([
      this.#get('gateway.networking.k8s.io/v1', 'HTTPRoute', this.#service) as Promise<Route | undefined>,
      this.#get('v1', 'Service', this.#service),
    ]);
    const rules = route?.spec.rules ?? [];
    const isHeader = ({ matches = [] }: Route['spec']['rules'][number]): boolean =>
      matches.some(({ headers = [] }) => headers.length > 0);
    const shared = rules.find((rule) => !isHeader(rule))?.backendRefs ?? [];
    const weight = (side: Side): number => shared.find(({ name }) => name === this.#name(side))?.weight ?? 0;
    return {
      blue: weight('blue'),
      green: weight('green'),
      header: rules.some(isHeader),
      plain: sideOfPlainService(plain),
    };
  }

  /** Replicas that each side is to have. */
  async sizes(): Promise<Readonly<Record<Side, number>>> {
    const [blue, green] = await Promise.all(
      SIDES.map(async (side) => (await this.#deployment(side))?.spec?.replicas ?? 0),
    );
    return { blue: blue ?? 0, green: green ?? 0 };
  }

  /** Ready pods of a side. */
  async readyPods(side: Side): Promise<number> {
    return (await this.#deployment(side))?.status?.readyReplicas ?? 0;
  }

  /** What tells whether anybody touched the pods of a side: the template's generation, and the pods by name. */
  async untouched(side: Side): Promise<{ readonly generation: number; readonly pods: readonly string[] }> {
    const deployment = await this.#deployment(side);
    const pods = await this.#pods(side);
    return {
      generation: deployment?.metadata?.generation ?? 0,
      pods: pods.map(({ metadata }) => metadata?.name ?? '').toSorted(),
    };
  }

  /** Every pod of a side answers this path, by way of the API server. */
  async askPods(side: Side, path: string): Promise<readonly number[]> {
    const pods = await this.#pods(side);
    return Promise.all(
      pods.map(async ({ metadata }) => {
        const proxy = `/api/v1/namespaces/${this.namespace}/pods/${metadata?.name ?? ''}:8080/proxy${path}`;
        return (await askCluster(this.#administrator, 'GET', proxy)).status;
      }),
    );
  }

  /** Somebody edits the weights. */
  async editRoute(blue: number, green: number): Promise<void> {
    const backend = (side: Side, weight: number) => ({
      group: '',
      kind: 'Service',
      name: this.#name(side),
      port: 80,
      weight,
    });
    const matches = [{ path: { type: 'PathPrefix', value: '/' } }];
    const rules = [{ matches, backendRefs: [backend('blue', blue), backend('green', green)] }];
    await this.#apply('gateway.networking.k8s.io/v1', 'HTTPRoute', this.#service, { rules });
  }

  /** Somebody changes the number of pods. */
  async scale(side: Side, replicas: number): Promise<void> {
    await this.#apply('apps/v1', 'Deployment', this.#name(side), { replicas });
  }

  /** Somebody adds an autoscaler to a side. */
  async autoscale(side: Side, minReplicas: number, maxReplicas: number): Promise<void> {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: this.#name(side) };
    const target = { type: 'Utilization', averageUtilization: 80 };
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    const object = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: `by-hand-${side}` },
      spec: { scaleTargetRef, minReplicas, maxReplicas, metrics },
    };
    const path = `/apis/autoscaling/v2/namespaces/${this.namespace}/horizontalpodautoscalers`;
    const { status, text } = await askCluster(this.#administrator, 'POST', path, object);
    if (status !== 201) throw new Error(`The autoscaler could not be made: ${text}`);
  }

  #name(side: Side): string {
    return `${this.#service}-${side}`;
  }

  #get(apiVersion: string, kind: string, name: string) {
    return this.#cluster.get({ apiVersion, kind, namespace: this.namespace, name });
  }

  async #deployment(side: Side): Promise<Deployment | undefined> {
    return (await this.#get('apps/v1', 'Deployment', this.#name(side))) as Deployment | undefined;
  }

  async #pods(side: Side): Promise<readonly Pod[]> {
    const labels = { [LABELS.service]: this.#service, [LABELS.side]: side };
    const found = await this.#cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: this.namespace }, labels);
    return found as unknown as readonly Pod[];
  }

  async #apply(apiVersion: string, kind: string, name: string, spec: object): Promise<void> {
    const metadata = { name, namespace: this.namespace };
    await this.#cluster.apply({ apiVersion, kind, metadata, spec }, BY_HAND, { force: true });
  }
}
