/**
 * Which Gateway a kind of environment is entered by. Separate because routes, read-back, admission policies and network policies all
 * need the same answer.
 */
import type { Access } from '../../contracts/kinds.ts';
import { GATEWAY, gatewayNamespace } from '../../contracts/kubernetes.ts';

/** A Gateway that was there before. `controller`: what its GatewayClass says carries it, where that matters. */
export interface ExistingGateway {
  readonly namespace: string;
  readonly name: string;
  readonly controller?: string | undefined;
}

/** The way in of one kind, as the settings say it. */
export interface WayIn {
  readonly domain?: string | undefined;
  readonly access: Access;
  /** A Gateway that was there before; without it Espalier runs one. */
  readonly gateway?: ExistingGateway | undefined;
  /** Where the gateway is reached when neither the stack nor the cluster can tell: host or host:port. */
  readonly address?: string | undefined;
}

/** A route's wish to be served by a Gateway, with the API's defaults written out. */
export interface ParentReference {
  readonly group: 'gateway.networking.k8s.io';
  readonly kind: 'Gateway';
  readonly namespace: string;
  readonly name: string;
  readonly sectionName?: string;
}

/** The Gateway of a way in: the existing one, or the managed one's listener for this access. */
export function parentOf(installation: string, wayIn: WayIn): ParentReference {
  const group = 'gateway.networking.k8s.io';
  return wayIn.gateway === undefined
    ? {
        group,
        kind: 'Gateway',
        namespace: gatewayNamespace(installation),
        name: GATEWAY.name,
        sectionName: wayIn.access,
      }
    : { group, kind: 'Gateway', namespace: wayIn.gateway.namespace, name: wayIn.gateway.name };
}

/** Namespace that requests from outside come from. */
export function entryNamespace(installation: string, wayIn: WayIn): string {
  return parentOf(installation, wayIn).namespace;
}
