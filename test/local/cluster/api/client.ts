/**
 * A plain HTTPS client of a Kubernetes API, from a kubeconfig. Separate because the same requests go to the stand-in and to a real
 * API server.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

/** One answer, as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** What a request carries beside method and path. */
export interface RequestOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string | string[]>;
}

/** Sends requests; `close` ends its connections. */
export interface Client {
  send(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  close(): void;
}

/** A client with the rights of a kubeconfig's first user, or of nobody. */
export function clientOf(kubeconfigPath: string, anonymous = false): Client {
  const config = parse(readFileSync(kubeconfigPath, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const cluster = config.clusters[0]?.cluster ?? {};
  const user = anonymous ? {} : (config.users[0]?.user ?? {});
  const pem = (from: Record<string, string>, name: string): string | undefined => {
    const inline = from[`${name}-data`];
    return inline ? Buffer.from(inline, 'base64').toString() : from[name] && readFileSync(from[name], 'utf8');
  };
  const agent = new Agent({
    keepAlive: true,
    ca: pem(cluster, 'certificate-authority'),
    cert: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
  });
  return {
    close: () => agent.destroy(),
    send: (method, path, { body, type = 'application/json', accept = 'application/json', headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
        const sent = {
          accept,
          'user-agent': 'conformance/1',
          ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
          ...headers,
        };
        const outgoing = request(new URL(path, cluster['server']), { agent, method, headers: sent }, (response) => {
          let received = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (received += part));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received }),
          );
          response.on('error', reject);
        });
        outgoing.on('error', reject);
        outgoing.end(text);
      }),
  };
}
