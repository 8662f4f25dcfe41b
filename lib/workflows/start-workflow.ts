/**
 * A task that starts another state machine, and waits for its end or not. Separate because CDK's own task grants more than it needs,
 * and because long rollouts have a history of their own.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { QueryLanguage, TaskStateBase, Timeout, type TaskMetricsConfig } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EXECUTION, type Expression } from './expressions.ts';
import { RETRY_POLICIES } from './retry-policies.ts';

export interface StartWorkflowOptions {
  /** ARN of the state machine. */
  readonly machine: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Name of the started execution; by default that of the one which starts it. */
  readonly name?: Expression;
  /** Given, waits for the end, at most so long. */
  readonly until?: Duration;
  readonly assign?: Readonly<Record<string, unknown>>;
}

export class StartWorkflow extends TaskStateBase {
  protected readonly taskMetrics: TaskMetricsConfig = {};
  protected readonly taskPolicies: PolicyStatement[];
  readonly #options: StartWorkflowOptions;

  constructor(scope: Construct, sentence: string, options: StartWorkflowOptions) {
    super(scope, sentence, {
      queryLanguage: QueryLanguage.JSONATA,
      taskTimeout: Timeout.duration(options.until ?? Duration.seconds(75)),
      outputs: {},
      ...(options.assign !== undefined && { assign: options.assign }),
    });
    this.#options = options;
    const { machine, until } = options;
    const stack = Stack.of(this);
    this.taskPolicies = [
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine] }),
      // Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html (IAM policies for .sync)
      ...(until === undefined
        ? []
        : [
            new PolicyStatement({
              actions: ['states:DescribeExecution', 'states:StopExecution'],
              resources: [`${machine.replace(':stateMachine:', ':execution:')}:*`],
            }),
            new PolicyStatement({
              actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
              resources: [
                stack.formatArn({
                  service: 'events',
                  resource: 'rule',
                  resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
                }),
              ],
            }),
          ]),
    ];
    this.addRetry(RETRY_POLICIES['starter-busy']);
  }

  protected _renderTask(): object {
    const { machine, input, until, name = EXECUTION } = this.#options;
    return {
      Resource: `arn:aws:states:::states:startExecution${until === undefined ? '' : '.sync:2'}`,
      // The name makes starting twice start once.
      Arguments: { StateMachineArn: machine, Name: name, Input: input },
    };
  }
}
