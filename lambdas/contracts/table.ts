/**
 * Keys and attributes of the one DynamoDB table.
 * Separate because stacks define the table, adapters fill it and the command line reads it.
 *
 * | item | pk | sk |
 * |---|---|---|
 * | environment record | `environment#<id>` | `record` |
 * | history event | `environment#<id>` | `event#<time>#<unique>` |
 * | rollout of a service | `environment#<id>` | `rollout#<service>` |
 * | approval | `approval#<id>` | `approval` |
 * | who started an execution | `execution#<name>` | `starter` |
 * | who pushed a commit | `push#<repository>` | `<commit>#<who, or what was merged>` |
 * | tenant | `tenant#<environment>` | `tenant` |
 * | version of a configuration layer | `configuration#<layer>` | `<service>#<version>` |
 * | public key and generated secrets of an environment | `environment#<id>` | `secrets` |
 * | sealed secrets of a service | `environment#<id>` | `sealed#<service>#<commit>` |
 * | branch → environment id | `branch#<exact name>` | `environment` |
 * | build | `build#<repository>` | `<commit>` |
 * | sweep state and lease | `sweep` | `state` |
 */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  version: 'version',
  recordSort: 'record',
  eventPrefix: 'event#',
  rolloutPrefix: 'rollout#',
  approvalSort: 'approval',
  starterSort: 'starter',
  tenantSort: 'tenant',
  secretsSort: 'secrets',
  sealedPrefix: 'sealed#',
  kindIndex: 'records',
  kindIndexKey: 'recordOf',
} as const;

/** Partition key of an environment's items. */
export const environmentKey = (id: string): string => `environment#${id}`;
/** Partition key of an approval. */
export const approvalKey = (id: string): string => `approval#${id}`;
/** Partition key of an execution of *decide approval*. */
export const executionKey = (name: string): string => `execution#${name}`;
/** Partition key of the pushes to a repository. */
export const pushKey = (repository: string): string => `push#${repository}`;
/** Partition key of a tenant. */
export const tenantKey = (environment: string): string => `tenant#${environment}`;
/** Partition key of a configuration layer. */
export const layerKey = (layer: string): string => `configuration#${layer}`;
/** Partition key of the item that says which environment a branch has. */
export const branchKey = (branch: string): string => `branch#${branch}`;
/** Partition key of a repository's builds. */
export const buildKey = (repository: string): string => `build#${repository}`;
