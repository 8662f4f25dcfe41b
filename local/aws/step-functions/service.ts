/**
 * The Step Functions API: what the SDK, the AWS CLI and EventBridge targets call. Separate from the executions, which
 * know nothing of requests. State machines come from the assembly; creating and changing them is refused.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type * as sfn from '@aws-sdk/client-sfn';
import { AwsError, type Account, type Call, type Caller, type Service } from '../api.ts';
import { json } from '../protocols.ts';
import { realClock, type Clock } from './clock.ts';
import { Executions, type ExecutionRecord, type StateMachine } from './executions.ts';
import type { HistoryEvent } from './history.ts';
import { JournalFiles } from './journal-files.ts';
import { DefinitionError, loadDefinition } from './load-definition.ts';
import { withNestedExecutions, type NestedOptions } from './nested-executions.ts';
import { payloadLimit, type TaskRunner } from './run.ts';
import { statusEvent } from './status-event.ts';
import type { WaitingTask } from './task-tokens.ts';

/** What Step Functions needs from the rest of the laptop. */
export interface StepFunctionsOptions {
  readonly account: Account;
  readonly machines: readonly StateMachine[];
  /** Runs every resource but `states:startExecution`. */
  readonly tasks: TaskRunner;
  /** In-process calls under the caller's policies. */
  readonly call: Call;
  /** The session in which a machine's role calls. */
  sessionOf(roleArn: string, executionArn: string): Caller;
  /** Puts `aws.states` events on the bus. */
  emit(event: Record<string, unknown>): void;
  /** Tells CloudTrail about a call that started an execution. */
  told?(name: string, request: Record<string, unknown>, response: Record<string, unknown>, caller: Caller): void;
  /** Tasks of executions that go on wait for this, so that what they call is there. */
  readonly ready?: Promise<unknown>;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Checks the definitions, goes on with what an earlier process left, and answers the service to mount. Throws DefinitionError. */
export async function stepFunctionsApi(options: StepFunctionsOptions): Promise<Service> {
  const { account, clock = realClock, random = Math.random } = options;
  const machines = new Map(options.machines.map((machine) => [machine.arn, machine]));
  for (const { name, definition } of options.machines) named(name, () => loadDefinition(definition));
  const created = clock.now();
  const nested: NestedOptions = {
    executions: () => executions,
    call: options.call,
    sessionOf: (roleArn, executionArn) => options.sessionOf(roleArn, executionArn),
  };
  const executions: Executions = new Executions({
    files: new JournalFiles(join(account.state, 'step-functions')),
    clock,
    random,
    tasks: async (...task) => {
      await options.ready;
      return withNestedExecutions(options.tasks, nested)(...task);
    },
    changed: (execution) => options.emit(statusEvent(execution, account.region, account.id)),
  });

  const machineOf = (arn = ''): StateMachine => {
    const machine = machines.get(arn);
    if (machine) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  };
  const executionOf = (arn = ''): ExecutionRecord => {
    const execution = executions.find(arn);
    if (execution) return execution;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };
  const waiting = (token = ''): WaitingTask => {
    const task = executions.tokens.find(token);
    if (task === 'unknown') throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
    if (task === 'closed') throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    return task;
  };
  const described = (machine: StateMachine) => ({
    stateMachineArn: machine.arn,
    name: machine.name,
    type: 'STANDARD',
    creationDate: new Date(created),
  });
  const settings = {
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  };

  const actions = {
    ListStateMachines: ({ maxResults, nextToken }: sfn.ListStateMachinesInput) => {
      const page = pageOf([...machines.values()].map(described), maxResults, nextToken);
      return { stateMachines: page.items, nextToken: page.nextToken };
    },
    DescribeStateMachine: ({ stateMachineArn }: sfn.DescribeStateMachineInput) => {
      const machine = machineOf(stateMachineArn);
      const { roleArn, definition } = machine;
      const revisionId = createHash('sha256').update(definition).digest('hex').slice(0, 32);
      return { ...described(machine), ...settings, status: 'ACTIVE', definition, roleArn, revisionId };
    },
    DescribeStateMachineForExecution: ({ executionArn }: sfn.DescribeStateMachineForExecutionInput) => {
      const execution = executionOf(executionArn);
      const { stateMachineArn, roleArn } = execution;
      const definition = executions.definition(execution);
      const name = stateMachineArn.split(':').at(-1);
      return { stateMachineArn, name, definition, roleArn, updateDate: new Date(execution.startDate), ...settings };
    },
    ListTagsForResource: ({ resourceArn }: sfn.ListTagsForResourceInput) => {
      const machine = machines.get(resourceArn ?? '');
      if (!machine) throw new AwsError('ResourceNotFound', `Resource not found: '${resourceArn}'`);
      return { tags: Object.entries(machine.tags ?? {}).map(([key, value]) => ({ key, value })) };
    },
    ValidateStateMachineDefinition: ({ definition = '' }: sfn.ValidateStateMachineDefinitionInput) => {
      try {
        loadDefinition(definition);
        return { result: 'OK', diagnostics: [], truncated: false };
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        const code = 'SCHEMA_VALIDATION_FAILED';
        const diagnostics = error.problems.map((message) => ({ severity: 'ERROR', code, message }));
        return { result: 'FAIL', diagnostics, truncated: false };
      }
    },
    StartExecution: (
      { stateMachineArn, name = randomUUID(), input = '{}' }: sfn.StartExecutionInput,
      caller: Caller,
    ) => {
      const machine = machineOf(stateMachineArn);
      // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html#StepFunctions-StartExecution-request-name
      if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
        throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
      }
      if (!isJson(input)) {
        throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${input}' is not JSON`);
      }
      if (Buffer.byteLength(input) > payloadLimit) {
        throw new AwsError('ValidationException', `The input is longer than ${payloadLimit} bytes.`);
      }
      const { executionArn, startDate } = executions.start(machine, name, input);
      const request = { stateMachineArn, name, input };
      options.told?.('StartExecution', request, { startDate: new Date(startDate).toISOString(), executionArn }, caller);
      return { executionArn, startDate: new Date(startDate) };
    },
    StopExecution: ({ executionArn = '', error, cause }: sfn.StopExecutionInput) => {
      executionOf(executionArn);
      executions.stop(executionArn, error, cause);
      return { stopDate: new Date(executionOf(executionArn).stopDate ?? clock.now()) };
    },
    DescribeExecution: ({ executionArn }: sfn.DescribeExecutionInput) => {
      const execution = executionOf(executionArn);
      const { input, outcome } = execution;
      const details = { included: true };
      const ended =
        outcome?.status === 'SUCCEEDED' ? { output: JSON.stringify(outcome.output), outputDetails: details } : outcome;
      return { ...ended, ...summary(execution), input, inputDetails: details, redriveCount: 0 };
    },
    ListExecutions: ({ stateMachineArn, statusFilter, maxResults, nextToken }: sfn.ListExecutionsInput) => {
      const all = executions.list(machineOf(stateMachineArn).arn).map(summary);
      const matching = all.filter(({ status }) => statusFilter === undefined || status === statusFilter);
      const page = pageOf(matching, maxResults, nextToken);
      return { executions: page.items, nextToken: page.nextToken };
    },
    GetExecutionHistory: (input: sfn.GetExecutionHistoryInput) => {
      const { executionArn } = executionOf(input.executionArn);
      const events = executions
        .history(executionArn)
        .map((event) => wireEvent(event, input.includeExecutionData ?? true));
      const page = pageOf(
        input.reverseOrder === true ? events.toReversed() : events,
        input.maxResults,
        input.nextToken,
      );
      return { events: page.items, nextToken: page.nextToken };
    },
    SendTaskSuccess: ({ taskToken, output = '' }: sfn.SendTaskSuccessInput) => {
      if (!isJson(output)) throw new AwsError('InvalidOutput', `Invalid Output: '${output}' is not JSON`);
      waiting(taskToken).succeed(JSON.parse(output));
      return {};
    },
    SendTaskFailure: ({ taskToken, error = 'States.TaskFailed', cause }: sfn.SendTaskFailureInput) => {
      waiting(taskToken).fail(error, cause);
      return {};
    },
    SendTaskHeartbeat: ({ taskToken }: sfn.SendTaskHeartbeatInput) => {
      waiting(taskToken).heartbeat();
      return {};
    },
  };
  // Tokens of executions that go on are known again before the first request comes.
  await new Promise((resolve) => setImmediate(resolve));
  return { name: 'states', protocol: json, actions };
}

