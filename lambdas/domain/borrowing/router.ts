/**
 * The router: the internal Gateway by which integration's services call each other, so that a request that came from a branch
 * reaches the branch's own service again. Separate because addresses, routes, policies and rights all name it.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { GATEWAY, gatewayNamespace, LABELS, routerNamespace } from '../../contracts/kubernetes.ts';
import { managedAccesses } from '../foundation/gateway.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest } from '../manifests/manifest.ts';
import type { ParentReference } from '../way-in/gateway.ts';
import { clusterDomain, LENDER } from './lender.ts';

/** An internal Gateway that was there before, as the settings name it. */
export interface ExistingRouter {
  readonly namespace: string;
  readonly name: string;
  /** The listener that no load balancer leads to. */
  readonly sectionName: string;
  /** DNS name in the cluster by which it is reached on port 80. */
  readonly address: string;
}

/** Where requests between integration's services go. */
export interface Router {
  readonly parent: ParentReference;
  readonly address: string;
}

/** The router of an installation; undefined when it runs no gateway and the settings name none: then services call each other directly. */
export function routerOf(settings: Installation): Router | undefined {
  const { installation, router } = settings;
  const group = 'gateway.networking.k8s.io';
  if (router !== undefined) {
    const { namespace, name, sectionName, address } = router;
    return { parent: { group, kind: 'Gateway', namespace, name, sectionName }, address };
  }
  if (managedAccesses(settings).length === 0) return undefined;
  const namespace = gatewayNamespace(installation);
  return {
    parent: { group, kind: 'Gateway', namespace, name: GATEWAY.internalName, sectionName: GATEWAY.internalListener },
    address: `${GATEWAY.internalName}.${clusterDomain(namespace)}`,
  };
}

/** Whether services of this kind reach their dependencies through the router. */
export function callsByRouter(settings: Installation, kind: EnvironmentKind): boolean {
  return kind === LENDER && routerOf(settings) !== undefined;
}

/** Whether the router leads requests back into environments of this kind: branches only, never a lasting environment. */
export function isCalledBack(kind: EnvironmentKind): boolean {
  return kind === 'feature';
}

/** The host by which a service is asked for at the router, whoever serves it. */
export function routerHost(installation: string, service: string): string {
  return `${service}.${routerNamespace(installation)}`;
}

/** The name of that host: one object per service that integration calls, and none per environment. */
export function routerNameManifest(installation: string, router: Router, service: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: service,
      namespace: routerNamespace(installation),
      labels: { [LABELS.installation]: installation, [LABELS.component]: 'router' },
    },
    spec: { type: 'ExternalName', externalName: router.address },
  };
}
