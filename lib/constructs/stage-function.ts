/**
 * One function of a stage: name, log, role and code. Separate because all functions are alike in this, and a role must begin
 * empty: what a function may do stands in the construct of its stage, nowhere else.
 */
import { RemovalPolicy, Validations, type Duration } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { IDestination } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { functionCode } from '../bundling/function-code.ts';
import type { FunctionName } from '../bundling/functions.ts';
import { FUNCTION_TIMEOUT } from '../workflows/ask.ts';
import { answer, answerPolicy, LOG_KEY, WAITS_FOR_ROLE, type Answer } from './answers.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { Installation } from './installation.ts';

export interface StageFunctionProps {
  readonly installation: Installation;
  readonly function: FunctionName;
  readonly description: string;
  readonly tier?: Tier;
  /** Given, the function runs in the cluster's network and is told how to reach the API server. */
  readonly cluster?: ClusterConnection;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeout?: Duration;
  /** Megabytes; 512 gives a third of a processor, which keeps cold starts below half a second. */
  readonly memory?: number;
  /** Where events go that the function could not take, for functions that are invoked asynchronously. */
  readonly onFailure?: IDestination;
}

export class StageFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: StageFunctionProps) {
    super(scope, id);
    const { installation, cluster, tier } = props;
    const functionName = [installation.name, props.function, ...(tier === undefined ? [] : [tier])].join('-');

    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    answer(this.logGroup, LOG_KEY);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${functionName}: ${props.description}`,
    });
    this.logGroup.grantWrite(this.role);
    if (cluster !== undefined) this.allowNetworkInterfaces();

    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: functionCode(props.function, installation.settingsJson),
      role: this.role,
      memorySize: props.memory ?? 512,
      timeout: props.timeout ?? FUNCTION_TIMEOUT,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        [FUNCTION_VARIABLES.installation]: installation.name,
        ...(tier !== undefined && { [FUNCTION_VARIABLES.tier]: tier }),
        ...(cluster !== undefined && {
          [FUNCTION_VARIABLES.clusterName]: cluster.name,
          [FUNCTION_VARIABLES.clusterEndpoint]: cluster.endpoint,
          [FUNCTION_VARIABLES.clusterAuthority]: cluster.authority,
        }),
        ...props.environment,
      },
      ...(cluster !== undefined && {
        vpc: cluster.vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
        securityGroups: [cluster.functionSecurityGroup],
      }),
      ...(props.onFailure !== undefined && { onFailure: props.onFailure, retryAttempts: 2 }),
    });
    this.answerCheckers(cluster !== undefined);
  }

  /** What checkers find in a function, and why it is as it should be. */
  private answerCheckers(inCluster: boolean): void {
    answer(this.function, WAITS_FOR_ROLE, ...FUNCTION_ANSWERS);
    if (!inCluster) answer(this.function, OUTSIDE_THE_NETWORK);
  }

  /** Lets the function's code call exactly these actions on exactly these resources. */
  allow(actions: readonly string[], resources: readonly string[], conditions?: Record<string, unknown>): void {
    this.role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions !== undefined && { conditions }),
      }),
    );
  }

  /**
   * Lambda makes the network interface of a function in a VPC with the function's own role, and offers no resource to name.
   * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (execution role permissions)
   */
  private allowNetworkInterfaces(): void {
    this.allow(
      [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      ['*'],
    );
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda creates the network interfaces of a function in a VPC with its role; these EC2 actions support no resource-level permissions.',
    });
    const reason =
      'Lambda makes the network interfaces of a function in a VPC with its role; AWS’s own policy for it (AWSLambdaVPCAccessExecutionRole) names no resource either.';
    answerPolicy(
      this.role,
      { checker: 'checkov', rule: 'CKV_AWS_111', reason },
      { checker: 'parliament', rule: 'RESOURCE_STAR', reason },
    );
  }
}

/** Of every function, those of the CDK too. */
export const FUNCTION_ANSWERS: readonly Answer[] = [
  {
    checker: 'checkov',
    rule: 'CKV_AWS_115',
    reason:
      'Reserved concurrency is taken from everybody else in the account; state machines bound what runs at once, and a burst must not be refused.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_116',
    reason:
      'State machines and CloudFormation call it and wait for its answer; what events hand over is kept by the destination of the function or by the rule.',
  },
  {
    checker: 'checkov',
    rule: 'CKV_AWS_173',
    reason:
      'Its variables are names and addresses; secrets are read where they are used and never stand in a variable.',
  },
];

/** Of functions that call AWS or the world and never the cluster. */
export const OUTSIDE_THE_NETWORK: Answer = {
  checker: 'checkov',
  rule: 'CKV_AWS_117',
  reason:
    'It calls the APIs of AWS, which the isolated subnets do not reach, and never the cluster; no function needs both.',
};
