/**
 * Alarms for operators, each with a section of docs/runbook.md, and the topic they go to. Separate from notices, which tell authors
 * about their own branches: a rejected commit is no alarm.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { answer } from './answers.ts';
import type { Installation } from './installation.ts';
import type { StageFunction } from './stage-function.ts';
import type { Workflow } from './workflow.ts';

export interface AlarmsProps {
  readonly installation: Installation;
  readonly lostEvents: Queue;
  readonly stages: readonly StageFunction[];
  readonly workflows: readonly Workflow[];
  readonly sweep: Workflow;
}

/** Every alarm; the name is the anchor of its section in the runbook. */
export const ALARMS = ['lost-branch-events', 'failed-executions', 'bugs', 'sweep-stopped'] as const;
export type AlarmName = (typeof ALARMS)[number];

interface AlarmSpec {
  readonly metric: IMetric;
  readonly says: string;
  readonly threshold?: number;
  readonly comparison?: ComparisonOperator;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
}

export class Alarms extends Construct {
  readonly topic: Topic;
  readonly alarms: Alarm[] = [];
  readonly bugs: Metric;
  readonly failures: Metric;
  readonly #installation: string;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#installation = props.installation.name;
    this.topic = new Topic(this, 'Topic', {
      topicName: `${this.#installation}-alarms`,
      displayName: `Alarms of ${this.#installation}`,
      enforceSSL: true,
    });
    answer(this.topic, {
      checker: 'checkov',
      rule: 'CKV_AWS_26',
      reason:
        'CloudWatch cannot publish to a topic that is encrypted with the account’s key for SNS, as that of notices is. Alarms hold no secrets.',
    });
    // With a policy of its own a topic no longer lets the account's alarms publish by default.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    // An error of Lambda is no bug: a function that rejects a commit fails too. Bugs are what functions log as errors.
    this.bugs = this.count(
      'Bugs',
      '{ $.level = "ERROR" }',
      props.stages.map(({ logGroup }) => logGroup),
    );
    // The author was told of a rejected commit; everything else that fails concerns operators.
    this.failures = this.count(
      'Failures',
      '{ ($.type = "ExecutionFailed" && $.details.error != "rejected") || $.type = "ExecutionTimedOut" }',
      [...props.workflows, props.sweep].map(({ logGroup }) => logGroup),
    );

    this.alarm('lost-branch-events', {
      metric: props.lostEvents.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      says: 'Branch events could not be taken. The sweep looks at the branches by itself, later.',
    });
    this.alarm('failed-executions', {
      metric: this.failures,
      says: 'A delivery, withdrawal or sweep failed for a reason that is not its author’s.',
    });
    this.alarm('bugs', { metric: this.bugs, says: 'A function failed in a way that nobody foresaw.' });
    const { everyMinutes } = props.installation.settings.sweep;
    this.alarm('sweep-stopped', {
      metric: props.sweep.stateMachine.metricSucceeded({
        statistic: Stats.SUM,
        // Four sweeps in a row; at least five minutes, the shortest period that alarms on a schedule make sense for.
        period: Duration.minutes(Math.max(5, 4 * everyMinutes)),
      }),
      says: 'No sweep succeeded for four rounds: lost events are not made up for.',
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
  }

  private count(name: string, pattern: string, logGroups: readonly ILogGroup[]): Metric {
    const metric = new Metric({
      namespace: `Espalier/${this.#installation}`,
      metricName: name,
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    });
    for (const logGroup of logGroups) {
      logGroup.addMetricFilter(`${name}Filter`, {
        filterPattern: FilterPattern.literal(pattern),
        metricNamespace: metric.namespace,
        metricName: metric.metricName,
      });
    }
    return metric;
  }

  private alarm(name: AlarmName, spec: AlarmSpec): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.#installation}-${name}`,
      alarmDescription: `${spec.says} What to do: docs/runbook.md#${name}`,
      metric: spec.metric,
      threshold: spec.threshold ?? 0,
      comparisonOperator: spec.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: spec.periods ?? 1,
      treatMissingData: spec.missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.alarms.push(alarm);
  }
}
