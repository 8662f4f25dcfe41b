/**
 * The gateway's pods: Traefik, pinned by digest. Separate because product, version and rights change together and with nothing else.
 */
import type { DeploymentSpec } from 'kubernetes-types/apps/v1.js';
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { ACCESSES } from '../../contracts/kinds.ts';
import { GATEWAY_HEALTH, GATEWAY_PORTS, INTERNAL_GATEWAY_PORT } from '../../contracts/foundation.ts';
import { gatewayNamespace, LABELS } from '../../contracts/kubernetes.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { gatewayLabels } from './gateway.ts';

/** The version whose behaviour the figures of this project were measured with. */
export const GATEWAY_IMAGE =
  'docker.io/library/traefik:v3.6.12@sha256:171c9c3565b29f6c133f1c1b43c5d4e5853415198e9e1078c001f8702ff66aec';

/** Name of the gateway's Deployment, account and rights. */
const NAME = 'gateway';
/** As in the image. */
const USER = 65532;

/**
 * Seconds. A load balancer notices a pod that is going within two health checks of 10 s and stops to send to it; until then the pod
 * still accepts, then it ends what is under way.
 */
const ACCEPT_GRACE = 25;
const FINISH_GRACE = 20;

/** Deployment, account, rights and disruption budget of the gateway. */
export function gatewayWorkloadManifests(installation: string): readonly Manifest[] {
  const namespace = gatewayNamespace(installation);
  const labels = gatewayLabels(installation);
  const clusterWide = { name: `${installation}-${NAME}`, labels };
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace, labels } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: clusterWide, rules: RULES },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: clusterWide,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterWide.name },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: NAME, namespace, labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME, namespace, labels },
      spec: deployment(installation, labels),
    },
  ];
}

/**
 * What Traefik watches; its provider waits for all of these and does not start without one, Secrets among them, although TLS ends at
 * the load balancers and none is used.
 * Source: https://doc.traefik.io/traefik/reference/dynamic-configuration/kubernetes-gateway-rbac.yml
 */
const RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['services', 'secrets', 'configmaps'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  {
    apiGroups: ['gateway.networking.k8s.io'],
    resources: ['gatewayclasses', 'gateways', 'httproutes', 'grpcroutes', 'referencegrants', 'backendtlspolicies'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    apiGroups: ['gateway.networking.k8s.io'],
    resources: [
      'gatewayclasses/status',
      'gateways/status',
      'httproutes/status',
      'grpcroutes/status',
      'backendtlspolicies/status',
    ],
    verbs: ['update'],
  },
];

/** Entry points by name and port: one per access, one for services among themselves, one for health and metrics. */
const ENTRY_POINTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(ACCESSES.map((access) => [access, GATEWAY_PORTS[access]])),
  services: INTERNAL_GATEWAY_PORT,
  health: GATEWAY_HEALTH.port,
};

function commandLine(installation: string): string[] {
  const entryPoints = Object.entries(ENTRY_POINTS).flatMap(([name, port]) => [
    `--entrypoints.${name}.address=:${String(port)}`,
    `--entrypoints.${name}.transport.lifecycle.requestacceptgracetimeout=${String(ACCEPT_GRACE)}s`,
    `--entrypoints.${name}.transport.lifecycle.gracetimeout=${String(FINISH_GRACE)}s`,
  ]);
  return [
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
    ...entryPoints,
    // The load balancer that signs people in says who asked and by which scheme.
    '--entrypoints.oidc.forwardedheaders.trustedips=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16',
    '--ping=true',
    '--ping.entrypoint=health',
    '--metrics.prometheus=true',
    '--metrics.prometheus.addserviceslabels=true',
    '--metrics.prometheus.entrypoint=health',
    '--providers.kubernetesgateway=true',
    // Classes of other installations, and of other gateways of the same product, are not ours to serve.
    `--providers.kubernetesgateway.labelselector=${LABELS.installation}=${installation}`,
  ];
}

function deployment(installation: string, labels: Record<string, string>): DeploymentSpec {
  const health = { path: GATEWAY_HEALTH.path, port: 'health' };
  const spread = (topologyKey: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
  });
  return {
    replicas: 2,
    selector: { matchLabels: labels },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: NAME,
        terminationGracePeriodSeconds: ACCEPT_GRACE + FINISH_GRACE + 15,
        topologySpreadConstraints: [spread('topology.kubernetes.io/zone'), spread('kubernetes.io/hostname')],
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            name: NAME,
            image: GATEWAY_IMAGE,
            args: commandLine(installation),
            ports: Object.entries(ENTRY_POINTS).map(([name, containerPort]) => ({ name, containerPort })),
            readinessProbe: { httpGet: health, periodSeconds: 5 },
            livenessProbe: { httpGet: health, periodSeconds: 10, failureThreshold: 6 },
            // It writes nothing but its log, of which the kubelet keeps 50Mi.
            resources: {
              requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '128Mi' },
              limits: { memory: '512Mi', 'ephemeral-storage': '128Mi' },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      },
    },
  };
}
