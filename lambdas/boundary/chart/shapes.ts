/**
 * What objects of a chart may say, key by key. Separate because this is what a security review reads: a key that is not here is refused,
 * so that neither a host's file, a secret, another namespace nor a privilege comes out of a chart.
 */
import * as v from 'valibot';
import { REQUESTS_METRIC } from '../../contracts/kubernetes.ts';
import { image } from '../service-file/processes.ts';
import { MOST_REQUESTS } from '../service-file/scale.ts';
import { command } from '../service-file/words.ts';
import { allowed, cpu, dnsLabel, found, list, memory, oneOf, text, whole } from '../values.ts';

/** What an autoscaler may go by. */
const MEASURES = `cpu, or the pods’ metric ${REQUESTS_METRIC}, or both`;
const REQUESTS = `a whole number from 1 to ${String(MOST_REQUESTS)}`;

/** A mapping with exactly these keys. */
function only<const Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries).join(', ');
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return `no chart may say this; allowed: ${keys}`;
    if (issue.input === undefined) return 'is missing';
    return `found ${found(issue.input)}; allowed: a mapping with the keys ${keys}`;
  });
}

const is = <const Value extends boolean | string>(value: Value) => v.literal(value, allowed(String(value)));
const plain = v.pipe(v.string(allowed('text')), v.maxLength(4_096, allowed('at most 4096 characters')));
const strings = v.record(plain, plain, allowed('a mapping of texts'));
const objectName = text(/^(?=.{1,63}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, '1 to 63 of a-z, 0-9, "-" and "."');
const portNumber = whole(1, 65_535);
const portReference = v.union([portNumber, dnsLabel(15)], allowed('the number or the name of a port'));
const user = whole(1, 2_147_483_647);
const seccomp = only({ type: is('RuntimeDefault') });
const nonRoot = {
  runAsNonRoot: v.exactOptional(is(true)),
  runAsUser: v.exactOptional(user),
  runAsGroup: v.exactOptional(user),
  seccompProfile: v.exactOptional(seccomp),
};

const metadata = only({
  name: objectName,
  namespace: v.exactOptional(plain),
  labels: v.optional(strings, {}),
  annotations: v.optional(strings, {}),
});

const seconds = v.exactOptional(whole(0, 3_600));
const probe = only({
  httpGet: v.exactOptional(
    only({
      path: v.optional(text(/^\/[\w./~%?&=-]{0,255}$/, 'a path such as /health'), '/'),
      port: portReference,
      scheme: v.exactOptional(is('HTTP')),
    }),
  ),
  grpc: v.exactOptional(only({ port: portNumber, service: v.exactOptional(plain) })),
  tcpSocket: v.exactOptional(only({ port: portReference })),
  exec: v.exactOptional(only({ command })),
  initialDelaySeconds: seconds,
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  successThreshold: seconds,
  failureThreshold: seconds,
});

const mapReference = { name: objectName, optional: v.exactOptional(v.boolean(allowed('true or false'))) };
const variable = only({
  name: text(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of a variable'),
  value: v.exactOptional(v.string(allowed('text (quote numbers and words like true)'))),
  valueFrom: v.exactOptional(
    only({
      configMapKeyRef: v.exactOptional(only({ ...mapReference, key: plain })),
      fieldRef: v.exactOptional(only({ apiVersion: v.exactOptional(is('v1')), fieldPath: plain })),
    }),
  ),
});

const inside = text(/^(?!.*(^|\/)\.\.(\/|$))[^\p{Cc}]{1,256}$/u, 'a path without ".."');

const bounded = { memory: v.exactOptional(memory), 'ephemeral-storage': v.exactOptional(memory) };
const container = only({
  name: dnsLabel(15),
  image,
  imagePullPolicy: v.exactOptional(oneOf(['IfNotPresent', 'Always'])),
  command: v.exactOptional(command),
  args: v.exactOptional(command),
  env: v.exactOptional(list(variable)),
  envFrom: v.exactOptional(list(only({ prefix: v.exactOptional(plain), configMapRef: only(mapReference) }))),
  ports: v.exactOptional(
    list(
      only({ name: v.exactOptional(dnsLabel(15)), containerPort: portNumber, protocol: v.exactOptional(is('TCP')) }),
    ),
  ),
  resources: v.exactOptional(
    only({
      requests: v.exactOptional(only({ cpu: v.exactOptional(cpu), ...bounded })),
      limits: v.exactOptional(only(bounded)),
    }),
  ),
  livenessProbe: v.exactOptional(probe),
  readinessProbe: v.exactOptional(probe),
  startupProbe: v.exactOptional(probe),
  securityContext: v.exactOptional(
    only({
      ...nonRoot,
      allowPrivilegeEscalation: v.exactOptional(is(false)),
      privileged: v.exactOptional(is(false)),
      // An exception to the rule writable-root opens it.
      readOnlyRootFilesystem: v.exactOptional(v.boolean(allowed('true or false'))),
      capabilities: v.exactOptional(only({ drop: v.exactOptional(list(plain)) })),
    }),
  ),
  volumeMounts: v.exactOptional(
    list(
      only({
        name: dnsLabel(63),
        mountPath: text(/^\/[^\p{Cc}:]{1,255}$/u, 'an absolute path'),
        readOnly: v.exactOptional(v.boolean(allowed('true or false'))),
        subPath: v.exactOptional(inside),
      }),
    ),
  ),
});

const mode = v.exactOptional(whole(0, 0o777));
const volume = only({
  name: dnsLabel(63),
  emptyDir: v.exactOptional(only({ medium: v.exactOptional(is('Memory')), sizeLimit: v.exactOptional(memory) })),
  configMap: v.exactOptional(
    only({
      ...mapReference,
      defaultMode: mode,
      items: v.exactOptional(list(only({ key: plain, path: inside, mode }))),
    }),
  ),
});

const pod = only({
  containers: v.pipe(
    list(container),
    v.minLength(1, allowed('at least one container')),
    v.maxLength(6, allowed('at most 6 containers')),
    v.check((all) => new Set(all.map(({ name }) => name)).size === all.length, allowed('each container once')),
    v.check((all) => all.length < 2 || all.every(({ name }) => name !== 'service'), allowed('any name but service')),
  ),
  initContainers: v.optional(v.pipe(list(container), v.maxLength(5, allowed('at most 5 containers'))), []),
  volumes: v.optional(list(volume), []),
  serviceAccountName: v.exactOptional(objectName),
  serviceAccount: v.exactOptional(objectName),
  automountServiceAccountToken: v.exactOptional(is(false)),
  enableServiceLinks: v.exactOptional(is(false)),
  restartPolicy: v.exactOptional(is('Always')),
  securityContext: v.exactOptional(only({ ...nonRoot, fsGroup: v.exactOptional(user) })),
});

const podMetadata = v.optional(only({ labels: v.optional(strings, {}), annotations: v.optional(strings, {}) }), {});

/** A quantity without a suffix; charts quote it or do not. */
const requests = v.pipe(
  v.union([v.number(), v.string()], allowed(REQUESTS)),
  v.check((value) => /^[1-9]\d{0,5}$/.test(String(value)) && Number(value) <= MOST_REQUESTS, allowed(REQUESTS)),
  v.transform(Number),
);

const metric = v.pipe(
  only({
    type: oneOf(['Resource', 'Pods']),
    resource: v.exactOptional(
      only({
        name: is('cpu'),
        target: only({ type: is('Utilization'), averageUtilization: whole(1, 100) }),
      }),
    ),
    pods: v.exactOptional(
      only({
        metric: only({ name: is(REQUESTS_METRIC) }),
        target: only({ type: is('AverageValue'), averageValue: requests }),
      }),
    ),
  }),
  v.check(
    ({ type, resource, pods }) =>
      (type === 'Pods') === (pods !== undefined) && (type === 'Resource') === (resource !== undefined),
    allowed('type Resource with resource, or Pods with pods'),
  ),
);

/** The kinds by their versions, each with its specification. */
export const SHAPES = {
  'apps/v1 Deployment': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    spec: only({
      replicas: v.optional(whole(0, 100), 1),
      selector: only({ matchLabels: strings }),
      template: only({ metadata: podMetadata, spec: pod }),
      revisionHistoryLimit: v.exactOptional(whole(0, 100)),
    }),
  }),
  'v1 Service': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    spec: only({
      type: v.exactOptional(is('ClusterIP')),
      selector: strings,
      ports: list(
        only({
          name: v.exactOptional(dnsLabel(63)),
          port: portNumber,
          targetPort: v.exactOptional(portReference),
          protocol: v.exactOptional(is('TCP')),
          appProtocol: v.exactOptional(plain),
        }),
      ),
    }),
  }),
  'gateway.networking.k8s.io/v1 HTTPRoute': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    spec: only({
      rules: list(
        only({
          matches: v.optional(
            list(
              only({
                path: v.optional(only({ type: v.exactOptional(is('PathPrefix')), value: v.optional(plain, '/') }), {}),
              }),
            ),
            [],
          ),
          backendRefs: list(
            only({
              group: v.exactOptional(is('')),
              kind: v.exactOptional(is('Service')),
              name: objectName,
              port: v.exactOptional(portNumber),
              weight: v.exactOptional(whole(0, 1_000_000)),
            }),
          ),
        }),
      ),
    }),
  }),
  'autoscaling/v2 HorizontalPodAutoscaler': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    spec: only({
      scaleTargetRef: only({ apiVersion: v.exactOptional(is('apps/v1')), kind: is('Deployment'), name: objectName }),
      minReplicas: v.optional(whole(1, 100), 1),
      maxReplicas: whole(1, 100),
      metrics: v.pipe(
        list(metric),
        v.minLength(1, allowed(MEASURES)),
        v.check(
          (all) => new Set(all.map(({ type }) => type)).size === all.length,
          allowed(`each of them once: ${MEASURES}`),
        ),
      ),
    }),
  }),
  'v1 ServiceAccount': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    automountServiceAccountToken: v.exactOptional(is(false)),
  }),
  'v1 ConfigMap': only({
    apiVersion: v.string(),
    kind: v.string(),
    metadata,
    data: v.optional(v.record(plain, v.string(allowed('text')), allowed('a mapping of texts')), {}),
    binaryData: v.optional(v.record(plain, v.string(allowed('text')), allowed('a mapping of texts')), {}),
    immutable: v.exactOptional(v.boolean(allowed('true or false'))),
  }),
} as const;

