/**
 * The tasks `states:startExecution`, `.sync` and `.sync:2`: a workflow that starts another. Separate from the other
 * integrations because only these come back to Step Functions itself.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
import { AwsError, type Call, type Caller } from '../api.ts';
import { untilAborted } from './clock.ts';
import type { Executions } from './executions.ts';
import type { TaskRunner } from './run.ts';

const integration = ':states:startExecution';

/** What nested executions need. */
export interface NestedOptions {
  executions(): Executions;
  /** Calls the API as the machine's role, so that its policies decide. */
  readonly call: Call;
  sessionOf(roleArn: string, executionArn: string): Caller;
}

/** Answers `states:startExecution` here and passes every other resource on. */
export function withNestedExecutions(tasks: TaskRunner, options: NestedOptions): TaskRunner {
  return async (resource, args, context) => {
    if (!resource.includes(integration)) return tasks(resource, args, context);
    const caller = options.sessionOf(context.roleArn, context.executionArn);
    const { StateMachineArn, Name, Input, ...others } = args as Record<string, unknown>;
    const unknown = Object.keys(others).filter((name) => name !== 'TraceHeader');
    if (unknown.length > 0)
      throw { name: 'States.Runtime', cause: `${resource} has no argument ${unknown.join(', ')}.` };
    const known = context.submission as { ExecutionArn: string } | undefined;
    const started =
      known ??
      (await options
        .call(
          'states',
          'StartExecution',
          {
            stateMachineArn: StateMachineArn,
            ...(Name === undefined ? {} : { name: Name }),
            input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}),
          },
          caller,
        )
        .then((output) => {
          const { executionArn, startDate } = output as { executionArn: string; startDate: Date };
          return { ExecutionArn: executionArn, StartDate: startDate.getTime() };
        })
        .catch((error: unknown) => {
          if (!(error instanceof AwsError)) throw error;
          const name = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
          throw { name: `StepFunctions.${name}`, cause: error.message };
        }));
    if (!resource.includes('.sync')) return started;
    context.submitted(started);
    try {
      await untilAborted(options.executions().ended(started.ExecutionArn), context.signal);
    } catch (error) {
      await options.call('states', 'StopExecution', { executionArn: started.ExecutionArn }, caller);
      throw error;
    }
    const described = await options.call('states', 'DescribeExecution', { executionArn: started.ExecutionArn }, caller);
    return resultOf(described as Record<string, unknown>, resource.endsWith(':2'));
  };
}

/** Member names as the SDK for Java spells them; with `:2` input and output are values instead of their text. */
function resultOf(described: Record<string, unknown>, parsed: boolean): unknown {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(described)) {
    const text = name === 'input' || name === 'output';
    result[`${name[0]?.toUpperCase()}${name.slice(1)}`] =
      value instanceof Date ? value.getTime() : parsed && text ? (JSON.parse(String(value)) as unknown) : value;
  }
  if (described.status !== 'SUCCEEDED') throw { name: 'States.TaskFailed', cause: JSON.stringify(result) };
  return result;
}
