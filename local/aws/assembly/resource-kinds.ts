/**
 * The first of the three lists, for resource types: those that run. What is neither here nor in no-effect.ts is refused by name.
 * Separate because it only gathers the types.
 */
import { invokeCustomResource } from './custom-resource.ts';
import type { ResourceKind } from './kind.ts';
import { builds } from './kinds/builds.ts';
import { cluster } from './kinds/cluster.ts';
import { compute } from './kinds/compute.ts';
import { identity } from './kinds/identity.ts';
import { messages } from './kinds/messages.ts';
import { stores } from './kinds/stores.ts';

/** Every resource type that runs. */
export const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  ...compute,
  ...identity,
  ...messages,
  ...stores,
  ...builds,
  ...cluster,
  'AWS::CloudFormation::CustomResource': { runs: ['*'], make: invokeCustomResource },
};
