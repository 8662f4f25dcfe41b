/**
 * Environment variables that stacks set and functions, builds and pods read.
 * Separate because each name crosses a boundary and must exist once.
 */

/** Variables of functions. Everything else a function needs of the settings lies beside its code as `settings.json`. */
export const FUNCTION_VARIABLES = {
  installation: 'ESPALIER_INSTALLATION',
  tier: 'ESPALIER_TIER',
  table: 'ESPALIER_TABLE',
  noticeTopic: 'ESPALIER_NOTICE_TOPIC',
  buildProject: 'ESPALIER_BUILD_PROJECT',
  imageRepository: 'ESPALIER_IMAGE_REPOSITORY',
  clusterName: 'ESPALIER_CLUSTER_NAME',
  clusterEndpoint: 'ESPALIER_CLUSTER_ENDPOINT',
  clusterAuthority: 'ESPALIER_CLUSTER_AUTHORITY',
  targetGroups: 'ESPALIER_TARGET_GROUPS',
  gatewayAddresses: 'ESPALIER_GATEWAY_ADDRESSES',
  deliverMachines: 'ESPALIER_DELIVER_MACHINES',
  withdrawMachines: 'ESPALIER_WITHDRAW_MACHINES',
} as const;

/** Variables that a build gets as overrides; branch and commit travel nowhere else. */
export const BUILD_VARIABLES = {
  repository: 'ESPALIER_REPOSITORY',
  branch: 'ESPALIER_BRANCH',
  target: 'ESPALIER_TARGET_BRANCH',
  commit: 'ESPALIER_COMMIT',
  image: 'ESPALIER_IMAGE',
  registry: 'ESPALIER_REGISTRY',
  baseImages: 'ESPALIER_BASE_IMAGES',
} as const;

/** Variables of every pod. */
export const POD_VARIABLES = {
  commit: 'ESPALIER_COMMIT',
  environment: 'ESPALIER_ENVIRONMENT',
  service: 'ESPALIER_SERVICE',
  side: 'ESPALIER_SIDE',
  port: 'PORT',
} as const;

/** Response header in which a service answers the commit it was made from. */
export const COMMIT_HEADER = 'espalier-commit';
