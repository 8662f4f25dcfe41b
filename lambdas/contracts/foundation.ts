/**
 * What the foundation's custom resource is given and answers. Separate because the stack asks for attributes by name that the function
 * must return, and a missing one fails the deployment. See docs/decisions/addresses-of-gateways.md.
 */
import type { Access } from './kinds.ts';

/** Properties of the custom resource. A changed property is what makes CloudFormation run the function again. */
export interface FoundationProperties {
  /** Anything that changes with the settings, the function's code or on demand. */
  readonly revision: string;
}

/**
 * Attribute that holds the address of the gateway for an access: the DNS name of its load balancer, to which `*.<domain>` is a CNAME.
 * Present for exactly the accesses that the settings use with the managed gateway; never for an existing gateway, whose DNS is its owner's.
 */
export function addressAttribute(access: Access): 'internalAddress' | 'oidcAddress' | 'publicAddress' {
  return `${access}Address`;
}

/** All attributes of the custom resource. */
export type FoundationAttributes = Partial<Record<ReturnType<typeof addressAttribute>, string>>;

/** Answer of the foundation's `apply` to the sweep: what people have to know, one sentence each. */
export interface FoundationAnswer {
  readonly addresses: FoundationAttributes;
  readonly questions: readonly string[];
}
