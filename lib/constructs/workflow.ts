/**
 * A state machine with its log and its name. Separate from the definitions so that those hold nothing but states.
 */
import { RemovalPolicy, Validations, type Duration } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, QueryLanguage, StateMachine, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { answer, answerPolicy, LOG_KEY, NAMED_EXECUTIONS, WAITS_FOR_ROLE } from './answers.ts';

export interface WorkflowProps {
  readonly name: string;
  /** What a person reads above the definition in the console. */
  readonly comment: string;
  readonly timeout: Duration;
  /** ARNs of state machines that it starts and waits for. */
  readonly waitsFor?: readonly string[];
  /** Makes the definition's states in the given scope and answers the first. */
  readonly definition: (scope: Construct) => IChainable;
}

export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Log', {
      // The prefix keeps the account's resource policy for log delivery below its size limit.
      // Source: https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
      logGroupName: `/aws/vendedlogs/states/${props.name}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    answer(this.logGroup, LOG_KEY);
    this.stateMachine = new StateMachine(this, 'Machine', {
      stateMachineName: props.name,
      comment: props.comment,
      queryLanguage: QueryLanguage.JSONATA,
      timeout: props.timeout,
      definitionBody: DefinitionBody.fromChainable(props.definition(this)),
      tracingEnabled: true,
      logs: { destination: this.logGroup, level: LogLevel.ALL, includeExecutionData: true },
    });
    for (const machine of props.waitsFor ?? []) {
      const executions = `${machine.replace(':stateMachine:', ':execution:')}:*`;
      Validations.of(this.stateMachine).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${executions.replaceAll(/\$\{Token\[AWS\.(\w+)\.\d+\]\}/g, '<AWS::$1>')}]`,
        reason: 'Executions are named as they are started; the state machine is named exactly.',
      });
    }
    answer(this.stateMachine, WAITS_FOR_ROLE);
    answerPolicy(
      this.stateMachine.role as Role,
      {
        checker: 'parliament',
        rule: 'PERMISSIONS_MANAGEMENT_ACTIONS',
        reason:
          'Step Functions enters the log into the account’s resource policy for log delivery with the role of the state machine, and needs logs:PutResourcePolicy for it.',
      },
      ...(props.waitsFor === undefined ? [] : [NAMED_EXECUTIONS]),
    );
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray and the vended-logs delivery of Step Functions support no resource-level permissions; every other statement names its resource.',
    });
  }
}
