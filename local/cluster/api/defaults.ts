/**
 * What an API server fills in beyond the schema's own defaults, per kind. Separate because it is plain data about kinds,
 * each line as https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/ describes its field.
 */
import type { KubeObject } from '../objects.ts';
import { isObject, type Json } from './decode.ts';

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});
/** Sets what is absent; an undefined default sets nothing. */
function preset(target: unknown, defaults: Json): void {
  if (isObject(target))
    for (const [name, value] of Object.entries(defaults))
      if (target[name] === undefined && value !== undefined) target[name] = value;
}

const pullPolicy = (image: unknown): string => {
  const reference = typeof image === 'string' ? image : '';
  const tag = /:([^/]+)$/.exec(reference)?.[1];
  return !reference.includes('@') && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent';
};

function containerDefaults(container: Json): void {
  preset(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(container['image']),
  });
  // What is limited and not requested is requested at its limit.
  const resources = object(container['resources']);
  if (isObject(resources['limits'])) {
    resources['requests'] ??= {};
    preset(resources['requests'], resources['limits']);
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    preset(container[name], { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    preset(object(container[name])['httpGet'], { path: '/', scheme: 'HTTP' });
    preset(object(container[name])['grpc'], { service: '' });
  }
  for (const hook of Object.values(object(container['lifecycle'])))
    preset(object(hook)['httpGet'], { path: '/', scheme: 'HTTP' });
  for (const variable of list(container['env']))
    preset(object(variable['valueFrom'])['fieldRef'], { apiVersion: 'v1' });
}

/** A pod's specification, alone or within a template. */
export function podDefaults(spec: unknown): void {
  if (!isObject(spec)) return;
  preset(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    serviceAccount: spec['serviceAccountName'],
  });
  preset(spec, { serviceAccountName: spec['serviceAccount'] });
  for (const name of ['containers', 'initContainers', 'ephemeralContainers'])
    list(spec[name]).forEach(containerDefaults);
  for (const volume of list(spec['volumes'])) {
    for (const source of ['secret', 'configMap', 'downwardAPI', 'projected'])
      preset(volume[source], { defaultMode: 420 });
    preset(volume['hostPath'], { type: '' });
    if (Object.keys(volume).length === 1) volume['emptyDir'] = {};
    for (const source of list(object(volume['projected'])['sources']))
      preset(source['serviceAccountToken'], { expirationSeconds: 3600 });
    for (const source of [
      volume['downwardAPI'],
      ...list(object(volume['projected'])['sources']).map((one) => one['downwardAPI']),
    ])
      for (const item of list(object(source)['items'])) preset(item['fieldRef'], { apiVersion: 'v1' });
  }
}

const rolling = (target: unknown, defaults: Json): void => {
  preset(target, { type: 'RollingUpdate' });
  if (object(target)['type'] !== 'RollingUpdate') return;
  preset(target, { rollingUpdate: {} });
  preset(object(target)['rollingUpdate'], defaults);
};
const templated = (spec: Json): void => podDefaults(object(spec['template'])['spec']);
const rbacGroup = 'rbac.authorization.k8s.io';
const binding = (next: KubeObject): void => {
  preset(next['roleRef'], { apiGroup: rbacGroup });
  for (const subject of list(next['subjects']))
    if (subject['kind'] !== 'ServiceAccount') preset(subject, { apiGroup: rbacGroup });
};

