/** Each kind of state does what the language says. The README's table names the section behind every test. */
import { describe, expect, test } from 'vitest';
import { failure, invoke, play } from './scenario.ts';

describe('states', () => {
  test('Pass evaluates Output and Assign with the variables as they were on entry', async () => {
    const { output } = await play({
      First: { Type: 'Pass', Assign: { x: 1 }, Next: 'Second' },
      Second: { Type: 'Pass', Assign: { x: '{% $x + 1 %}', y: '{% $x %}' }, Output: '{% $x %}', Next: 'Third' },
      Third: { Type: 'Pass', Output: { input: '{% $states.input %}', x: '{% $x %}', y: '{% $y %}' }, End: true },
    });
    expect(output).toEqual({ input: 1, x: 2, y: 1 });
  });

  test('a state without Output passes its input, a Task its result', async () => {
    const states = { Pass: { Type: 'Pass', Next: 'Task' }, Task: { Type: 'Task', Resource: invoke, End: true } };
    const { output } = await play(states, { input: { a: 1 }, task: (args) => ({ got: args }) });
    expect(output).toEqual({ got: { a: 1 } });
  });

  test('Choice takes the first rule that holds, with that rule’s Output and Assign', async () => {
    const states = {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 10 %}', Next: 'End' },
          { Condition: '{% $states.input.n > 5 %}', Assign: { size: 'medium' }, Output: 'rule', Next: 'End' },
          { Condition: '{% true %}', Next: 'End' },
        ],
        Default: 'End',
        Output: 'default',
      },
      End: { Type: 'Pass', Output: '{% [$states.input, $size] %}', End: true },
    };
    expect((await play(states, { input: { n: 7 } })).output).toEqual(['rule', 'medium']);
  });

  test('Choice without a rule that holds takes Default with the state’s own Output, or fails without one', async () => {
    const choose = { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] };
    const end = { Type: 'Succeed' };
    const taken = await play({ Choose: { ...choose, Default: 'End', Output: 'fell through' }, End: end });
    expect(taken.output).toBe('fell through');
    const { outcome } = await play({ Choose: choose, End: end });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  test('Wait waits its seconds or until its time, given or computed', async () => {
    const wait = async (fields: object) => (await play({ Wait: { Type: 'Wait', ...fields, End: true } })).seconds;
    expect(await wait({ Seconds: 90 })).toBe(90);
    expect(await wait({ Seconds: '{% 2 * 3600 %}' })).toBe(7200);
    expect(await wait({ Timestamp: '2026-01-01T00:00:30Z' })).toBe(30);
    expect(await wait({ Timestamp: '{% $fromMillis($toMillis($states.context.Execution.StartTime) + 1000) %}' })).toBe(
      1,
    );
    expect(await wait({ Timestamp: '2025-01-01T00:00:00Z' })).toBe(0);
  });

  test('Wait refuses what is no time', async () => {
    const { outcome } = await play({ Wait: { Type: 'Wait', Timestamp: '{% "tomorrow" %}', End: true } });
    expect(outcome).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining("'Timestamp'"),
    });
  });

  test('Succeed ends with its Output', async () => {
    expect((await play({ Done: { Type: 'Succeed', Output: '{% 6 * 7 %}' } })).output).toBe(42);
  });

  test('Fail ends with the error and cause it gives or computes', async () => {
    const states = { Broken: { Type: 'Fail', Error: 'Rejected', Cause: '{% "no " & $states.input.what %}' } };
    const { outcome, types } = await play(states, { input: { what: 'port' } });
    expect(outcome).toEqual({ status: 'FAILED', error: 'Rejected', cause: 'no port' });
    expect(types).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
  });

  test('Parallel runs its branches side by side and gives their results in order', async () => {
    const branch = (seconds: number) => ({
      StartAt: `Wait ${seconds}`,
      States: {
        [`Wait ${seconds}`]: {
          Type: 'Wait',
          Seconds: seconds,
          Output: `{% $states.input & "${seconds}" %}`,
          End: true,
        },
      },
    });
    const states = { Both: { Type: 'Parallel', Arguments: 'x', Branches: [branch(20), branch(10)], End: true } };
    const { output, seconds } = await play(states);
    expect(output).toEqual(['x20', 'x10']);
    expect(seconds).toBe(20);
  });

  test('Parallel stops the other branches when one fails, and can be caught', async () => {
    const signals: boolean[] = [];
    const states = {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Slow', States: { Slow: { Type: 'Task', Resource: invoke, End: true } } },
          {
            StartAt: 'Soon',
            States: { Soon: { Type: 'Wait', Seconds: 3, Next: 'Break' }, Break: { Type: 'Fail', Error: 'Broken' } },
          },
        ],
        Catch: [{ ErrorEquals: ['Broken'], Output: '{% $states.errorOutput %}', Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    };
    const { output, seconds, types } = await play(states, {
      task: async (_args, { signal }, clock) => {
        await clock.sleep(60_000, signal).catch(() => signals.push(signal.aborted));
      },
    });
    expect(output).toEqual({ Error: 'Broken' });
    expect(seconds).toBe(3);
    expect(signals).toEqual([true]);
    expect(types).toContain('TaskStateAborted');
    expect(types).toContain('ParallelStateFailed');
  });

  test('Map runs each item through its processor, at most MaxConcurrency at once, results in order', async () => {
    let running = 0;
    let most = 0;
    const states = {
      Each: {
        Type: 'Map',
        Items: '{% $states.input.list %}',
        ItemSelector: { index: '{% $states.context.Map.Item.Index %}', value: '{% $states.context.Map.Item.Value %}' },
        MaxConcurrency: 2,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Work',
          States: { Work: { Type: 'Task', Resource: invoke, End: true } },
        },
        End: true,
      },
    };
    const { output, seconds } = await play(states, {
      input: { list: ['a', 'b', 'c', 'd'] },
      task: async (args, { signal }, clock) => {
        most = Math.max(most, ++running);
        await clock.sleep(1000, signal);
        running -= 1;
        return (args as { value: string }).value.toUpperCase();
      },
    });
    expect(output).toEqual(['A', 'B', 'C', 'D']);
    expect(most).toBe(2);
    expect(seconds).toBe(2);
  });

  test('Map without Items maps its input, and refuses what is no array', async () => {
    const each = {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'Same', States: { Same: { Type: 'Pass', End: true } } },
        End: true,
      },
    };
    expect((await play(each, { input: [1, 2] })).output).toEqual([1, 2]);
    expect((await play(each, { input: [] })).output).toEqual([]);
    expect((await play(each, { input: { a: 1 } })).outcome).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('Map fails with the first item that fails', async () => {
    const { outcome, types } = await play(failingMap({}), { input: [1, 2, 3], task: failOn(2) });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Odd', cause: '2' });
    expect(types).toContain('MapIterationFailed');
    expect(types).toContain('MapStateFailed');
  });

  test('Map tolerates failures up to a count or a percentage, and no more', async () => {
    const count = (tolerated: number) =>
      play(failingMap({ ToleratedFailureCount: tolerated }), { input: [1, 2, 3, 4], task: failOn(2, 3) });
    expect((await count(2)).output).toEqual([1, 4]);
    expect((await count(1)).outcome).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    const percentage = (tolerated: string) =>
      play(failingMap({ ToleratedFailurePercentage: tolerated }), { input: [1, 2, 3, 4], task: failOn(2) });
    expect((await percentage('{% 25 %}')).output).toEqual([1, 3, 4]);
    expect((await percentage('{% 24 %}')).outcome).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
  });

  test('inner places read outer variables and keep their own', async () => {
    const { output } = await play({
      Outer: { Type: 'Pass', Assign: { shared: 'outer' }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Set',
            States: {
              Set: { Type: 'Pass', Assign: { own: 'inner' }, Next: 'Read' },
              Read: { Type: 'Pass', Output: '{% $shared & " " & $own %}', End: true },
            },
          },
        ],
        Next: 'After',
      },
      After: { Type: 'Pass', Output: { result: '{% $states.input[0] %}', own: '{% $exists($own) %}' }, End: true },
    });
    expect(output).toEqual({ result: 'outer inner', own: false });
  });

  test('the context object tells execution, state, retries and machine', async () => {
    const states = {
      Ask: {
        Type: 'Task',
        Resource: invoke,
        Arguments: '{% $states.context %}',
        Retry: [{ ErrorEquals: ['Again'] }],
        End: true,
      },
    };
    const { output } = await play(states, {
      input: { a: 1 },
      task: (args, { retryCount }) => {
        if (retryCount === 0) throw failure('Again');
        return args;
      },
    });
    expect(output).toMatchObject({
      Execution: { Name: 'execution', Input: { a: 1 }, StartTime: '2026-01-01T00:00:00.000Z' },
      State: { Name: 'Ask', RetryCount: 1 },
      StateMachine: { Name: 'machine' },
    });
  });
});

function failingMap(fields: object) {
  const states = { Work: { Type: 'Task', Resource: invoke, End: true } };
  return { Each: { Type: 'Map', ...fields, ItemProcessor: { StartAt: 'Work', States: states }, End: true } };
}

function failOn(...items: number[]) {
  return (item: unknown): unknown => {
    if (items.includes(item as number)) throw failure('Odd', String(item));
    return item;
  };
}
