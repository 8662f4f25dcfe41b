/**
 * The cluster, created or imported, prepared by the foundation. A stack of its own because it changes rarely, slowly, and everything
 * that runs depends on it.
 */
import { Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  Port,
  SecurityGroup,
  Subnet,
  SubnetType,
  Vpc,
  type ISecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct, IDependable } from 'constructs';
import type { ExistingCluster } from '../../lambdas/boundary/settings/cluster.ts';
import type { ClusterConnection } from '../constructs/cluster-connection.ts';
import { CreatedCluster } from '../constructs/created-cluster.ts';
import { Foundation } from '../constructs/foundation.ts';
import type { Installation } from '../constructs/installation.ts';
import { WaysIn } from '../constructs/ways-in.ts';

export interface ClusterStackProps extends StackProps {
  readonly installation: Installation;
}

/** A cluster as this stack sees it before it is prepared. */
interface BareCluster {
  readonly connection: ClusterConnection;
  readonly securityGroup: ISecurityGroup;
  readonly internalSubnets: SubnetSelection;
  readonly publicSubnets?: SubnetSelection;
  readonly after: readonly IDependable[];
}

export class ClusterStack extends Stack {
  readonly connection: ClusterConnection;
  readonly waysIn: WaysIn;
  readonly foundation: Foundation;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    const { installation } = props;
    const { cluster } = installation.settings;
    // Everything that runs in a created cluster would be lost with it.
    super(scope, id, { ...props, terminationProtection: cluster.existing === undefined });
    const bare =
      cluster.existing === undefined
        ? this.create(installation, cluster.create.version)
        : this.import(cluster.existing);
    this.connection = bare.connection;
    bare.securityGroup.addIngressRule(
      bare.connection.functionSecurityGroup,
      Port.tcp(443),
      `${installation.name}: functions call the API server`,
    );
    this.waysIn = new WaysIn(this, 'WaysIn', {
      installation,
      cluster: bare.connection,
      clusterSecurityGroup: bare.securityGroup,
      internalSubnets: bare.internalSubnets,
      ...(bare.publicSubnets !== undefined && { publicSubnets: bare.publicSubnets }),
    });
    this.foundation = new Foundation(this, 'Foundation', {
      installation,
      cluster: bare.connection,
      waysIn: this.waysIn,
      after: bare.after,
    });
  }

  private create(installation: Installation, version: string): BareCluster {
    const created = new CreatedCluster(this, 'Created', { installation: installation.name, version });
    return {
      connection: {
        name: created.cluster.clusterName,
        endpoint: created.cluster.clusterEndpoint,
        authority: created.cluster.clusterCertificateAuthorityData,
        vpc: created.vpc,
        functionSecurityGroup: this.functionSecurityGroup(created.vpc),
      },
      securityGroup: created.cluster.clusterSecurityGroup,
      internalSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      publicSubnets: { subnetType: SubnetType.PUBLIC },
      after: [created],
    };
  }

  /** Functions share the private subnets of the cluster; whether those reach DynamoDB, by endpoint or NAT, is their owner's. */
  private import(existing: ExistingCluster): BareCluster {
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: existing.vpc,
      // Zones are not asked for: subnets are used by their ids only.
      availabilityZones: existing.subnets.map(() => 'any'),
      isolatedSubnetIds: [...existing.subnets],
    });
    Validations.of(vpc).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'Nobody asks for the route tables of subnets that are given by their ids.',
    });
    const publicSubnets = existing.publicSubnets.map((subnet) => Subnet.fromSubnetId(this, subnet, subnet));
    return {
      connection: {
        name: existing.name,
        endpoint: existing.endpoint,
        authority: existing.authority,
        vpc,
        functionSecurityGroup: this.functionSecurityGroup(vpc),
      },
      securityGroup: SecurityGroup.fromSecurityGroupId(this, 'ClusterGroup', existing.securityGroup),
      internalSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      ...(publicSubnets.length > 0 && { publicSubnets: { subnets: publicSubnets } }),
      after: [],
    };
  }

  private functionSecurityGroup(vpc: ClusterConnection['vpc']): SecurityGroup {
    return new SecurityGroup(this, 'Functions', { vpc, description: 'Functions that call the API server' });
  }
}
