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
  archive: 'ESPALIER_ARCHIVE',
  clusterName: 'ESPALIER_CLUSTER_NAME',
  clusterEndpoint: 'ESPALIER_CLUSTER_ENDPOINT',
  clusterAuthority: 'ESPALIER_CLUSTER_AUTHORITY',
  targetGroups: 'ESPALIER_TARGET_GROUPS',
  gatewayAddresses: 'ESPALIER_GATEWAY_ADDRESSES',
  /** JSON: the state machine's ARN per tier, `{"branch": …, "lasting": …}`. */
  deliverMachines: 'ESPALIER_DELIVER_MACHINES',
  /** ARN of *decide approval*. */
  decideMachine: 'ESPALIER_DECIDE_MACHINE',
  /** The same for *withdraw service*. */
  withdrawMachines: 'ESPALIER_WITHDRAW_MACHINES',
} as const;

/** Variables that a build gets as overrides; branch and commit travel nowhere else. */
export const BUILD_VARIABLES = {
  repository: 'ESPALIER_REPOSITORY',
  branch: 'ESPALIER_BRANCH',
  target: 'ESPALIER_TARGET_BRANCH',
  commit: 'ESPALIER_COMMIT',
  /** Full name of the image with its tag, `<registry>/<repository>:<repository>.<commit>`. */
  image: 'ESPALIER_IMAGE',
  /** Host of the registry; set by the project. */
  registry: 'ESPALIER_REGISTRY',
  /** Patterns of base images, separated by spaces; set by the project. */
  baseImages: 'ESPALIER_BASE_IMAGES',
  /** The service file's commands of each phase, one a line; run by `sh -eu` in the toolchain image, never on the build machine. */
  checkCommands: 'ESPALIER_CHECK_COMMANDS',
  compileCommands: 'ESPALIER_COMPILE_COMMANDS',
  testCommands: 'ESPALIER_TEST_COMMANDS',
  benchmarkCommands: 'ESPALIER_BENCHMARK_COMMANDS',
  ownCommands: 'ESPALIER_OWN_COMMANDS',
  /** Path of the repository's own chart; absent: it has none. */
  chart: 'ESPALIER_CHART',
  /** Paths of its files of values, separated by spaces. */
  chartFiles: 'ESPALIER_CHART_FILES',
  /** JSON: the values that every chart gets of us. */
  chartValues: 'ESPALIER_CHART_VALUES',
  /** The name and namespace that it is rendered for. */
  chartRelease: 'ESPALIER_CHART_RELEASE',
  chartNamespace: 'ESPALIER_CHART_NAMESPACE',
  /** Bytes that it may render. */
  chartLargest: 'ESPALIER_CHART_LARGEST',
  /** Where what it rendered is put; set by the project, like the next two. */
  chartUpload: 'ESPALIER_CHART_UPLOAD',
  /** Address of the archive with Helm, and the digest of the program in it. */
  helm: 'ESPALIER_HELM',
  helmDigest: 'ESPALIER_HELM_DIGEST',
} as const;

/** Variables of every pod. */
export const POD_VARIABLES = {
  commit: 'ESPALIER_COMMIT',
  environment: 'ESPALIER_ENVIRONMENT',
  service: 'ESPALIER_SERVICE',
  side: 'ESPALIER_SIDE',
  /** Path of the mounted configuration, of services that have one. */
  configuration: 'ESPALIER_CONFIGURATION',
  port: 'PORT',
  /** Of jobs that check a candidate: its own address, whatever the weights are. */
  candidate: 'ESPALIER_CANDIDATE_URL',
} as const;

/** Variable that holds the path of a volume: `data` → `ESPALIER_VOLUME_DATA`. */
export function volumeVariable(volume: string): string {
  return `ESPALIER_VOLUME_${volume.toUpperCase().replaceAll('-', '_')}`;
}

/** Response header in which a service answers the commit it was made from. */
export const COMMIT_HEADER = 'espalier-commit';

/** Response header in which a service that subscribes to its configuration answers, on its self-check, the version it runs. */
export const CONFIGURATION_HEADER = 'espalier-configuration';

/** Where the configuration is mounted. The folder is a volume of its own. */
export const CONFIGURATION_FILE = { folder: '/etc/espalier', name: 'configuration.json' } as const;