export type ChartKind = keyof typeof SHAPES;
export type Shaped<Kind extends ChartKind> = v.InferOutput<(typeof SHAPES)[Kind]>;

/** Why a kind is none of a chart's, and where it is declared instead. */
export const INSTEAD: Readonly<Record<string, string>> = {
  Secret: 'name secrets by reference under `secrets` in the service file',
  Job: 'declare it under `jobs` in the service file',
  CronJob: 'declare it under `schedules` in the service file',
  Ingress: 'Espalier makes the way in; leave it out',
  NetworkPolicy: 'policies follow from `dependencies` in the service file; leave it out',
  PodDisruptionBudget: 'Espalier makes it wherever there are several pods; leave it out',
  PersistentVolumeClaim: 'declare it under `volumes` in the service file',
  Pod: 'a service runs in a Deployment',
  StatefulSet: 'a service runs in a Deployment, and what it keeps stands under `volumes` in the service file',
  DaemonSet: 'a service runs in a Deployment',
  Namespace: 'the namespace is that of the environment',
  CustomResourceDefinition: 'kinds belong to the whole cluster; ask the platform team',
  ClusterRole: 'nothing of a service has rights in the cluster',
  ClusterRoleBinding: 'nothing of a service has rights in the cluster',
  Role: 'nothing of a service has rights in the cluster',
  RoleBinding: 'nothing of a service has rights in the cluster',
};