function summary(execution: ExecutionRecord) {
  const { executionArn, stateMachineArn, name, startDate, stopDate, outcome } = execution;
  const stop = stopDate === undefined ? {} : { stopDate: new Date(stopDate) };
  return {
    executionArn,
    stateMachineArn,
    name,
    status: outcome?.status ?? 'RUNNING',
    startDate: new Date(startDate),
    ...stop,
  };
}

/** `TaskStateEntered` has `stateEnteredEventDetails`, `MapIterationStarted` `mapIterationStartedEventDetails`. */
function wireEvent({ details, timestamp, ...event }: HistoryEvent, data: boolean): Record<string, unknown> {
  const type = event.type.replace(/^\w+(State(Entered|Exited))$/, '$1');
  const shown = Object.entries(details ?? {}).filter(([name]) => data || !/^(input|output)(Details)?$/.test(name));
  const key = `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`;
  return { ...event, timestamp: new Date(timestamp), ...(details ? { [key]: Object.fromEntries(shown) } : {}) };
}

/** A page of at most 1,000, 100 if not said; the token says how many came before. */
function pageOf<T>(
  all: readonly T[],
  maxResults?: number,
  token?: string,
): { items: T[]; nextToken: string | undefined } {
  const size = maxResults === undefined || maxResults === 0 ? 100 : maxResults;
  if (size < 0 || size > 1000) throw new AwsError('ValidationException', `maxResults is ${size}; allowed: 0 to 1000.`);
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  const end = start + size;
  const nextToken = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: all.slice(start, end), nextToken };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function named(name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(error.problems.map((problem) => `${name}: ${problem}`));
  }
}
