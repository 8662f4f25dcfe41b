/**
 * A state that waits until its time is over or the function `approval` wakes it. Separate because its time limit is no limit but the wait itself: its
 * States.Timeout leads on, and it takes no Lambda while it waits.
 */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { QueryLanguage, TaskStateBase, Timeout, type TaskMetricsConfig } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EXECUTION, type Expression } from './expressions.ts';
import { RETRY_POLICIES } from './retry-policies.ts';

export interface AwaitDecisionOptions {
  /** What is waited for: a decision under this approval, or to hear who started this execution. */
  readonly for: { readonly approval: Expression } | 'starter';
  /** Whole seconds, at least one. */
  readonly seconds: Expression;
  /** What a person in the console reads in the state's input. */
  readonly asked?: Readonly<Record<string, Expression>>;
  /** What the next state gets; a WakeOutput by default. */
  readonly output?: unknown;
}

export class AwaitDecision extends TaskStateBase {
  protected readonly taskMetrics: TaskMetricsConfig = {};
  protected readonly taskPolicies: PolicyStatement[];
  readonly #target: IFunction;
  readonly #options: AwaitDecisionOptions;

  constructor(scope: Construct, sentence: string, target: IFunction, options: AwaitDecisionOptions) {
    super(scope, sentence, {
      queryLanguage: QueryLanguage.JSONATA,
      taskTimeout: Timeout.jsonata(options.seconds),
      outputs: options.output ?? '{% $states.result %}',
    });
    this.#target = target;
    this.#options = options;
    this.taskPolicies = [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] })];
    this.addRetry(RETRY_POLICIES['until-decided']);
  }

  protected _renderTask(): object {
    const { for: awaited, asked } = this.#options;
    const action = awaited === 'starter' ? { action: 'wait-for-starter' } : { action: 'wait', ...awaited };
    const token = '{% $states.context.Task.Token %}';
    return {
      // Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: this.#target.functionArn,
        Payload: { ...action, token, ...(asked !== undefined && { asked }), execution: EXECUTION },
      },
    };
  }
}
