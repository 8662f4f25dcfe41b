/**
 * What a kind demands beyond its schema: names, references within the object, fields that never change. Separate because these are
 * the API server's own rules, each with the message people know from it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import { isObject, type Json } from './decode.ts';
import { labelValue, labelWhy, qualifiedName, qualifiedWhy } from './labels.ts';
import { parseQuantity } from './quantity.ts';
import { matchesLabels, type WrittenSelector } from './selectors.ts';
import type { Cause } from './status.ts';
import type { Resource } from './table.ts';

const object = (value: unknown): Json => (isObject(value) ? value : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const quoted = (value: unknown): string => JSON.stringify(value);
const wrong = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${quoted(value)}: ${why}`,
  field,
});
const required = (field: string, why = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: `Required value${why && `: ${why}`}`,
  field,
});
const refused = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${quoted(value)}`,
  field,
});

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const start = 'must start and end with an alphanumeric character';
const shapes = {
  subdomain: {
    pattern: new RegExp(`^${label}(\\.${label})*$`),
    max: 253,
    why: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${start} (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
  },
  label: {
    pattern: new RegExp(`^${label}$`),
    max: 63,
    why: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${start} (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  service: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    max: 63,
    why: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
};

/** Why a text is not a name of the shape, if it is not. */
function nameFaults(text: unknown, shape: keyof typeof shapes): string[] {
  const { pattern, max, why } = shapes[shape];
  const name = typeof text === 'string' ? text : '';
  return [...(name.length > max ? [`must be no more than ${max} bytes`] : []), ...(pattern.test(name) ? [] : [why])];
}
const checkName = (field: string, text: unknown, shape: keyof typeof shapes): Cause[] =>
  nameFaults(text, shape).map((why) => wrong(field, text, why));

function checkLabels(labels: unknown, field: string): Cause[] {
  return Object.entries(object(labels)).flatMap(([name, value]) => [
    ...(qualifiedName.test(name) ? [] : [wrong(field, name, qualifiedWhy)]),
    ...(String(value).length > 63 ? [wrong(field, value, 'must be no more than 63 bytes')] : []),
    ...(labelValue.test(String(value)) ? [] : [wrong(field, value, labelWhy)]),
  ]);
}

/** What is wrong with any object's metadata. */
export function checkMetadata(resource: Resource, next: KubeObject): Cause[] {
  const { name, labels, annotations, finalizers } = next.metadata;
  if (!name) return [required('metadata.name', 'name or generateName is required')];
  const paths = resource.group === 'rbac.authorization.k8s.io';
  const faults = /[/%]|^\.\.?$/.test(name) ? [wrong('metadata.name', name, "may not contain '/' or '%'")] : [];
  const shape = resource.kind === 'Namespace' ? 'label' : resource.kind === 'Service' ? 'service' : 'subdomain';
  return [
    ...(paths ? faults : checkName('metadata.name', name, shape)),
    ...checkLabels(labels, 'metadata.labels'),
    ...Object.keys(annotations ?? {})
      .filter((key) => !qualifiedName.test(key.replace(/^[^/]*/, (part) => part.toLowerCase())))
      .map((key) => wrong('metadata.annotations', key, qualifiedWhy)),
    ...(finalizers ?? [])
      .filter((one) => !one.includes('/') && !['orphan', 'foregroundDeletion', 'kubernetes'].includes(one))
      .map((one) =>
        wrong('metadata.finalizers', one, 'name is neither a standard finalizer name nor is it fully qualified'),
      ),
  ];
}

function checkContainer(container: Json, field: string, volumes: ReadonlySet<unknown>): Cause[] {
  const faults: Cause[] = [];
  if (container['name'] === undefined) faults.push(required(`${field}.name`));
  else faults.push(...checkName(`${field}.name`, container['name'], 'label'));
  if (!container['image']) faults.push(required(`${field}.image`));
  list(container['ports']).forEach((port, index) => {
    const number = port['containerPort'];
    if (number === undefined || number === 0) faults.push(required(`${field}.ports[${index}].containerPort`));
    else if (!isPort(number)) faults.push(wrong(`${field}.ports[${index}].containerPort`, number, portWhy));
  });
  list(container['env']).forEach((variable, index) => {
    if (!variable['name']) faults.push(required(`${field}.env[${index}].name`));
  });
  list(container['volumeMounts']).forEach((mount, index) => {
    if (!volumes.has(mount['name']))
      faults.push({
        reason: 'FieldValueNotFound',
        message: `Not found: ${quoted(mount['name'])}`,
        field: `${field}.volumeMounts[${index}].name`,
      });
    if (!mount['mountPath']) faults.push(required(`${field}.volumeMounts[${index}].mountPath`));
  });
  const { limits, requests } = object(container['resources']);
  for (const [group, amounts] of Object.entries({ limits, requests }))
    for (const [name, amount] of Object.entries(object(amounts)))
      if ((parseQuantity(amount) ?? 0) < 0)
        faults.push(wrong(`${field}.resources.${group}[${name}]`, amount, 'must be greater than or equal to 0'));
  for (const [name, amount] of Object.entries(object(requests))) {
    const limit = object(limits)[name];
    if (limit !== undefined && (parseQuantity(amount) ?? 0) > (parseQuantity(limit) ?? 0))
      faults.push(
        wrong(
          `${field}.resources.requests`,
          amount,
          `must be less than or equal to ${name} limit of ${quantityText(limit)}`,
        ),
      );
  }
  return faults;
}

