/** Clusters of the account, as the settings describe an existing one. */

/** What the settings' block `cluster.existing` needs to know. */
export interface EksCluster {
  readonly name: string;
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  readonly endpoint: string;
  readonly authority: string;
  readonly autoMode: boolean;
}

export interface EksClusters {
  /** Names of all clusters of the region. */
  names(): Promise<readonly string[]>;
  /** The cluster; undefined when there is none of this name. */
  describe(name: string): Promise<(EksCluster & { readonly authenticationMode: string }) | undefined>;
}
