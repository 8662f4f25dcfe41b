/**
 * The Gateway objects of an installation and how load balancers find the pods behind them.
 * Separate from the gateway's own pods, which could be another product's.
 */
import { ACCESSES, ENVIRONMENT_KINDS, type Access } from '../../contracts/kinds.ts';
import { GATEWAY_PORTS, INTERNAL_GATEWAY_PORT, type TargetGroups } from '../../contracts/foundation.ts';
import { GATEWAY, gatewayClassName, gatewayNamespace, LABELS } from '../../contracts/kubernetes.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest } from '../manifests/manifest.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** Accesses that lead through the managed gateway; none when every kind names an existing one. */
export function managedAccesses(settings: Installation): readonly Access[] {
  const used = ENVIRONMENT_KINDS.map((kind) => settings.environments[kind].wayIn)
    .filter(({ gateway }) => gateway === undefined)
    .map(({ access }) => access);
  return ACCESSES.filter((access) => used.includes(access));
}

/** Labels of everything that belongs to the managed gateway. */
export function gatewayLabels(installation: string): Record<string, string> {
  return { [LABELS.installation]: installation, [LABELS.component]: 'gateway' };
}

/** Namespace of the gateway; its pods keep the same rules as everybody's. */
export function gatewayNamespaceManifest(installation: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: gatewayNamespace(installation),
      labels: { ...gatewayLabels(installation), 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  };
}

/** GatewayClass and Gateways. Listeners take routes from this installation's environments only. */
export function gatewayManifests(settings: Installation): readonly Manifest[] {
  const { installation } = settings;
  const namespace = gatewayNamespace(installation);
  const labels = gatewayLabels(installation);
  const className = gatewayClassName(installation);
  const listener = (name: string, port: number) => ({
    name,
    port,
    protocol: 'HTTP',
    allowedRoutes: {
      namespaces: { from: 'Selector', selector: { matchLabels: { [LABELS.installation]: installation } } },
    },
  });
  const gateway = (name: string, listeners: readonly object[]): Manifest => ({
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name, namespace, labels },
    spec: { gatewayClassName: className, listeners },
  });
  return [
    {
      apiVersion: GATEWAY_API,
      kind: 'GatewayClass',
      metadata: { name: className, labels },
      spec: { controllerName: 'traefik.io/gateway-controller' },
    },
    gateway(
      GATEWAY.name,
      managedAccesses(settings).map((access) => listener(access, GATEWAY_PORTS[access])),
    ),
    gateway(GATEWAY.internalName, [listener(GATEWAY.internalListener, INTERNAL_GATEWAY_PORT)]),
  ];
}

/** Services in front of the gateway's pods: one for load balancers, one by which services reach each other. */
export function gatewayServiceManifests(installation: string): readonly Manifest[] {
  const labels = gatewayLabels(installation);
  const service = (name: string, ports: readonly object[]): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: gatewayNamespace(installation), labels },
    spec: { selector: labels, ports },
  });
  return [
    service(
      GATEWAY.name,
      ACCESSES.map((access) => ({
        name: access,
        port: GATEWAY_PORTS[access],
        targetPort: GATEWAY_PORTS[access],
        protocol: 'TCP',
      })),
    ),
    service(GATEWAY.internalName, [{ name: 'services', port: 80, targetPort: INTERNAL_GATEWAY_PORT, protocol: 'TCP' }]),
  ];
}

/** The kind that registers pods in target groups: EKS Auto Mode's own, else the AWS Load Balancer Controller's. */
export function targetGroupBindingVersion(autoMode: boolean): string {
  return autoMode ? 'eks.amazonaws.com/v1' : 'elbv2.k8s.aws/v1beta1';
}

/** Binds the gateway's pods to the target groups of the stack's load balancers. Security groups are the stack's too. */
export function targetGroupManifests(
  settings: Installation,
  targetGroups: TargetGroups,
  autoMode: boolean,
): readonly Manifest[] {
  const { installation } = settings;
  return managedAccesses(settings).flatMap((access) => {
    const targetGroupARN = targetGroups[access];
    if (targetGroupARN === undefined) return [];
    return [
      {
        apiVersion: targetGroupBindingVersion(autoMode),
        kind: 'TargetGroupBinding',
        metadata: { name: access, namespace: gatewayNamespace(installation), labels: gatewayLabels(installation) },
        spec: {
          targetGroupARN,
          targetType: 'ip',
          serviceRef: { name: GATEWAY.name, port: GATEWAY_PORTS[access] },
        },
      },
    ];
  });
}
