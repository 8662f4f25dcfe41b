/**
 * What keeps an installation right and tells people and operators: the sweep, the Slack channel, alarms and the dashboard.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Installation } from '../constructs/installation.ts';
import { SweepStage } from '../constructs/sweep.ts';
import type { ClusterStack } from './cluster-stack.ts';
import type { DeliveryStack } from './delivery-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface OperationsStackProps extends StackProps {
  readonly installation: Installation;
  readonly state: StateStack;
  readonly cluster: ClusterStack;
  readonly delivery: DeliveryStack;
}

export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, props);
    const { installation, delivery } = props;
    new SweepStage(this, 'Sweep', {
      installation,
      table: props.state.table,
      cluster: props.cluster.connection,
      topic: delivery.notice.topic,
      intake: delivery.intake.stage.function,
      environment: delivery.branchEnvironment.stage.function,
      foundation: props.cluster.foundation.function,
    });
  }
}
