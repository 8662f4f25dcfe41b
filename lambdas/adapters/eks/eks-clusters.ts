/** EKS clusters as the settings describe them. */
import {
  DescribeClusterCommand,
  paginateListClusters,
  ResourceNotFoundException,
  type Cluster,
  type EKSClient,
} from '@aws-sdk/client-eks';
import { RejectedError } from '../../domain/errors.ts';
import type { EksClusters } from '../../ports/eks-clusters.ts';

/** The clusters of the client's account and region. */
export function eksClusters(client: EKSClient): EksClusters {
  return {
    async names() {
      const names: string[] = [];
      for await (const page of paginateListClusters({ client }, {})) names.push(...(page.clusters ?? []));
      return names;
    },
    async describe(name) {
      try {
        return described(name, (await client.send(new DescribeClusterCommand({ name }))).cluster);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
  };
}

function described(name: string, cluster: Cluster | undefined): Awaited<ReturnType<EksClusters['describe']>> {
  const network = cluster?.resourcesVpcConfig;
  const authority = cluster?.certificateAuthority?.data;
  if (!cluster?.endpoint || !authority || !network?.vpcId || !network.clusterSecurityGroupId) {
    const parts = {
      endpoint: cluster?.endpoint,
      'certificate authority': authority,
      VPC: network?.vpcId,
      'cluster security group': network?.clusterSecurityGroupId,
    };
    const missing = Object.keys(parts).filter((part) => !parts[part as keyof typeof parts]);
    const advice =
      cluster?.status === 'ACTIVE' ? 'It cannot be used as an existing cluster.' : 'Wait until it is ACTIVE.';
    throw new RejectedError(
      `EKS tells no ${missing.join(', no ')} of the cluster ${name} (${cluster?.status ?? 'status unknown'}). ${advice}`,
    );
  }
  return {
    name,
    vpc: network.vpcId,
    subnets: network.subnetIds ?? [],
    securityGroup: network.clusterSecurityGroupId,
    endpoint: cluster.endpoint,
    authority,
    autoMode: cluster.computeConfig?.enabled === true,
    authenticationMode: cluster.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
  };
}
