/**
 * Makes `openapi.json`, the table that drives the engine, from a real API server: which resources there are, what their objects look
 * like, and which columns people see. Run by hand when a kind is added: `KUBECONFIG=… node local/cluster/api/make-table.ts DIRECTORY…`,
 * with the sources of the Go modules k8s.io/api and k8s.io/apimachinery: their `generated.proto` files number the fields.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the engine stores, by group and version. */
const wanted: Record<string, string> = {
  'api/v1':
    'Namespace Pod Service Endpoints ConfigMap Secret ServiceAccount ResourceQuota LimitRange Event Node PersistentVolumeClaim',
  'apis/apps/v1': 'Deployment ReplicaSet DaemonSet',
  'apis/autoscaling/v2': 'HorizontalPodAutoscaler',
  'apis/batch/v1': 'Job CronJob',
  'apis/policy/v1': 'PodDisruptionBudget',
  'apis/networking.k8s.io/v1': 'NetworkPolicy',
  'apis/discovery.k8s.io/v1': 'EndpointSlice',
  'apis/coordination.k8s.io/v1': 'Lease',
  'apis/rbac.authorization.k8s.io/v1': 'Role RoleBinding ClusterRole ClusterRoleBinding',
  'apis/admissionregistration.k8s.io/v1': 'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
  'apis/apiextensions.k8s.io/v1': 'CustomResourceDefinition',
  'apis/authentication.k8s.io/v1': 'SelfSubjectReview',
  'apis/authorization.k8s.io/v1':
    'SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview LocalSubjectAccessReview',
  'apis/gateway.networking.k8s.io/v1': 'GatewayClass Gateway HTTPRoute GRPCRoute BackendTLSPolicy',
  'apis/gateway.networking.k8s.io/v1beta1': 'ReferenceGrant',
};
/** Subresources that this stand-in answers; others are refused by name. */
const subresources = new Set(['status', 'scale', 'log', 'proxy', 'eviction', 'finalize']);

type Json = Record<string, unknown>;
interface Listed extends Json {
  name: string;
  kind: string;
  singularName: string;
}

const config = parse(readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8')) as {
  clusters: { cluster: Record<string, string> }[];
  users: { user: Record<string, string> }[];
};
const pem = (holder: Record<string, string> | undefined, name: string): string | undefined => {
  const inline = holder?.[`${name}-data`];
  if (inline) return Buffer.from(inline, 'base64').toString();
  return holder?.[name] && readFileSync(holder[name], 'utf8');
};
const cluster = config.clusters[0]?.cluster;
const user = config.users[0]?.user;

const ask = (path: string, accept = 'application/json'): Promise<Json> =>
  new Promise((resolve, reject) => {
    const options = {
      ca: pem(cluster, 'certificate-authority'),
      cert: pem(user, 'client-certificate'),
      key: pem(user, 'client-key'),
      headers: { accept },
    };
    request(new URL(path, cluster?.['server']), options, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as Json);
        else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
      });
    })
      .on('error', reject)
      .end();
  });

/** Drops what only people read and what we do not evaluate, and `allOf` around a single reference. */
const slim = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(slim);
  if (typeof value !== 'object' || value === null) return value;
  const out: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'description' && typeof inner === 'string') continue;
    // As a keyword a list; as a property of CustomResourceDefinitions' own schema a schema, which stays.
    if ((key === 'x-kubernetes-validations' || key === 'x-kubernetes-unions') && Array.isArray(inner)) continue;
    if (key === 'allOf' && Array.isArray(inner) && inner.length === 1) Object.assign(out, slim(inner[0]));
    else if (key === '$ref' && typeof inner === 'string') out[key] = inner.replace(/^.*\//, '');
    else out[key] = slim(inner);
  }
  return out;
};

/** Roles that people bind, and what everybody may do, as every cluster has them. */
const wantedRoles =
  /^(cluster-admin|admin|edit|view|system:(aggregate-to-(admin|edit|view)|basic-user|discovery|public-info-viewer))$/;
const roles: Json[] = [];
for (const [plural, kind] of [
  ['clusterroles', 'ClusterRole'],
  ['clusterrolebindings', 'ClusterRoleBinding'],
]) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const { items } = (await ask(`/apis/${apiVersion}/${plural}`)) as { items: (Json & { metadata: Json })[] };
  for (const { metadata, aggregationRule, ...rest } of items)
    if (wantedRoles.test(metadata['name'] as string)) {
      const { name, labels, annotations } = metadata;
      const rules = aggregationRule ? { aggregationRule, rules: [] } : {};
      roles.push({ ...rest, ...rules, apiVersion, kind, metadata: { name, labels, annotations } });
    }
}

