/**
 * How functions reach the cluster, created or imported, and what gives a role its place in it.
 * Separate because from here on nothing may depend on whose cluster it is.
 */
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface ClusterConnection {
  readonly name: string;
  readonly endpoint: string;
  /** Certificate authority of the API server, base64. */
  readonly authority: string;
  /** Its isolated subnets are where functions run. */
  readonly vpc: IVpc;
  readonly functionSecurityGroup: ISecurityGroup;
}

/**
 * Gives a role its Kubernetes groups and nothing else: what the groups may do, the foundation's roles say. The managed access
 * policies could neither create namespaces and quotas nor routes.
 */
export function grantClusterGroups(
  scope: Construct,
  id: string,
  grant: { readonly cluster: ClusterConnection; readonly role: IRole; readonly groups: readonly string[] },
): CfnAccessEntry {
  return new CfnAccessEntry(scope, id, {
    clusterName: grant.cluster.name,
    principalArn: grant.role.roleArn,
    kubernetesGroups: [...grant.groups],
    type: 'STANDARD',
  });
}
