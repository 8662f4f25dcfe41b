/**
 * A task that asks a function. Separate from CDK's LambdaInvoke because that grants `<function>:*` too, and because here no task
 * can be made without a time limit and a named retry policy.
 */
import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { QueryLanguage, TaskStateBase, Timeout, type TaskMetricsConfig } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EXECUTION, type Asked } from './expressions.ts';
import { RETRY_POLICIES, type RetryPolicy } from './retry-policies.ts';

/** Longest that a function runs, and how much longer its task waits, so that Lambda's own time-out is heard first. */
export const FUNCTION_TIMEOUT = Duration.seconds(60);
const TASK_TIMEOUT = Duration.seconds(75);

export interface AskOptions<Input> {
  /** What is asked; `execution` is added. */
  readonly input: Asked<Input>;
  /** Variables for later states. */
  readonly assign?: Readonly<Record<string, unknown>>;
  /** What the next state gets as input; nothing by default, since variables carry what is needed. */
  readonly output?: unknown;
  readonly policy?: RetryPolicy;
  readonly timeout?: Duration;
}

export class Ask<Input> extends TaskStateBase {
  protected readonly taskMetrics: TaskMetricsConfig = {};
  protected readonly taskPolicies: PolicyStatement[];
  readonly #target: IFunction;
  readonly #input: Asked<Input>;

  constructor(scope: Construct, sentence: string, target: IFunction, options: AskOptions<Input>) {
    super(scope, sentence, {
      queryLanguage: QueryLanguage.JSONATA,
      taskTimeout: Timeout.duration(options.timeout ?? TASK_TIMEOUT),
      outputs: options.output ?? {},
      ...(options.assign !== undefined && { assign: options.assign }),
    });
    this.#target = target;
    this.#input = options.input;
    this.taskPolicies = [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] })];
    this.addRetry(RETRY_POLICIES[options.policy ?? 'passing-trouble']);
  }

  protected _renderTask(): object {
    return {
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: {
        FunctionName: this.#target.functionArn,
        Payload: { ...this.#input, execution: EXECUTION },
      },
    };
  }
}
