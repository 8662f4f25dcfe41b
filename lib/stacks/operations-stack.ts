/**
 * What keeps an installation right and tells people and operators: the sweep, the Slack channel, alarms and the dashboard.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms.ts';
import { OperatorsDashboard } from '../constructs/dashboard.ts';
import type { Installation } from '../constructs/installation.ts';
import { SlackChannel } from '../constructs/slack-channel.ts';
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
    const { installation, delivery, cluster } = props;
    const sweep = new SweepStage(this, 'Sweep', {
      installation,
      table: props.state.table,
      cluster: cluster.connection,
      topic: delivery.notice.topic,
      intake: delivery.intake.stage.function,
      environment: delivery.branchEnvironment.stage.function,
      foundation: cluster.foundation.stage.function,
      configuration: delivery.configuration,
    });
    const alarms = new Alarms(this, 'Alarms', {
      installation,
      lostEvents: delivery.intake.lostEvents,
      stages: [...delivery.stages, sweep.branches, sweep.namespaces, cluster.foundation.stage],
      workflows: delivery.workflows,
      sweep: sweep.workflow,
    });
    new OperatorsDashboard(this, 'Dashboard', {
      name: installation.name,
      alarms,
      workflows: delivery.workflows,
      sweep: sweep.workflow,
    });
    const { slack } = installation.settings.notices;
    if (slack !== undefined) {
      new SlackChannel(this, 'Slack', {
        installation: installation.name,
        workspaceId: slack.workspaceId,
        channelId: slack.channelId,
        topics: [delivery.notice.topic, alarms.topic],
      });
    }
  }
}
