/**
 * The seam between the load balancers, which stacks define, and the gateway in the cluster, which the foundation function applies:
 * ports, variables and the custom resource. Separate because both sides must use the same numbers and names.
 * Why the load balancers are in the stack: docs/decisions/load-balancers-in-the-stack.md.
 */
import type { Access } from './kinds.ts';

/**
 * Port of the gateway's pods per access; each has a listener of its own, so that no Host header leads from the public way in to an
 * environment that is internal. Target groups (type ip, TCP for NLB, HTTP for the ALB with sign-in) point here.
 */
export const GATEWAY_PORTS: Readonly<Record<Access, number>> = { internal: 8000, oidc: 8001, public: 8002 };

/** Port of the managed internal Gateway, by which services reach each other; no load balancer leads to it. */
export const INTERNAL_GATEWAY_PORT = 8003;

/** Where the gateway's pods answer health checks of target groups and of the kubelet: 200 once it serves. */
export const GATEWAY_HEALTH = { port: 8080, path: '/ping' } as const;

/** Tag that EKS Auto Mode wants on a target group before it registers pods there; the value is the cluster's name. */
export const TARGET_GROUP_CLUSTER_TAG = 'eks:eks-cluster-name';

/** Value of the variable `targetGroups`: JSON, the target group's ARN per access that the settings use with the managed gateway. */
export type TargetGroups = Partial<Record<Access, string>>;

/** Value of the variable `gatewayAddresses`: JSON, the load balancer's DNS name per access that the settings use with the managed gateway. */
export type GatewayAddresses = Partial<Record<Access, string>>;

/** Properties of the custom resource. A changed property is what makes CloudFormation run the function again. */
export interface FoundationProperties {
  /** Anything that changes with the settings and with the function's code. */
  readonly revision: string;
}

/** What the sweep asks of the foundation: put right whatever differs. */
export interface FoundationInput {
  readonly action: 'apply';
  readonly execution: string;
}

/** What people have to know after the foundation was applied, one sentence each; the sweep passes them on. */
export interface FoundationAnswer {
  readonly questions: readonly string[];
}
