/**
 * Counts requests as an API server does, for `kubectl get --raw /metrics`. Separate because nothing depends on the figures.
 * Names: https://kubernetes.io/docs/reference/instrumentation/metrics/ (apiserver_request_total)
 */
import type { PathRequest, ResourceRequest } from './request.ts';

/** The counters of one API server. */
export class RequestMetrics {
  readonly #counts = new Map<string, number>();

  /** Counts one request to a resource; questions about the API itself are not counted. */
  count(asked: ResourceRequest | PathRequest): void {
    if (asked.kind === 'path') return;
    const { group, version, plural } = asked.resource;
    const labels = { group, resource: plural, subresource: asked.subresource, verb: asked.verb.toUpperCase(), version };
    const key = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** All counters in the text format of Prometheus. */
  text(): string {
    const lines = [...this.#counts].map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`);
    lines.sort((one, other) => (one < other ? -1 : 1));
    return ['# TYPE apiserver_request_total counter', ...lines, ''].join('\n');
  }
}
