/**
 * Scenarios of requests, and how their answers are made comparable: what differs from run to run (uids, times, versions, addresses)
 * gets a name in the order of its appearance. Separate because recording and testing must see the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, RequestOptions } from './client.ts';
import { isDiscovery, ofOurKinds } from './discovery-answers.ts';

/** One request; `{ns}` in the path is the scenario's namespace, `{rv}` the resource version last seen, `{list}` the
 * last list's, `{continue}` its token.
 * The method UNTIL reads until the answer matches an expression, and records nothing: for what controllers do by themselves. */
export type Request = readonly [method: string, path: string, body?: unknown, options?: Omit<RequestOptions, 'body'>];

/** A requirement and the requests that show it, in a namespace of their own. */
export interface Scenario {
  readonly name: string;
  readonly requests: readonly Request[];
}

/** What a comparison sees of an answer. */
export interface Seen {
  readonly status: number;
  readonly warning?: unknown;
  readonly body: unknown;
}

/** Controllers of a real cluster write these; the API alone does not. */
const controllersOwn = new Set([
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'clusterrole-aggregation-controller',
]);
const controllersObjects = new Set(['kube-root-ca.crt', 'default']);

class Names {
  readonly #known = new Map<string, string>();
  of(kind: string, value: unknown): string {
    const key = `${kind}:${String(value)}`;
    if (!this.#known.has(key)) this.#known.set(key, `<${kind}>`);
    return this.#known.get(key) ?? '';
  }
}

function tidy(value: unknown, key: string, names: Names): unknown {
  if (typeof value === 'string') {
    if (
      ['uid', 'resourceVersion', 'clusterIP', 'continue', 'generateName'].includes(key) &&
      value !== '' &&
      value !== 'None'
    )
      return names.of(key, value);
    if (key === 'serverAddress') return '<address>';
    if (key === 'cells' && /^(\d+[smhdy])+$/.test(value)) return '<age>';
    if (key === 'name' && /^made-[a-z0-9]{5}$/.test(value)) return 'made-<random>';
    return (
      value
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
        .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
        .replaceAll(/too old resource version: \d+ \(\d+\)/g, 'too old resource version: <n> (<n>)')
        .replaceAll(/current: \d+/g, 'current: <n>')
        .replaceAll(/in record \(\d+\)/g, 'in record (<n>)')
        // What follows is Go's own: a diff of its structures, its parser's words.
        .replaceAll(/\n@@[\s\S]*$/g, '')
        .replaceAll(/(json parse error|continue key is not valid): .*$/g, '$1: <why>')
        .replaceAll(/, application\/vnd\.kubernetes\.protobuf|, application\/yaml, application\/vnd.*stream=watch/g, '')
        // An object that a patch made wrong is shown in the order of Go's structures.
        .replaceAll(/Invalid value: "\{\\"apiVersion.*\}": /g, 'Invalid value: <patched>: ')
        .replaceAll(/\b10\.96\.\d+\.\d+\b/g, '<address>')
    );
  }
  if (Array.isArray(value)) return tidyList(value, key, names);
  if (typeof value !== 'object' || value === null) return value;
  const { kind } = value as { kind?: unknown };
  const hidden = (name: string, inner: unknown): boolean =>
    // A real server writes some zero values of Go that say nothing.
    inner === undefined ||
    inner === null ||
    inner === '' ||
    name === 'f:status' ||
    (name === 'description' && key === '') ||
    (name === 'status' && ['Deployment', 'ReplicaSet', 'Pod'].includes(String(kind))) ||
    (name === 'metadata' && String(kind).startsWith('SelfSubject'));
  const told = isDiscovery(kind) ? ofOurKinds(value) : value;
  const shown = Object.entries(told).filter(([name, inner]) => !hidden(name, inner));
  return Object.fromEntries(shown.map(([name, inner]) => [name, tidy(inner, name, names)]));
}

function tidyList(list: readonly unknown[], key: string, names: Names): unknown[] {
  const items = list.filter((item, index) => {
    // How many bookmarks come in a second or two is chance; that they come is not.
    if (isBookmark(item) && isBookmark(list[index - 1])) return false;
    const { manager, subresource, metadata, object } = (item ?? {}) as Listed;
    const name = metadata?.name ?? object?.metadata?.name ?? '';
    return !controllersOwn.has(manager ?? '') && subresource !== 'status' && !controllersObjects.has(name);
  });
  if (key === 'clusterIPs') return items.map((item) => names.of('clusterIP', item));
  const tidied = items.map((item) => tidy(item, key === 'cells' ? key : '', names));
  // Entries are sorted by the second of their writing, which is chance.
  if (key === 'managedFields') return tidied.sort((one, other) => (managerOf(one) < managerOf(other) ? -1 : 1));
  if (key !== 'causes') return tidied;
  // A real server sometimes gives the same cause twice, and conflicts in the order of a map.
  return [...new Set(tidied.map((one) => JSON.stringify(one)))].sort(byText).map((one) => JSON.parse(one) as unknown);
}

const byText = (one: string, other: string): number => (one < other ? -1 : 1);
const managerOf = (entry: unknown): string => {
  const { manager = '', operation = '' } = entry as { manager?: string; operation?: string };
  return `${manager} ${operation}`;
};

const isBookmark = (item: unknown): boolean => (item as { type?: string } | undefined)?.type === 'BOOKMARK';

interface Listed {
  readonly manager?: string;
  readonly subresource?: string;
  readonly metadata?: { readonly name?: string };
  readonly object?: { readonly metadata?: { readonly name?: string } };
}

function seen(answer: Answer, names: Names, namespace: string): Seen {
  const type = String(answer.headers['content-type'] ?? '');
  const text = answer.text.replaceAll(namespace, '{ns}');
  // Watches are a line of JSON per event; everything else is one document, sometimes over several lines.
  const isWatch = text === '' || text.startsWith('{"type":"');
  const parse = (): unknown => JSON.parse(isWatch ? `[${text.trim().replaceAll('\n', ',')}]` : text);
  const body = tidy(type.includes('json') ? parse() : text, '', names);
  const { warning } = answer.headers;
  return { status: answer.status, ...(warning === undefined ? {} : { warning }), body };
}

const withNamespace = (options: Request[3], fill: (text: string) => string): Request[3] =>
  options && (JSON.parse(fill(JSON.stringify(options))) as Request[3]);

/** Half a minute is more than any controller of a real cluster takes. */
async function until(client: Client, path: string, expected: string, options: Request[3]): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(20)) {
    const { text } = await client.send('GET', path, options);
    if (new RegExp(expected).test(text)) return;
    if (Date.now() > end) throw new Error(`${path} did not answer ${expected} within 30 s, but: ${text}`);
  }
}

