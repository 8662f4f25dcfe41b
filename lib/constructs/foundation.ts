/**
 * Foundation: the one function with administrator access, which prepares the cluster at every deployment and in every sweep.
 * Separate because nothing else may ever be an administrator of the cluster.
 */
import { CustomResource, Lazy, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';
import type { FoundationProperties } from '../../lambdas/contracts/foundation.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { answer, LOG_KEY, WAITS_FOR_ROLE } from './answers.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { Installation } from './installation.ts';
import { FUNCTION_ANSWERS, OUTSIDE_THE_NETWORK, StageFunction } from './stage-function.ts';
import type { WaysIn } from './ways-in.ts';

export interface FoundationProps {
  readonly installation: Installation;
  readonly cluster: ClusterConnection;
  readonly waysIn: WaysIn;
  /** What must be there before the cluster can be prepared. */
  readonly after: readonly IDependable[];
}

export class Foundation extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: FoundationProps) {
    super(scope, id);
    const { installation, cluster } = props;
    const stage = new StageFunction(this, 'Foundation', {
      installation,
      cluster,
      function: 'foundation',
      description: 'Prepares the cluster: roles, admission policies, gateway, network policy',
      environment: {
        [FUNCTION_VARIABLES.targetGroups]: props.waysIn.targetGroups,
        [FUNCTION_VARIABLES.gatewayAddresses]: props.waysIn.addresses,
      },
    });
    this.stage = stage;

    const administrator = new CfnAccessEntry(this, 'Administrator', {
      clusterName: cluster.name,
      principalArn: stage.role.roleArn,
      type: 'STANDARD',
      accessPolicies: [
        {
          policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
          accessScope: { type: 'cluster' },
        },
      ],
    });

    const providerName = `${installation.name}-foundation-provider`;
    const log = new LogGroup(this, 'ProviderLog', {
      logGroupName: `/aws/lambda/${providerName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    answer(log, LOG_KEY);
    const provider = new Provider(this, 'Provider', {
      onEventHandler: stage.function,
      providerFunctionName: providerName,
      logGroup: log,
    });
    acknowledgeProvider(provider, stage.function);

    // The asset's key changes with the code and with the settings beside it.
    const properties: FoundationProperties = {
      revision: Lazy.string({
        produce: () => {
          const { code } = stage.function.node.defaultChild as CfnFunction;
          return (Stack.of(this).resolve(code) as { readonly s3Key: string }).s3Key;
        },
      }),
    };
    const prepared = new CustomResource(this, 'Prepared', {
      resourceType: 'Custom::EspalierFoundation',
      serviceToken: provider.serviceToken,
      properties: { ...properties },
    });
    prepared.node.addDependency(administrator, ...props.after);
  }
}

/** CDK's provider framework decides its own role and runtime. */
function acknowledgeProvider(provider: Provider, called: LambdaFunction): void {
  const { 'Fn::GetAtt': attribute } = Stack.of(provider).resolve(called.functionArn) as {
    readonly 'Fn::GetAtt': readonly string[];
  };
  answer(provider.node.findChild('framework-onEvent'), WAITS_FOR_ROLE, ...FUNCTION_ANSWERS, OUTSIDE_THE_NETWORK);
  Validations.of(provider).acknowledge(
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'CDK’s provider framework gives its function the managed policy for writing logs.',
    },
    {
      id: `AwsSolutions-IAM5[Resource::<${attribute.join('.')}>:*]`,
      reason: 'CDK’s provider framework may invoke every version of the one function it calls.',
    },
    {
      id: 'AwsSolutions-L1',
      reason: 'CDK chooses the runtime of its provider framework and moves it forward itself.',
    },
  );
}
