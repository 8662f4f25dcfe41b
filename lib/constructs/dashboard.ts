/**
 * One page for operators: is it working, is something waiting, what is failing. Separate because it only looks.
 */
import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { Workflow } from './workflow.ts';

export interface OperatorsDashboardProps {
  readonly name: string;
  readonly alarms: Alarms;
  readonly workflows: readonly Workflow[];
  readonly sweep: Workflow;
}

const HALF = 12;

export class OperatorsDashboard extends Construct {
  constructor(scope: Construct, id: string, props: OperatorsDashboardProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const all = [...props.workflows, props.sweep].map(({ stateMachine }) => stateMachine);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.hours(12),
    });
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: props.alarms.alarms, width: HALF * 2, height: 3 }),
      new GraphWidget({
        title: 'Executions that ended well',
        left: all.map((machine) => machine.metricSucceeded({ period, statistic: Stats.SUM })),
        width: HALF,
      }),
      new GraphWidget({
        title: 'Executions that failed (rejected commits too)',
        left: all.map((machine) => machine.metricFailed({ period, statistic: Stats.SUM })),
        width: HALF,
      }),
      new GraphWidget({
        title: 'How long executions take',
        left: all.map((machine) => machine.metricTime({ period, statistic: Stats.percentile(90) })),
        width: HALF,
      }),
      new GraphWidget({
        title: 'Bugs, and failures that are nobody’s commit',
        left: [props.alarms.bugs, props.alarms.failures],
        width: HALF,
      }),
    );
  }
}
