/**
 * One attempt of a Task: schedule, call the resource, wait for what the resource's pattern asks, bounded by time-out
 * and heartbeat. Separate because it is the only state that reaches outside.
 *
 * Sources: https://states-language.net/spec.html#task-state and
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
 */
import { untilAborted } from './clock.ts';
import type { TaskState } from './definition.ts';
import type { HistoryEvent, Note } from './history.ts';
import { attemptOf, bindings, limited, numberField, type Run, type Scope, type Visit } from './run.ts';
import { CancelledError, StateError } from './state-error.ts';
import { createToken } from './task-tokens.ts';
import { uuid } from './functions.ts';

/** Longest time-out that may be given: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html. */
const longestTimeout = 99_999_999;

/** The task's result. Throws StateError. */
export async function attemptTask(run: Run, scope: Scope, state: TaskState, visit: Visit): Promise<unknown> {
  const names = eventNames(state.Resource);
  const record = (suffix: string, details: object, note?: Note): HistoryEvent =>
    run.recorder.event(scope.at, `${names.family}${suffix}`, { ...names.resource, ...details }, note);

  const earlier = (suffix: string): { details: Record<string, unknown>; note?: Note; at: number } | undefined => {
    const entry = visit.recorded.find(({ event }) => event?.type === `${names.family}${suffix}`);
    if (entry?.event === undefined) return undefined;
    return { details: entry.event.details ?? {}, ...(entry.note && { note: entry.note }), at: entry.event.timestamp };
  };
  const succeeded = earlier('Succeeded');
  if (succeeded !== undefined) return JSON.parse(String(succeeded.details.output)) as unknown;

  let scheduled = earlier('Scheduled');
  if (scheduled === undefined) {
    const token = state.Resource.endsWith('.waitForTaskToken')
      ? createToken(run.executionArn, uuid(run.random))
      : undefined;
    const seen = bindings(run, scope, visit, token === undefined ? {} : { context: { Task: { Token: token } } });
    const args = state.Arguments === undefined ? visit.input : await run.evaluate(state.Arguments, 'Arguments', seen);
    const range = { least: 1, most: longestTimeout };
    const timeoutInSeconds = await numberField(run, state.TimeoutSeconds, 'TimeoutSeconds', seen, range);
    const heartbeatInSeconds = await numberField(run, state.HeartbeatSeconds, 'HeartbeatSeconds', seen, range);
    const text = limited(args, `The arguments of the task '${visit.name}'`);
    const { timestamp, details } = record(
      'Scheduled',
      {
        ...(names.lambda
          ? { input: text, inputDetails: { truncated: false } }
          : { region: regionOf(run.stateMachineArn), parameters: text }),
        ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
        ...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
      },
      token === undefined ? undefined : { token },
    );
    scheduled = { details: { ...details }, ...(token === undefined ? {} : { note: { token } }), at: timestamp };
    run.recorder.event(scope.at, `${names.family}Started`, names.lambda ? undefined : names.resource);
  }

  const token = scheduled.note?.token;
  const args = JSON.parse(String(scheduled.details.parameters ?? scheduled.details.input)) as unknown;
  const outcome = Promise.withResolvers<unknown>();
  outcome.promise.catch(() => undefined);
  const over = new AbortController();
  const signal = AbortSignal.any([scope.signal, over.signal]);
  let submission = earlier('Submitted');

  // INVARIANT: the end is recorded in the same turn in which it becomes known, and only once.
  const end = (finish: () => void): void => {
    if (over.signal.aborted || scope.signal.aborted) return;
    try {
      finish();
    } catch (error) {
      outcome.reject(error);
    }
    over.abort(new CancelledError('the task has ended'));
  };
  const succeed = (output: unknown): void =>
    end(() => {
      const text = limited(output ?? null, `The result of the task '${visit.name}'`);
      record('Succeeded', { output: text, outputDetails: { truncated: false } });
      outcome.resolve(JSON.parse(text));
    });
  const fail = (suffix: string, error: string, reason: string | undefined): void =>
    end(() => {
      const failure = { error, ...(reason === undefined ? {} : { reason }) };
      const stateError = new StateError(error, reason);
      record(
        suffix,
        { error: stateError.reportedName, ...(reason === undefined ? {} : { cause: reason }) },
        { failure },
      );
      outcome.reject(stateError);
    });
  const submitted = (response: unknown): void => {
    if (submission !== undefined || signal.aborted) return;
    const output = limited(response ?? null, `The response to the start of the task '${visit.name}'`);
    record('Submitted', { output, outputDetails: { truncated: false } });
    submission = { details: { output }, at: run.clock.now() };
  };
  const timeOut = (at: number, error: string): { postpone(later: number): void } => {
    let deadline = at;
    const watch = async (): Promise<void> => {
      while (run.clock.now() < deadline) await run.clock.sleep(deadline - run.clock.now(), signal);
      fail('TimedOut', error, undefined);
    };
    watch().catch(() => undefined);
    return { postpone: (later) => void (deadline = later) };
  };

  const { timeoutInSeconds, heartbeatInSeconds } = scheduled.details as Record<string, number | undefined>;
  if (timeoutInSeconds !== undefined) timeOut(scheduled.at + timeoutInSeconds * 1000, 'States.Timeout');
  // After a restart the heartbeat's time starts anew: nobody could have heard one meanwhile.
  const nextHeartbeat = (): number => run.clock.now() + (heartbeatInSeconds ?? 0) * 1000;
  const heartbeat = heartbeatInSeconds === undefined ? undefined : timeOut(nextHeartbeat(), 'States.HeartbeatTimeout');
  if (token !== undefined) {
    run.tokens.wait(token, {
      succeed,
      fail: (error, cause) => fail('Failed', error, cause),
      heartbeat: () => heartbeat?.postpone(nextHeartbeat()),
    });
  }

  const call = async (): Promise<void> => {
    if (token !== undefined && submission !== undefined) return;
    try {
      const result = await run.tasks(state.Resource, args, {
        roleArn: run.roleArn,
        executionArn: run.executionArn,
        stateMachineArn: run.stateMachineArn,
        stateName: visit.name,
        retryCount: attemptOf(visit),
        signal,
        submitted,
        ...(token === undefined ? {} : { taskToken: token }),
        ...(submission === undefined ? {} : { submission: JSON.parse(String(submission.details.output)) as unknown }),
      });
      if (token === undefined) succeed(result);
      else submitted(result);
    } catch (thrown) {
      if (thrown instanceof StateError) return fail('Failed', thrown.error, thrown.reason);
      const { error, reason } = describe(thrown);
      fail(state.Resource.includes('.sync') && submission === undefined ? 'SubmitFailed' : 'Failed', error, reason);
    }
  };
  void call();
  try {
    return await untilAborted(outcome.promise, scope.signal);
  } finally {
    if (!over.signal.aborted) {
      over.abort(new CancelledError(`attempt ${attemptOf(visit)} of '${visit.name}' is over`));
    }
    if (token !== undefined) run.tokens.close(token);
  }
}

/** Error name and cause of whatever a resource threw. */
function describe(thrown: unknown): { error: string; reason: string | undefined } {
  const { name, cause, message } = (thrown ?? {}) as { name?: unknown; cause?: unknown; message?: unknown };
  const reason = cause ?? message;
  return {
    error: typeof name === 'string' && name !== '' ? name : 'States.TaskFailed',
    reason: reason === undefined ? undefined : typeof reason === 'string' ? reason : JSON.stringify(reason),
  };
}

/** A function's own ARN has events of its own; everything else is an integration `arn:aws:states:::service:action`. */
function eventNames(resource: string): { family: string; lambda: boolean; resource: Record<string, string> } {
  const [, , service, , , type = '', ...rest] = resource.split(':');
  if (service === 'lambda') return { family: 'LambdaFunction', lambda: true, resource: { resource } };
  return { family: 'Task', lambda: false, resource: { resourceType: type, resource: rest.join(':') } };
}

function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}