const isPort = (port: unknown): boolean => typeof port === 'number' && port > 0 && port < 65_536;
const portWhy = 'must be between 1 and 65535, inclusive';

function checkPodSpec(spec: Json, field: string): Cause[] {
  const volumes = new Set(list(spec['volumes']).map((volume) => volume['name']));
  const containers = list(spec['containers']);
  const faults = containers.length === 0 ? [required(`${field}.containers`)] : [];
  const seen = new Set<unknown>();
  for (const group of ['initContainers', 'containers'])
    list(spec[group]).forEach((container, index) => {
      const where = `${field}.${group}[${index}]`;
      faults.push(...checkContainer(container, where, volumes));
      if (seen.has(container['name'])) faults.push(duplicate(`${where}.name`, container['name']));
      seen.add(container['name']);
    });
  const grace = spec['terminationGracePeriodSeconds'];
  if (typeof grace === 'number' && grace < 0)
    faults.push(wrong(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'));
  return faults;
}

const immutable = (field: string, before: unknown, after: unknown): Cause[] =>
  before === undefined || isDeepStrictEqual(before, after) ? [] : [wrong(field, after, 'field is immutable')];
const notNegative = (field: string, value: unknown): Cause[] =>
  typeof value === 'number' && value < 0 ? [wrong(field, value, 'must be greater than or equal to 0')] : [];

function checkWorkload(spec: Json, before: Json | undefined): Cause[] {
  const template = object(spec['template']);
  const selector = spec['selector'];
  const labels = object(object(template['metadata'])['labels']) as Record<string, string>;
  const faults: Cause[] = notNegative('spec.replicas', spec['replicas']);
  if (selector === undefined) faults.push(required('spec.selector'));
  else if (Object.keys(object(selector)).length === 0)
    faults.push(wrong('spec.selector', {}, 'empty selector is invalid for deployment'));
  if (selector === undefined || !matchesLabels(selector as WrittenSelector, labels))
    faults.push(
      wrong(
        'spec.template.metadata.labels',
        Object.keys(labels).length > 0 ? labels : null,
        '`selector` does not match template `labels`',
      ),
    );
  return [
    ...faults,
    ...checkLabels(labels, 'spec.template.metadata.labels'),
    ...checkPodSpec(object(template['spec']), 'spec.template.spec'),
    ...checkRestart(object(template['spec']), ['Always']),
    ...immutable('spec.selector', before?.['selector'], selector),
  ];
}

/** A workload's pods end or start again as the workload needs it. */
function checkRestart({ restartPolicy }: Json, allowed: readonly string[]): Cause[] {
  if (typeof restartPolicy === 'string' && allowed.includes(restartPolicy)) return [];
  const message = `Unsupported value: ${quoted(restartPolicy)}: supported values: ${allowed.map(quoted).join(', ')}`;
  return [{ reason: 'FieldValueNotSupported', message, field: 'spec.template.spec.restartPolicy' }];
}

const quantityText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Fields of a running pod that may still change. */
const loosePodFields = 'activeDeadlineSeconds tolerations terminationGracePeriodSeconds'.split(' ');
function fixedPodFields(spec: Json): Json {
  const rest = Object.fromEntries(Object.entries(spec).filter(([name]) => !loosePodFields.includes(name)));
  for (const group of ['containers', 'initContainers'])
    if (rest[group]) rest[group] = list(rest[group]).map((container) => ({ ...container, image: '' }));
  return rest;
}

function checkService(spec: Json, before: Json | undefined): Cause[] {
  const faults: Cause[] = [];
  const ports = list(spec['ports']);
  const external = spec['type'] === 'ExternalName';
  if (ports.length === 0 && !external && spec['clusterIP'] !== 'None') faults.push(required('spec.ports'));
  if (external && !spec['externalName']) faults.push(required('spec.externalName'));
  const names = new Set<unknown>();
  ports.forEach((port, index) => {
    const where = `spec.ports[${index}]`;
    if (!port['name'] && ports.length > 1) faults.push(required(`${where}.name`));
    if (port['name'] && names.has(port['name'])) faults.push(duplicate(`${where}.name`, port['name']));
    names.add(port['name']);
    if (!isPort(port['port'])) faults.push(wrong(`${where}.port`, port['port'], portWhy));
    if (typeof port['targetPort'] === 'number' && !isPort(port['targetPort']))
      faults.push(wrong(`${where}.targetPort`, port['targetPort'], portWhy));
  });
  faults.push(...checkLabels(spec['selector'], 'spec.selector'));
  if (before && !external && before['type'] !== 'ExternalName' && before['clusterIP'] !== spec['clusterIP'])
    faults.push(wrong('spec.clusterIPs[0]', [spec['clusterIP']], 'may not change once set'));
  return faults;
}

function checkKeys(next: KubeObject, field: string): Cause[] {
  const keys = Object.keys(object(next[field]));
  return keys
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key) || key === '.' || key === '..')
    .map((key) =>
      wrong(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}
function checkFrozen(next: KubeObject, before: KubeObject | undefined): Cause[] {
  if (before?.['immutable'] !== true) return [];
  const changed = ['data', 'binaryData'].filter((field) => !isDeepStrictEqual(before[field], next[field]));
  return changed.map((field) => refused(field, 'field is immutable when `immutable` is set'));
}

const rolePrinted = ({ apiGroup: APIGroup, kind: Kind, name: Name }: Json): Json => ({ APIGroup, Kind, Name });

/** https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/helper/helpers.go, standardQuotaResources */
const standardForQuota = new Set(
  [
    'cpu requests.cpu limits.cpu memory requests.memory limits.memory ephemeral-storage requests.ephemeral-storage',
    'limits.ephemeral-storage requests.storage pods resourcequotas services services.nodeports services.loadbalancers',
    'replicationcontrollers secrets persistentvolumeclaims configmaps',
  ].flatMap((names) => names.split(' ')),
);

type Check = (next: KubeObject, spec: Json, before: KubeObject | undefined) => Cause[];
const workload: Check = (_, spec, before) => checkWorkload(spec, before && object(before['spec']));
const binding: Check = (next, _, before) =>
  before && !isDeepStrictEqual(before['roleRef'], next['roleRef'])
    ? [wrong('roleRef', rolePrinted(object(next['roleRef'])), 'cannot change roleRef')]
    : [];
const checks: Record<string, Check> = {
  Deployment: workload,
  ReplicaSet: workload,
  DaemonSet: workload,
  Pod(_, spec, before) {
    const faults = checkPodSpec(spec, 'spec');
    // A pod without a node may be given one: that is how the scheduler binds it.
    const bound = spec['nodeName'] === undefined ? {} : { nodeName: spec['nodeName'] };
    const fixed = before && { ...bound, ...object(before['spec']) };
    if (fixed && !isDeepStrictEqual(fixedPodFields({ ...spec }), fixedPodFields(fixed)))
      faults.push(
        refused(
          'spec',
          'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        ),
      );
    return faults;
  },
  Service: (_, spec, before) => checkService(spec, before && object(before['spec'])),
  Job(_, spec, before) {
    const pods = object(object(spec['template'])['spec']);
    const faults = [...checkPodSpec(pods, 'spec.template.spec'), ...checkRestart(pods, ['OnFailure', 'Never'])];
    const fixed = before ? object(before['spec']) : {};
    return [
      ...faults,
      ...immutable('spec.selector', fixed['selector'], spec['selector']),
      ...immutable('spec.template', fixed['template'], spec['template']),
    ];
  },
  CronJob: (_, spec) => (spec['schedule'] ? [] : [required('spec.schedule')]),
  ConfigMap: (next, _, before) => [
    ...checkKeys(next, 'data'),
    ...checkKeys(next, 'binaryData'),
    ...checkFrozen(next, before),
  ],
  Secret: (next, _, before) => [
    ...checkKeys(next, 'data'),
    ...checkFrozen(next, before),
    ...immutable('type', before?.['type'], next['type']),
  ],
  ResourceQuota: (_, spec) =>
    Object.entries(object(spec['hard'])).flatMap(([name, amount]) => {
      const field = `spec.hard[${name}]`;
      const known = name.includes('/') || standardForQuota.has(name);
      return [
        ...(known ? [] : [wrong(field, name, 'must be a standard resource type or fully qualified')]),
        ...(known ? [] : [wrong(field, name, 'must be a standard resource for quota')]),
        ...((parseQuantity(amount) ?? -1) < 0 ? [wrong(field, amount, 'must be greater than or equal to 0')] : []),
      ];
    }),
  HorizontalPodAutoscaler(_, spec) {
    const { minReplicas: least = 1, maxReplicas: most = 0 } = spec as { minReplicas?: number; maxReplicas?: number };
    const faults: Cause[] = [];
    if (most < 1) faults.push(wrong('spec.maxReplicas', most, 'must be greater than 0'));
    else if (least > most)
      faults.push(wrong('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
    const { kind, apiVersion = '' } = object(spec['scaleTargetRef']);
    if (kind !== 'ReplicationController' && apiVersion === '')
      faults.push(wrong('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'));
    return faults;
  },
  PodDisruptionBudget: (_, spec) =>
    spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined
      ? [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : [],
  RoleBinding: binding,
  ClusterRoleBinding: binding,
};

/** What is wrong with an object of its kind, alone and against what it was. */
export const checkKind = (next: KubeObject, before: KubeObject | undefined): Cause[] =>
  checks[next.kind]?.(next, object(next['spec']), before) ?? [];
