/**
 * The network and the EKS cluster that an installation makes for itself. Separate because an imported cluster has neither.
 */
import { Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { FlowLogDestination, GatewayVpcEndpointAwsService, SubnetType, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ClusterLoggingTypes, EndpointAccess, KubernetesVersion } from 'aws-cdk-lib/aws-eks-v2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { answer, LOG_KEY } from './answers.ts';

export class CreatedCluster extends Construct {
  readonly vpc: IVpc;
  readonly cluster: Cluster;

  constructor(scope: Construct, id: string, props: { readonly installation: string; readonly version: string }) {
    super(scope, id);
    this.vpc = this.network(props.installation);
    this.cluster = new Cluster(this, 'Cluster', {
      clusterName: props.installation,
      version: KubernetesVersion.of(props.version),
      vpc: this.vpc,
      vpcSubnets: [{ subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
      // Only functions in the VPC call the API server; people come by VPN or a session in the VPC.
      endpointAccess: EndpointAccess.PRIVATE,
      // The foundation is the only administrator, by an access entry of its own.
      bootstrapClusterCreatorAdminPermissions: false,
      clusterLogging: [
        ClusterLoggingTypes.API,
        ClusterLoggingTypes.AUDIT,
        ClusterLoggingTypes.AUTHENTICATOR,
        ClusterLoggingTypes.CONTROLLER_MANAGER,
        ClusterLoggingTypes.SCHEDULER,
      ],
      outputConfigCommand: false,
    });
    answer(
      this.cluster,
      {
        checker: 'cfn-lint',
        rule: 'W3005',
        reason:
          'CDK makes the cluster wait for the whole network; those subnets that it also names are redundant and harmless.',
      },
      {
        checker: 'checkov',
        rule: 'CKV_AWS_58',
        reason:
          'EKS encrypts everything that the API server stores, with a key of its own, from Kubernetes 1.28 on (https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html); secrets of services are sealed before they come here.',
      },
    );
    Validations.of(this.cluster).acknowledge(
      ...MANAGED_POLICIES.map((policy) => ({
        id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
        reason:
          'EKS Auto Mode requires this managed policy of its cluster or node role; AWS keeps it in step with Auto Mode.',
      })),
    );
  }

  /** Public subnets for load balancers, private ones for nodes, isolated ones for functions that need nothing but the cluster. */
  private network(installation: string): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: installation,
      // Named by position, so that synthesis looks nothing up.
      availabilityZones: [0, 1].map((index) => Fn.select(index, Fn.getAzs())),
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'nodes', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 19 },
        { name: 'functions', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        Table: { service: GatewayVpcEndpointAwsService.DYNAMODB },
        Images: { service: GatewayVpcEndpointAwsService.S3 },
      },
    });
    const log = new LogGroup(this, 'FlowLog', {
      logGroupName: `/${installation}/network`,
      retention: RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    answer(log, LOG_KEY);
    vpc.addFlowLog('Flow', { destination: FlowLogDestination.toCloudWatchLogs(log) });
    // CDK's own classes do not fit their interfaces under exactOptionalPropertyTypes.
    return vpc as IVpc;
  }
}

/** Source: https://docs.aws.amazon.com/eks/latest/userguide/automode-get-started-cli.html (IAM roles) */
const MANAGED_POLICIES = [
  'AmazonEKSClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEC2ContainerRegistryReadOnly',
];
