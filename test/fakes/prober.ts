/**
 * Asks the fake cluster's gateway: a route answers once it is accepted, with the commit of a ready pod behind the backend that has
 * the weight. Separate because the gateway is another system than the Kubernetes API.
 */
import { LABELS } from '../../lambdas/contracts/kubernetes.ts';
import type { KubernetesObject, Prober } from '../../lambdas/ports/cluster.ts';
import type { FakeCluster } from './cluster.ts';

interface Rule {
  readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
}

export class FakeProber implements Prober {
  /** False: services do not keep the commit contract and send no header. */
  sendsCommit = true;
  /** What services answer, by path. */
  readonly texts = new Map<string, string>();
  /** Set to let the gateway be away. */
  unreachable: string | undefined;
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
  }

  ask(request: { readonly url: string }): ReturnType<Prober['ask']> {
    if (this.unreachable !== undefined) return Promise.resolve({ kind: 'unreachable', reason: this.unreachable });
    const host = new URL(request.url).hostname;
    const route = this.#cluster
      .peek('HTTPRoute')
      .find(
        (candidate) =>
          candidate['status'] !== undefined &&
          ((candidate['spec'] as { hostnames?: string[] }).hostnames ?? []).includes(host),
      );
    if (route === undefined) return Promise.resolve({ kind: 'answered', status: 404 });
    const commit = this.#commitBehind(route);
    if (commit === undefined) return Promise.resolve({ kind: 'answered', status: 503 });
    const text = this.texts.get(new URL(request.url).pathname);
    return Promise.resolve({
      kind: 'answered',
      status: 200,
      ...(this.sendsCommit && { commit }),
      ...(text !== undefined && { text }),
    });
  }

  #commitBehind(route: KubernetesObject): string | undefined {
    const { rules = [] } = route['spec'] as { rules?: readonly Rule[] };
    const backend = rules[0]?.backendRefs?.find(({ weight }) => (weight ?? 1) > 0)?.name;
    const { namespace } = route.metadata;
    const slice = this.#cluster
      .peek('EndpointSlice')
      .find(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === backend,
      );
    const endpoints = (slice?.['endpoints'] ?? []) as readonly {
      conditions: { ready: boolean };
      targetRef: { name: string };
    }[];
    const ready = endpoints.find(({ conditions }) => conditions.ready)?.targetRef.name;
    const pod = this.#cluster
      .peek('Pod')
      .find(({ metadata }) => metadata.namespace === namespace && metadata.name === ready);
    return pod?.metadata.labels?.[LABELS.commit];
  }
}
