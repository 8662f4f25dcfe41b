/**
 * Settings of the cluster: one to create, or an existing one by the block that `npx espalier cluster NAME` prints.
 * Separate because stacks choose between the two and nothing else reads them.
 */
import * as v from 'valibot';
import { allowed, list, table, text } from '../values.ts';

const create = table({
  version: v.optional(text(/^1\.\d\d$/, 'a Kubernetes version such as "1.35" (quoted)'), '1.35'),
});

const existing = table({
  name: text(/^[0-9A-Za-z][-_0-9A-Za-z]{0,99}$/, 'the name of an EKS cluster'),
  vpc: text(/^vpc-[0-9a-f]+$/, 'the id of the VPC of the cluster, such as vpc-0a1b2c3d'),
  subnets: v.pipe(
    list(text(/^subnet-[0-9a-f]+$/, 'the id of a private subnet, such as subnet-0a1b2c3d')),
    v.minLength(1, allowed('at least one private subnet')),
  ),
  /** Where load balancers stand that face the internet; needed only for access `public` and `oidc`. */
  publicSubnets: v.optional(list(text(/^subnet-[0-9a-f]+$/, 'the id of a public subnet, such as subnet-0a1b2c3d')), []),
  securityGroup: text(/^sg-[0-9a-f]+$/, 'the id of the cluster security group, such as sg-0a1b2c3d'),
  endpoint: text(/^https:\/\/[^\s/]+$/, 'the https:// address of the API server'),
  authority: text(/^[A-Za-z0-9+/=]{20,}$/, 'the certificate authority of the API server, base64'),
  autoMode: v.optional(v.boolean(allowed('true or false')), false),
});

/** Exactly one of `create` and `existing`. */
export const cluster = v.optional(
  v.pipe(
    table({ create: v.exactOptional(create), existing: v.exactOptional(existing) }),
    v.check(
      (given) => given.create === undefined || given.existing === undefined,
      'either create or existing, not both',
    ),
    v.transform((given): ClusterSettings =>
      given.existing === undefined ? { create: given.create ?? v.parse(create, {}) } : { existing: given.existing },
    ),
  ),
  {},
);

export type ExistingCluster = v.InferOutput<typeof existing>;

/** A cluster to create, or one that is there. */
export type ClusterSettings =
  | { readonly create: v.InferOutput<typeof create>; readonly existing?: never }
  | { readonly existing: ExistingCluster; readonly create?: never };