const resources: Json[] = [];
const schemas: Json = {};
for (const [path, kinds] of Object.entries(wanted)) {
  const version = path.split('/').at(-1) ?? '';
  const group = path.split('/').length === 3 ? (path.split('/')[1] ?? '') : '';
  const list = (await ask(`/${path}`)) as { resources?: Listed[] };
  const document = (await ask(`/openapi/v3/${path}`)) as { components?: { schemas?: Record<string, Json> } };
  const all = document.components?.schemas ?? {};
  const keep = (name: string): void => {
    if (schemas[name]) return;
    schemas[name] = slim(all[name]);
    for (const match of JSON.stringify(schemas[name]).matchAll(/"\$ref":"([^"]+)"/g)) if (match[1]) keep(match[1]);
  };
  for (const kind of kinds.split(' ')) {
    const entry = list.resources?.find((one) => one.kind === kind && !one.name.includes('/'));
    if (!entry) throw new Error(`${path} has no ${kind}; is its CustomResourceDefinition installed?`);
    const { name: plural, singularName: singular, namespaced, shortNames, categories, verbs } = entry;
    const below = (list.resources ?? []).filter((one) => one.name.startsWith(`${plural}/`));
    const schema = Object.keys(all).find((name) =>
      (all[name]?.['x-kubernetes-group-version-kind'] as Json[] | undefined)?.some(
        (gvk) => gvk['kind'] === kind && gvk['group'] === group && gvk['version'] === version,
      ),
    );
    if (!schema) throw new Error(`${path} has no schema for ${kind}`);
    keep(schema);
    const table = (verbs as string[]).includes('list')
      ? await ask(`/${path}/${plural}?limit=1`, 'application/json;as=Table;v=v1;g=meta.k8s.io')
      : {};
    const columns = slim(table['columnDefinitions'] ?? []);
    resources.push({
      group,
      version,
      kind,
      plural,
      singular,
      namespaced,
      shortNames: shortNames ?? [],
      categories: categories ?? [],
      verbs,
      subresources: below
        .map((one) => slim({ ...one, name: one.name.slice(plural.length + 1) }) as Json)
        .map((one) => ({ ...one, served: subresources.has(one['name'] as string) })),
      schema,
      columns,
    });
  }
  for (const extra of Object.keys(all).filter((name) =>
    /\.(v1\.Scale|policy\.v1\.Eviction|meta\.v1\.DeleteOptions)$/.test(name),
  ))
    keep(extra);
}
/** Field numbers of one message; `+Name` is a message whose fields stand in the outer object. */
const messages = new Map<string, Record<string, string>>();
const field = /^ {2}(?:optional|repeated|required)? ?(map<[^>]+>|[\w.]+) (\w+) = (\d+);/;
for (const directory of process.argv.slice(2))
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('generated.proto'),
  )) {
    const text = readFileSync(join(directory, file), 'utf8');
    const home = (/^package ([\w.]+);/m.exec(text)?.[1] ?? '').replace(/^k8s\.io/, 'io.k8s');
    for (const [, name = '', body = ''] of text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
      const numbers: Record<string, string> = {};
      for (const line of body.split('\n')) {
        const [, type = '', property = '', number = ''] = field.exec(line) ?? [];
        if (!property) continue;
        const known = (schemas[`${home}.${name}`] as { properties?: Json } | undefined)?.properties?.[property];
        const full = type.includes('.') ? type.replace(/^\.?k8s\.io/, 'io.k8s') : `${home}.${type}`;
        const inlined = schemas[`${home}.${name}`] !== undefined && known === undefined && /^[A-Z]/.test(type);
        numbers[number] = inlined ? `+${full}` : property;
      }
      messages.set(`${home}.${name}`, numbers);
    }
  }
const numbers: Record<string, Record<string, string>> = {};
const number = (name: string): void => {
  const own = messages.get(name);
  if (!own || numbers[name]) return;
  numbers[name] = own;
  for (const one of Object.values(own)) if (one.startsWith('+')) number(one.slice(1));
};
for (const name of Object.keys(schemas)) number(name);
writeFileSync(new URL('openapi.json', import.meta.url), `${JSON.stringify({ resources, schemas, roles, numbers })}\n`);