const kinds: Record<string, (next: KubeObject, spec: Json) => void> = {
  Pod: (_, spec) => {
    podDefaults(spec);
    preset(spec, { enableServiceLinks: true });
  },
  Deployment: (_, spec) => {
    preset(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
    rolling(spec['strategy'], { maxUnavailable: '25%', maxSurge: '25%' });
    templated(spec);
  },
  ReplicaSet: (_, spec) => {
    preset(spec, { replicas: 1 });
    templated(spec);
  },
  DaemonSet: (_, spec) => {
    preset(spec, { revisionHistoryLimit: 10, updateStrategy: {} });
    rolling(spec['updateStrategy'], { maxUnavailable: 1, maxSurge: 0 });
    templated(spec);
  },
  Job: (_, spec) => {
    const single = spec['completions'] === undefined && spec['parallelism'] === undefined ? { completions: 1 } : {};
    preset(spec, {
      ...single,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
    });
    templated(spec);
  },
  CronJob: (_, spec) => {
    preset(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    templated(object(object(spec['jobTemplate'])['spec']));
  },
  HorizontalPodAutoscaler: (_, spec) => {
    const cpu = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
    };
    preset(spec, { minReplicas: 1, metrics: [cpu] });
  },
  Service: (_, spec) => {
    preset(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
    const routed = spec['type'] !== 'ExternalName';
    if (routed) preset(spec, { internalTrafficPolicy: 'Cluster' });
    if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer')
      preset(spec, { externalTrafficPolicy: 'Cluster' });
    if (spec['type'] === 'LoadBalancer') preset(spec, { allocateLoadBalancerNodePorts: true });
    for (const port of list(spec['ports']))
      preset(port, { protocol: 'TCP', targetPort: routed ? port['port'] : undefined });
  },
  Namespace: (next) => {
    next.metadata.labels = { ...next.metadata.labels, 'kubernetes.io/metadata.name': next.metadata.name };
  },
  Secret: (next) => {
    if (isObject(next['stringData'])) {
      const encoded = Object.entries(next['stringData']).map(([name, text]) => [
        name,
        Buffer.from(String(text)).toString('base64'),
      ]);
      next['data'] = { ...object(next['data']), ...Object.fromEntries(encoded) };
      delete next['stringData'];
    }
    preset(next, { type: 'Opaque' });
  },
  NetworkPolicy: (_, spec) => {
    preset(spec, { policyTypes: spec['egress'] ? ['Ingress', 'Egress'] : ['Ingress'] });
    for (const rule of [...list(spec['ingress']), ...list(spec['egress'])])
      for (const port of list(rule['ports'])) preset(port, { protocol: 'TCP' });
  },
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  PersistentVolumeClaim: (_, spec) => preset(spec, { volumeMode: 'Filesystem' }),
  LimitRange: (_, spec) => {
    for (const limit of list(spec['limits']))
      if (limit['type'] === 'Container') {
        limit['default'] ??= {};
        limit['defaultRequest'] ??= {};
        preset(limit['default'], object(limit['max']));
        preset(limit['defaultRequest'], object(limit['default']));
        preset(limit['defaultRequest'], object(limit['min']));
        for (const name of ['default', 'defaultRequest'])
          if (Object.keys(object(limit[name])).length === 0) delete limit[name];
      }
  },
  EndpointSlice: (next) => {
    for (const port of list(next['ports'])) preset(port, { protocol: 'TCP', name: '' });
  },
  Endpoints: (next) => {
    for (const subset of list(next['subsets']))
      for (const port of list(subset['ports'])) preset(port, { protocol: 'TCP' });
  },
  ValidatingAdmissionPolicy: (_, spec) => {
    preset(spec, { failurePolicy: 'Fail' });
    const match = object(spec['matchConstraints']);
    preset(spec['matchConstraints'], { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
    for (const rule of [...list(match['resourceRules']), ...list(match['excludeResourceRules'])])
      preset(rule, { scope: '*' });
  },
  ValidatingAdmissionPolicyBinding: (_, spec) =>
    preset(spec['matchResources'], { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} }),
  CustomResourceDefinition: (_, spec) => {
    const names = object(spec['names']);
    const kind = typeof names['kind'] === 'string' ? names['kind'] : '';
    preset(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
    preset(spec, { conversion: { strategy: 'None' } });
  },
};

/** Fills in an object's defaults in place. */
export function kindDefaults(next: KubeObject): void {
  kinds[next.kind]?.(next, object(next['spec']));
}