/** Runs a scenario in a namespace of its own and takes it away again. */
export async function play(
  client: Client,
  scenario: Scenario,
  namespace: string,
  ready: (namespace: string) => Promise<void>,
): Promise<Seen[]> {
  const names = new Names();
  const answers: Seen[] = [];
  let version = '0';
  let ofList = '0';
  let token = '';
  await client.send('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
  await ready(namespace);
  try {
    for (const [method, path, body, options] of scenario.requests) {
      const fill = (text: string): string =>
        text
          .replaceAll('{ns}', namespace)
          .replaceAll('{rv}', version)
          .replaceAll('{list}', ofList)
          .replaceAll('{continue}', encodeURIComponent(token));
      if (method === 'UNTIL') {
        await until(client, fill(path), body as string, withNamespace(options, fill));
        continue;
      }
      const filled =
        body === undefined
          ? {}
          : { body: typeof body === 'string' ? fill(body) : (JSON.parse(fill(JSON.stringify(body))) as unknown) };
      const answer = await client.send(method, fill(path), { ...withNamespace(options, fill), ...filled });
      answers.push(seen(answer, names, namespace));
      version = /"resourceVersion":"(\d+)"/.exec(answer.text)?.[1] ?? version;
      if (/^\{"kind":"\w+List"/.test(answer.text)) ofList = version;
      token = /"continue":"([^"]+)"/.exec(answer.text)?.[1] ?? token;
    }
  } finally {
    await client.send('DELETE', `/api/v1/namespaces/${namespace}`);
  }
  return answers;
}
