/** What fails, who answers, and what people read about it. The README's table names the section behind every test. */
import { describe, expect, test } from 'vitest';
import { failure, invoke, play, type Json } from './scenario.ts';

/** A task that fails with these errors in turn, then succeeds; answers when each attempt came, in seconds. */
async function attempts(errors: readonly string[], fields: Json, random = () => 0.5) {
  const at: number[] = [];
  const states = {
    Call: { Type: 'Task', Resource: invoke, End: true, ...fields },
    Caught: { Type: 'Pass', Output: '{% $states.input %}', End: true },
  };
  const used = fields.Catch === undefined ? { Call: states.Call } : states;
  const played = await play(used, {
    random,
    task: (_args, { retryCount }, clock) => {
      at.push((clock.now() - Date.UTC(2026, 0, 1)) / 1000);
      const error = errors[retryCount];
      if (error !== undefined) throw failure(error);
      return 'done';
    },
  });
  return { ...played, at };
}

const caught = (...names: string[]): Json => ({
  Catch: [{ ErrorEquals: names, Output: '{% $states.errorOutput %}', Next: 'Caught' }],
});

describe('Retry', () => {
  test('waits 1, 2 and 4 seconds by default, then gives up', async () => {
    const { at, outcome } = await attempts(['A', 'A', 'A', 'A', 'A'], { Retry: [{ ErrorEquals: ['A'] }] });
    expect(at).toEqual([0, 1, 3, 7]);
    expect(outcome).toEqual({ status: 'FAILED', error: 'A', cause: 'because' });
  });

  test('counts each retrier’s attempts by themselves', async () => {
    const Retry = [
      { ErrorEquals: ['A', 'B'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
      { ErrorEquals: ['C'], IntervalSeconds: 5 },
    ];
    const { at, output } = await attempts(['A', 'B', 'C', 'B', 'B'], { Retry, ...caught('States.ALL') });
    expect(at).toEqual([0, 1, 3, 8]);
    expect(output).toEqual({ Error: 'B', Cause: 'because' });
  });

  test('never waits longer than MaxDelaySeconds', async () => {
    const Retry = [{ ErrorEquals: ['A'], IntervalSeconds: 2, BackoffRate: 10, MaxDelaySeconds: 5 }];
    expect((await attempts(['A', 'A', 'A'], { Retry })).at).toEqual([0, 2, 7, 12]);
  });

  test('draws the delay between nothing and all of it with full jitter', async () => {
    const Retry = [{ ErrorEquals: ['A'], IntervalSeconds: 8, JitterStrategy: 'FULL' }];
    expect((await attempts(['A', 'A'], { Retry }, () => 0.25)).at).toEqual([0, 2, 6]);
  });

  test('does nothing with MaxAttempts 0', async () => {
    const Retry = [{ ErrorEquals: ['A'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
    expect((await attempts(['A'], { Retry })).at).toEqual([0]);
  });

  test('repeats a whole Parallel', async () => {
    let calls = 0;
    const branch = { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: invoke, End: true } } };
    const both = { Type: 'Parallel', Branches: [branch, branch], Retry: [{ ErrorEquals: ['A'] }], End: true };
    const { output } = await play(
      { Both: both },
      {
        task: () => {
          if (++calls <= 2) throw failure('A');
          return calls;
        },
      },
    );
    expect(output).toEqual([3, 4]);
  });
});

describe('ErrorEquals', () => {
  const names = async (error: string, ...answering: string[]): Promise<boolean> =>
    (await attempts([error], caught(...answering))).outcome.status === 'SUCCEEDED';

  test('States.ALL and States.TaskFailed answer what a task throws, time-outs only the former', async () => {
    expect(await names('TransientError', 'States.ALL')).toBe(true);
    expect(await names('TransientError', 'States.TaskFailed')).toBe(true);
    expect(await names('TransientError', 'RejectedError')).toBe(false);
    expect(await names('States.Timeout', 'States.TaskFailed')).toBe(false);
    expect(await names('States.Timeout', 'States.ALL')).toBe(true);
  });

  test('States.ALL does not answer States.DataLimitExceeded; its own name does', async () => {
    expect(await names('States.DataLimitExceeded', 'States.ALL')).toBe(false);
    expect(await names('States.DataLimitExceeded', 'States.TaskFailed')).toBe(false);
    expect(await names('States.DataLimitExceeded', 'States.DataLimitExceeded')).toBe(true);
  });

  test('nothing answers States.Runtime', async () => {
    expect(await names('States.Runtime', 'States.ALL')).toBe(false);
    expect(await names('States.Runtime', 'States.Runtime')).toBe(false);
  });
});

describe('Catch', () => {
  test('gives the error as output by default, and its own Output and Assign where they are set', async () => {
    const plain = await attempts(['A'], { Catch: [{ ErrorEquals: ['A'], Next: 'Caught' }] });
    expect(plain.output).toEqual({ Error: 'A', Cause: 'because' });
    const played = await play(
      {
        Call: {
          Type: 'Task',
          Resource: invoke,
          Catch: [
            {
              ErrorEquals: ['A'],
              Assign: { why: '{% $states.errorOutput.Cause %}' },
              Output: '{% $states.input %}',
              Next: 'After',
            },
          ],
          End: true,
        },
        After: { Type: 'Pass', Output: '{% [$states.input, $why] %}', End: true },
      },
      {
        input: 'kept',
        task: () => {
          throw failure('A', 'this');
        },
      },
    );
    expect(played.output).toEqual(['kept', 'this']);
  });

  test('takes the first catcher that names the error, after the retries', async () => {
    const { at, output } = await attempts(['A', 'A', 'A'], {
      Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }],
      Catch: [
        { ErrorEquals: ['B'], Output: 'wrong', Next: 'Caught' },
        { ErrorEquals: ['A'], Output: 'right', Next: 'Caught' },
        { ErrorEquals: ['States.ALL'], Output: 'late', Next: 'Caught' },
      ],
    });
    expect(at).toEqual([0, 1]);
    expect(output).toBe('right');
  });
});

describe('time-outs', () => {
  const slow = (fields: Json, seconds: number, more: Json = {}) =>
    play(
      { Call: { Type: 'Task', Resource: invoke, End: true, ...fields } },
      {
        machine: more,
        input: { limit: 3 },
        task: async (_args, { signal }, clock) => {
          await clock.sleep(seconds * 1000, signal);
          return 'done';
        },
      },
    );

  test('a task that takes longer than TimeoutSeconds, given or computed, times out', async () => {
    const { outcome, seconds, types } = await slow({ TimeoutSeconds: '{% $states.input.limit * 2 %}' }, 10);
    expect(outcome).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(seconds).toBe(6);
    expect(types.slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
    expect((await slow({ TimeoutSeconds: 10 }, 9)).outcome.status).toBe('SUCCEEDED');
  });

  test('the machine’s TimeoutSeconds ends everything, and no Catch answers', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Call' }];
    const { outcome, seconds, events } = await slow({ Catch }, 100, { TimeoutSeconds: 7 });
    expect(outcome).toEqual({ status: 'TIMED_OUT' });
    expect(seconds).toBe(7);
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionTimedOut', previousEventId: 0 });
  });

  test('a missing heartbeat is answered as States.HeartbeatTimeout and as States.Timeout', async () => {
    const silent = (name: string) =>
      play({
        Call: {
          Type: 'Task',
          Resource: `${invoke}.waitForTaskToken`,
          HeartbeatSeconds: 5,
          End: true,
          Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
        },
        Caught: { Type: 'Pass', End: true },
      });
    expect(await silent('States.HeartbeatTimeout')).toMatchObject({ output: { Error: 'States.Timeout' }, seconds: 5 });
    expect((await silent('States.Timeout')).outcome.status).toBe('SUCCEEDED');
    expect((await silent('States.TaskFailed')).outcome).toEqual({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('a limit that is no positive whole number fails the state', async () => {
    const { outcome } = await slow({ TimeoutSeconds: '{% 0.5 %}' }, 1);
    expect(outcome).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});

describe('limits', () => {
  const large = 'x'.repeat(262_144);

  test('a result, arguments or an output beyond 256 KiB is States.DataLimitExceeded', async () => {
    const limit = { outcome: { status: 'FAILED', error: 'States.DataLimitExceeded' } };
    const call = { Type: 'Task', Resource: invoke, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Call' }], End: true };
    expect(await play({ Call: call }, { task: () => large })).toMatchObject(limit);
    const doubled = '{% $states.input & $states.input %}';
    const half = { input: large.slice(0, 200_000) };
    expect(await play({ Call: { ...call, Arguments: doubled } }, half)).toMatchObject(limit);
    expect(await play({ Pass: { Type: 'Pass', Output: doubled, End: true } }, half)).toMatchObject(limit);
    expect(await play({ Pass: { Type: 'Pass', Assign: { x: doubled }, End: true } }, half)).toMatchObject(limit);
    expect((await play({ Pass: { Type: 'Pass', End: true } }, half)).outcome.status).toBe('SUCCEEDED');
  });

  test('the 25,000th event tells that the history is full', async () => {
    const { outcome, events } = await play({
      Turn: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Turn' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    });
    expect(outcome).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect(events).toHaveLength(25_000);
  });
});

describe('failed expressions', () => {
  const pass = (Output: unknown, more: Json = {}) => play({ Compute: { Type: 'Pass', Output, End: true, ...more } });

  test('an undefined result fails the state and says which expression in which field', async () => {
    const { outcome, events } = await pass({ list: ['{% $states.input.missing %}'] });
    const cause =
      "An error occurred while executing the state 'Compute' (entered at the event id #2). The JSONata expression '$states.input.missing' specified for the field 'Output/list[0]' returned nothing (undefined).";
    expect(outcome).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError', cause });
    expect(events[2]).toMatchObject({
      type: 'EvaluationFailed',
      details: { error: 'States.QueryEvaluationError', cause, location: 'Output/list[0]', state: 'Compute' },
    });
  });

  test('null is a value', async () => {
    expect((await pass({ a: '{% null %}' })).output).toEqual({ a: null });
  });

  test('an expression that throws, or gives a function, fails the state', async () => {
    expect((await pass('{% "a" + 1 %}')).outcome).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('threw an error during evaluation. T2001:'),
    });
    expect((await pass('{% function($x) { $x } %}')).outcome).toMatchObject({
      cause: expect.stringContaining('returned an unsupported result type.'),
    });
  });

  test('a Condition that is neither true nor false fails the state', async () => {
    const { outcome } = await play({
      Choose: { Type: 'Choice', Choices: [{ Condition: '{% "yes" %}', Next: 'Done' }] },
      Done: { Type: 'Succeed' },
    });
    expect(outcome).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('a Task may retry and catch its own failed expressions, in Output too', async () => {
    const { output, types } = await attempts([], {
      Output: '{% $states.result.missing %}',
      Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }],
      ...caught('States.QueryEvaluationError'),
    });
    expect(output).toMatchObject({ Error: 'States.QueryEvaluationError' });
    expect(types.filter((type) => type === 'EvaluationFailed')).toHaveLength(2);
    expect(types.filter((type) => type === 'TaskScheduled')).toHaveLength(2);
  });
});

test('a task that fails to start what it would wait for says so', async () => {
  const { types } = await play(
    { Build: { Type: 'Task', Resource: 'arn:aws:states:::codebuild:startBuild.sync', End: true } },
    {
      task: () => {
        throw failure('CodeBuild.AccountLimitExceededException');
      },
    },
  );
  expect(types).toContain('TaskSubmitFailed');
});

test('a function called by its own ARN has events of its own', async () => {
  const Resource = 'arn:aws:lambda:eu-central-1:000000000000:function:f';
  const { types, events } = await play({ Call: { Type: 'Task', Resource, End: true } }, { task: () => 1 });
  expect(types.slice(2, 5)).toEqual(['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded']);
  expect(events[2]?.details).toMatchObject({ resource: Resource, input: '{}' });
});
