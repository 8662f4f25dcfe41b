/**
 * Rollout: the function of a tier that opens routes, points traffic and reads back; the probe that asks public routes from outside,
 * and the lookout that asks what only the APIs of AWS know. Separate because nobody else may move traffic.
 */
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { hasBalancedRoutes } from '../../lambdas/boundary/settings/rules.ts';
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { answerPolicy } from './answers.ts';
import { grantClusterGroups } from './cluster-connection.ts';
import type { ClusterStageProps } from './environment.ts';
import type { Installation } from './installation.ts';
import { allowTable } from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface RolloutProps extends ClusterStageProps {
  /** DNS name of the load balancer per access, as JSON. */
  readonly gatewayAddresses: string;
}

export class RolloutStage extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: RolloutProps) {
    super(scope, id);
    const { installation, tier, cluster } = props;
    this.stage = new StageFunction(this, 'Rollout', {
      installation,
      tier,
      cluster,
      function: 'rollout',
      description: `Opens routes, moves traffic and reads back in ${tier} environments`,
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.gatewayAddresses]: props.gatewayAddresses,
      },
    });
    allowTable(this.stage, props.table, ['GetItem', 'PutItem']);
    grantClusterGroups(this, 'Groups', {
      cluster,
      role: this.stage.role,
      groups: [clusterGroup(installation.name, 'rollout', tier)],
    });
  }
}

/** Asks a public route as its users do; the functions of the VPC have no way to the outside. It may do nothing else. */
export class Probe extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: { readonly installation: Installation }) {
    super(scope, id);
    this.stage = new StageFunction(this, 'Probe', {
      installation: props.installation,
      function: 'probe',
      description: 'Asks public routes from outside the network',
    });
  }
}

/** Asks the APIs of AWS for rollouts, since the functions of the VPC have no way there. It reads, and may do nothing else. */
export class Lookout extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: { readonly installation: Installation }) {
    super(scope, id);
    const { installation } = props;
    this.stage = new StageFunction(this, 'Lookout', {
      installation,
      function: 'lookout',
      description: 'Asks the APIs of AWS for rollouts from outside the network',
    });
    if (installation.settings.metrics.cloudWatch) {
      this.stage.allow(['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'], ['*']);
      answerPolicy(this.stage.role, {
        checker: 'parliament',
        rule: 'RESOURCE_STAR',
        reason: 'cloudwatch:DescribeAlarms tells of composite alarms only to those who may ask for all.',
      });
    }
    if (hasBalancedRoutes(installation.settings)) {
      this.stage.allow(
        ['LoadBalancers', 'Listeners', 'Rules', 'TargetHealth'].map((what) => `elasticloadbalancing:Describe${what}`),
        ['*'],
      );
    }
    Validations.of(this.stage.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'cloudwatch:GetMetricData and the Describe actions of elasticloadbalancing support no resource-level permissions, and cloudwatch:DescribeAlarms tells of composite alarms only to those who may ask for all.',
    });
  }
}
