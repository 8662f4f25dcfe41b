/** The port PodProxy over the API server's `pods/proxy`. */
import type { PodProxy } from '../../ports/pod-proxy.ts';
import type { Connection } from './connection.ts';

/** A self-check answers a few words; more is not read. */
const MOST_BYTES = 65_536;

/** Asks by this connection. */
export function podProxy(connection: Connection): PodProxy {
  return {
    async ask({ namespace, pod, port, path, timeoutMs }) {
      const at = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}:${String(port)}/proxy${path}`;
      try {
        const answer = await connection.glance(at, { timeoutMs, mostBytes: MOST_BYTES });
        // The API server's own answer when it cannot reach the pod is a Status; a pod's answer is whatever it says.
        if (answer.status >= 500 && isStatus(answer.text)) {
          return { kind: 'unreachable', reason: messageOf(answer.text) };
        }
        return { kind: 'answered', status: answer.status, headers: answer.headers };
      } catch (error) {
        return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

function isStatus(text: string): boolean {
  return text.includes('"kind":"Status"') || text.includes('error trying to reach service');
}

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? message : text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
