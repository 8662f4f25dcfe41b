/**
 * The kinds of the Gateway API, standard channel, version 1.4.0, descriptions left out: a new cluster has none of them, and the
 * gateway watches all six. Separate because they are somebody else's and change only with a new version of the gateway.
 * Source: https://github.com/kubernetes-sigs/gateway-api/tree/v1.4.0/config/crd/standard (Apache-2.0).
 */
import type { Manifest } from '../../manifests/manifest.ts';
import backendTlsPolicies from './backendtlspolicies.json' with { type: 'json' };
import gatewayClasses from './gatewayclasses.json' with { type: 'json' };
import gateways from './gateways.json' with { type: 'json' };
import grpcRoutes from './grpcroutes.json' with { type: 'json' };
import httpRoutes from './httproutes.json' with { type: 'json' };
import referenceGrants from './referencegrants.json' with { type: 'json' };

/** One kind: how it is asked for, and its definition. */
export interface GatewayKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly definition: Manifest;
}

const GROUP = 'gateway.networking.k8s.io';

/** The kinds that the gateway needs, in the versions it watches. */
export const GATEWAY_KINDS: readonly GatewayKind[] = [
  { apiVersion: `${GROUP}/v1`, kind: 'GatewayClass', definition: gatewayClasses },
  { apiVersion: `${GROUP}/v1`, kind: 'Gateway', definition: gateways },
  { apiVersion: `${GROUP}/v1`, kind: 'HTTPRoute', definition: httpRoutes },
  { apiVersion: `${GROUP}/v1`, kind: 'GRPCRoute', definition: grpcRoutes },
  { apiVersion: `${GROUP}/v1`, kind: 'BackendTLSPolicy', definition: backendTlsPolicies },
  { apiVersion: `${GROUP}/v1beta1`, kind: 'ReferenceGrant', definition: referenceGrants },
];
