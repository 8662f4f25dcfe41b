/**
 * What this API has, told to clients: groups, versions, resources and schemas. Separate because kubectl asks all of this before it
 * asks for anything else.
 */
import type { Json } from './decode.ts';
import { apiVersionOf, isCustom, resources, schemas, type Resource } from './table.ts';

/** The version that clients see; behaviour and schemas are those of this release. */
export const serverVersion = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4+espalier',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};

const groups = [...new Set(resources.map((resource) => resource.group).filter(Boolean))];
const versionsOf = (group: string): string[] => [
  ...new Set(resources.filter((one) => one.group === group).map((one) => one.version)),
];
const below = (resource: Resource) => resource.subresources.filter((one) => one.served);

const groupOf = (group: string): Json => {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
};

function resourceList(apiVersion: string): Json {
  const found = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  const list = found.flatMap((resource) => {
    const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
    const names = shortNames.length > 0 ? { shortNames } : {};
    const family = categories.length > 0 ? { categories } : {};
    const own = { name: plural, singularName: singular, namespaced, kind, verbs, ...names, ...family };
    return [own, ...below(resource).map((one) => ({ ...one, served: undefined, name: `${plural}/${one.name}` }))];
  });
  const own = apiVersion === 'v1' ? {} : { apiVersion: 'v1' };
  return { kind: 'APIResourceList', ...own, groupVersion: apiVersion, resources: list };
}

const filled = (name: string, list: readonly unknown[]): Json => (list.length > 0 ? { [name]: list } : {});

function aggregated(names: readonly string[]): Json {
  const items = names.map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versionsOf(group).map((version) => ({
      version,
      freshness: 'Current',
      resources: resources
        .filter((one) => one.group === group && one.version === version)
        .map((one) => ({
          resource: one.plural,
          // Only custom kinds, and kinds of another group, say group and version again.
          responseKind: isCustom(one) ? { group, version, kind: one.kind } : { group: '', version: '', kind: one.kind },
          scope: one.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: one.singular,
          verbs: one.verbs,
          ...filled('shortNames', one.shortNames),
          ...filled('categories', one.categories),
          ...filled(
            'subresources',
            below(one).map((sub) => ({
              subresource: sub.name,
              responseKind: isCustom(one)
                ? { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind }
                : { group: sub.group ?? '', version: sub.version ?? '', kind: sub.kind },
              verbs: sub.verbs,
            })),
          ),
        })),
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

const pathOf = (apiVersion: string): string => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);

/** The OpenAPI 3 document of one version: schemas, and which parameters a patch takes, for which kubectl looks. */
function openapi(apiVersion: string): Json {
  const own = resources.filter((resource) => apiVersionOf(resource) === apiVersion);
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const paths: Json = {};
  const components: Json = {};
  const add = (name: string): void => {
    if (components[name]) return;
    components[name] = schemas[name];
    for (const [, reference] of JSON.stringify(schemas[name]).matchAll(/"\$ref":"([^"]+)"/g))
      if (reference) add(reference);
  };
  for (const { group, version, kind, plural, namespaced, schema, verbs } of own) {
    add(schema);
    const collection = `/${pathOf(apiVersion)}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
    const identity = { 'x-kubernetes-group-version-kind': { group, version, kind } };
    paths[collection] = { post: { parameters, ...identity } };
    if (verbs.includes('patch'))
      paths[`${collection}/{name}`] = {
        get: identity,
        put: { parameters, ...identity },
        patch: { parameters, ...identity },
      };
  }
  const document = {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion.gitVersion },
    paths,
    components: { schemas: components },
  };
  return JSON.parse(
    JSON.stringify(document).replaceAll(/"\$ref":"([^"/]+)"/g, '"$ref":"#/components/schemas/$1"'),
  ) as Json;
}

/** Whether a path is below a group that is here, whatever it asks for there. */
export const isOfOurs = (path: string): boolean => {
  const [root, group = '', version] = path.split('/').filter(Boolean);
  return root === 'api' ? group !== '' : root === 'apis' && groups.includes(group) && version !== undefined;
};

/** The answer to a path that is no resource, if we have one; `aggregate` asks for discovery in one piece. */
export function discover(path: string, aggregate: boolean, address: string): Json | undefined {
  const parts = path.split('/').filter(Boolean);
  const clients = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
  const apiVersions = new Set(resources.map(apiVersionOf));
  switch (parts[0] ?? '') {
    case 'api':
      if (parts.length === 1)
        return aggregate
          ? aggregated([''])
          : { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: clients };
      return parts[1] === 'v1' && parts.length === 2 ? resourceList('v1') : undefined;
    case 'apis': {
      if (parts.length === 1)
        return aggregate ? aggregated(groups) : { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
      const [, group = '', version] = parts;
      if (!groups.includes(group)) return undefined;
      if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
      return parts.length === 3 && apiVersions.has(`${group}/${version}`)
        ? resourceList(`${group}/${version}`)
        : undefined;
    }
    case 'version':
      return serverVersion;
    case 'openapi': {
      if (parts[1] !== 'v3') return undefined;
      const wanted = parts[2] === 'api' ? parts[3] : parts.slice(3).join('/');
      if (wanted) return apiVersions.has(wanted) ? openapi(wanted) : undefined;
      return {
        paths: Object.fromEntries(
          [...apiVersions].map((one) => [pathOf(one), { serverRelativeURL: `/openapi/v3/${pathOf(one)}` }]),
        ),
      };
    }
    default:
      return undefined;
  }
}
