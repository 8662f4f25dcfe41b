/** The API and what survives a kill: requests as the SDK sends them, restarts as a new service on the same folder. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../../local/aws/api.ts';
import type { TaskContext } from '../../../../local/aws/step-functions/run.ts';
import { stepFunctionsApi } from '../../../../local/aws/step-functions/service.ts';
import { VirtualClock } from '../../../../local/aws/step-functions/virtual-clock.ts';
import { failure, invoke, machine, type Json } from './scenario.ts';

const arn = (name: string): string => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
const build = 'arn:aws:states:::codebuild:startBuild.sync';

let state: string;
let clock: VirtualClock;
let emitted: Json[];
let alive: { generation: number };

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'step-functions-'));
  clock = new VirtualClock();
  emitted = [];
  alive = { generation: 0 };
});
afterEach(() => rmSync(state, { recursive: true }));

type Task = (args: unknown, context: TaskContext, resource: string) => unknown;
type Ask = (action: string, input?: Json) => Promise<Json>;

/** A service on the folder; an earlier one is as good as killed: its tasks never end and its waits never come. */
async function start(machines: Record<string, Json>, task: Task = () => null): Promise<Ask> {
  const generation = ++alive.generation;
  const dead = new Promise<never>(() => undefined);
  const service: Service = await stepFunctionsApi({
    account: { id: '000000000000', region: 'eu-central-1', endpoint: '', state, log: () => undefined },
    machines: Object.entries(machines).map(([name, definition]) => ({
      arn: arn(name),
      name,
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(definition),
      tags: { kind: 'test' },
    })),
    clock: {
      now: () => clock.now(),
      sleep: (ms, signal) => clock.sleep(ms, signal).then(() => (generation === alive.generation ? undefined : dead)),
    },
    tasks: async (resource, args, context) => {
      const result = await task(args, context, resource);
      return generation === alive.generation ? result : dead;
    },
    call: (_service, action, input) => ask(action, input),
    sessionOf: (role) => ({ role, arn: role }),
    emit: (event) => void emitted.push(event),
  });
  const ask: Ask = async (action, input = {}) =>
    (await service.actions[action]!(input as never, { arn: 'arn:aws:iam::000000000000:user/local' })) as Json;
  return ask;
}

async function settled(ask: Ask, executionArn: unknown): Promise<Json> {
  for (let turn = 0; turn < 50; turn++) {
    const described = await ask('DescribeExecution', { executionArn });
    if (described.status !== 'RUNNING') return described;
    await clock.advance(1000);
  }
  throw new Error('The execution did not end within 50 virtual seconds.');
}

const call = (more: Json = {}): Json => machine({ Call: { Type: 'Task', Resource: invoke, End: true, ...more } });
const waitForToken = call({
  Resource: `${invoke}.waitForTaskToken`,
  Arguments: '{% $states.context.Task.Token %}',
  HeartbeatSeconds: 10,
});

describe('StartExecution', () => {
  test('runs and tells the outcome', async () => {
    const ask = await start({ one: call() }, (args) => ({ echo: args }));
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a', input: '{"b":1}' });
    expect(executionArn).toBe('arn:aws:states:eu-central-1:000000000000:execution:one:a');
    expect(await settled(ask, executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      name: 'a',
      input: '{"b":1}',
      output: '{"echo":{"b":1}}',
      stopDate: new Date(Date.UTC(2026, 0, 1)),
    });
  });

  test('answers the same execution for the same name and input while it runs, and refuses anything else', async () => {
    const ask = await start({ one: machine({ Wait: { Type: 'Wait', Seconds: 5, End: true } }) });
    const request = { stateMachineArn: arn('one'), name: 'a', input: '{}' };
    const first = await ask('StartExecution', request);
    await clock.advance(1000);
    expect(await ask('StartExecution', request)).toEqual(first);
    await expect(ask('StartExecution', { ...request, input: '{"x":1}' })).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
    });
    await settled(ask, first.executionArn);
    await expect(ask('StartExecution', request)).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  });

  test('frees a name 90 days after the end, also across restarts', async () => {
    const definitions = { one: machine({ Done: { Type: 'Succeed' } }) };
    const ask = await start(definitions);
    const request = { stateMachineArn: arn('one'), name: 'a' };
    const { executionArn } = await ask('StartExecution', request);
    await settled(ask, executionArn);
    await clock.advance(89 * 24 * 3600 * 1000);
    const again = await start(definitions);
    await expect(again('StartExecution', request)).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await clock.advance(24 * 3600 * 1000);
    await expect(again('DescribeExecution', { executionArn })).rejects.toMatchObject({ code: 'ExecutionDoesNotExist' });
    await again('StartExecution', request);
  });

  test('refuses unknown machines, names that are none, and input that is not JSON', async () => {
    const ask = await start({ one: call() });
    const request = { stateMachineArn: arn('one') };
    const code = (code: string) => expect.objectContaining({ code });
    await expect(ask('StartExecution', { stateMachineArn: arn('x') })).rejects.toEqual(
      code('StateMachineDoesNotExist'),
    );
    await expect(ask('StartExecution', { ...request, name: 'a b' })).rejects.toEqual(code('InvalidName'));
    await expect(ask('StartExecution', { ...request, name: 'x'.repeat(81) })).rejects.toEqual(code('InvalidName'));
    await expect(ask('StartExecution', { ...request, input: '{' })).rejects.toEqual(code('InvalidExecutionInput'));
    const large = JSON.stringify('x'.repeat(262_144));
    await expect(ask('StartExecution', { ...request, input: large })).rejects.toEqual(code('ValidationException'));
  });

  test('emits the status change events of start and end', async () => {
    const ask = await start({ one: call() }, () => 7);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await settled(ask, executionArn);
    expect(emitted.map(({ detail }) => (detail as Json).status)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(emitted[1]).toMatchObject({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [executionArn],
      detail: { executionArn, stateMachineArn: arn('one'), name: 'a', output: '7', stopDate: Date.UTC(2026, 0, 1) },
    });
  });
});

describe('reading', () => {
  test('lists machines and executions by status, the newest first, in pages', async () => {
    const ask = await start({ one: machine({ Wait: { Type: 'Wait', Seconds: 5, End: true } }), two: call() });
    expect((await ask('ListStateMachines')).stateMachines).toMatchObject([{ name: 'one' }, { name: 'two' }]);
    for (const name of ['a', 'b', 'c']) {
      await ask('StartExecution', { stateMachineArn: arn('one'), name });
      await clock.advance(2000);
    }
    const list = (more: Json): Promise<Json> => ask('ListExecutions', { stateMachineArn: arn('one'), ...more });
    const names = (page: Json): unknown[] => (page.executions as Json[]).map(({ name }) => name);
    expect(names(await list({}))).toEqual(['c', 'b', 'a']);
    expect(names(await list({ statusFilter: 'RUNNING' }))).toEqual(['c', 'b']);
    const page = await list({ maxResults: 2 });
    expect(names(page)).toEqual(['c', 'b']);
    expect(names(await list({ maxResults: 2, nextToken: page.nextToken }))).toEqual(['a']);
  });

  test('describes machines, their tags, and definitions', async () => {
    const ask = await start({ one: call() });
    const described = await ask('DescribeStateMachine', { stateMachineArn: arn('one') });
    expect(described).toMatchObject({ name: 'one', type: 'STANDARD', status: 'ACTIVE' });
    expect(JSON.parse(String(described.definition))).toEqual(call());
    const { tags } = await ask('ListTagsForResource', { resourceArn: arn('one') });
    expect(tags).toEqual([{ key: 'kind', value: 'test' }]);
    const check = (definition: string) => ask('ValidateStateMachineDefinition', { definition });
    expect(await check(JSON.stringify(call()))).toMatchObject({ result: 'OK' });
    expect(await check('{}')).toMatchObject({ result: 'FAIL' });
  });

  test('gives the history in AWS’s shape, both ways round and without data', async () => {
    const ask = await start({ one: call({ TimeoutSeconds: 9 }) }, () => ({ ok: true }));
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a', input: '{"x":1}' });
    await settled(ask, executionArn);
    const { events } = await ask('GetExecutionHistory', { executionArn });
    expect(events).toMatchObject([
      { id: 1, previousEventId: 0, type: 'ExecutionStarted', executionStartedEventDetails: { input: '{"x":1}' } },
      {
        id: 2,
        previousEventId: 0,
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'Call', input: '{"x":1}' },
      },
      {
        id: 3,
        previousEventId: 2,
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          resourceType: 'lambda',
          resource: 'invoke',
          region: 'eu-central-1',
          parameters: '{"x":1}',
          timeoutInSeconds: 9,
        },
      },
      { id: 4, type: 'TaskStarted', taskStartedEventDetails: { resourceType: 'lambda', resource: 'invoke' } },
      { id: 5, type: 'TaskSucceeded', taskSucceededEventDetails: { output: '{"ok":true}' } },
      { id: 6, type: 'TaskStateExited', stateExitedEventDetails: { name: 'Call', output: '{"ok":true}' } },
      {
        id: 7,
        previousEventId: 6,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"ok":true}' },
      },
    ]);
    const reversed = await ask('GetExecutionHistory', {
      executionArn,
      reverseOrder: true,
      includeExecutionData: false,
      maxResults: 2,
    });
    expect(reversed.events).toMatchObject([{ id: 7 }, { id: 6, stateExitedEventDetails: { name: 'Call' } }]);
    expect(JSON.stringify(reversed.events)).not.toContain('output');
    expect(reversed.nextToken).toBeTypeOf('string');
  });
});

describe('stopping and task tokens', () => {
  test('StopExecution aborts with error and cause; a closed execution stays as it ended', async () => {
    const aborted: unknown[] = [];
    const ask = await start({ one: call() }, async (_args, { signal }) => {
      await clock.sleep(60_000, signal).catch((reason: unknown) => aborted.push(reason));
    });
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(1000);
    await ask('StopExecution', { executionArn, error: 'Superseded', cause: 'newer commit' });
    const described = { status: 'ABORTED', error: 'Superseded', cause: 'newer commit' };
    expect(await ask('DescribeExecution', { executionArn })).toMatchObject(described);
    await clock.advance(0);
    expect(aborted).toHaveLength(1);
    await ask('StopExecution', { executionArn, error: 'Again' });
    expect(await ask('DescribeExecution', { executionArn })).toMatchObject(described);
  });

  test('a token ends its task once; made-up and used ones are refused', async () => {
    let token = '';
    const ask = await start({ one: waitForToken }, (args) => (token = String(args)));
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(0);
    await expect(ask('SendTaskSuccess', { taskToken: token, output: '{' })).rejects.toMatchObject({
      code: 'InvalidOutput',
    });
    await ask('SendTaskSuccess', { taskToken: token, output: '{"yes":true}' });
    expect(await settled(ask, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"yes":true}' });
    await expect(ask('SendTaskFailure', { taskToken: token })).rejects.toMatchObject({ code: 'TaskTimedOut' });
    await expect(ask('SendTaskHeartbeat', { taskToken: 'x' })).rejects.toMatchObject({ code: 'InvalidToken' });
  });

  test('heartbeats keep a task waiting; without one it times out', async () => {
    let token = '';
    const ask = await start({ one: waitForToken }, (args) => (token = String(args)));
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    for (let beat = 0; beat < 3; beat++) {
      await clock.advance(8000);
      await ask('SendTaskHeartbeat', { taskToken: token });
    }
    await clock.advance(8000);
    expect(await ask('DescribeExecution', { executionArn })).toMatchObject({ status: 'RUNNING' });
    await clock.advance(3000);
    expect(await ask('DescribeExecution', { executionArn })).toMatchObject({
      status: 'FAILED',
      error: 'States.Timeout',
    });
  });
});

describe('after a kill', () => {
  test('a Lambda task whose end was not recorded runs again, one that ended does not', async () => {
    const calls: string[] = [];
    const task: Task = async (_args, { stateName, signal }) => {
      calls.push(`${alive.generation} ${stateName}`);
      if (stateName === 'Second' && alive.generation === 1) await clock.sleep(60_000, signal);
      return stateName;
    };
    const definitions = {
      one: machine({
        First: { Type: 'Task', Resource: invoke, Assign: { kept: '{% $states.result %}' }, Next: 'Second' },
        Second: { Type: 'Task', Resource: invoke, Output: '{% [$kept, $states.result] %}', End: true },
      }),
    };
    const ask = await start(definitions, task);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(1000);
    const again = await start(definitions, task);
    expect(await settled(again, executionArn)).toMatchObject({ output: '["First","Second"]' });
    expect(calls).toEqual(['1 First', '1 Second', '2 Second']);
    const { events } = await again('GetExecutionHistory', { executionArn });
    expect((events as Json[]).filter(({ type }) => type === 'TaskScheduled')).toHaveLength(2);
  });

  test('a Wait ends at the time it would have ended', async () => {
    const definitions = { one: machine({ Wait: { Type: 'Wait', Seconds: 30, End: true } }) };
    const ask = await start(definitions);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    const started = clock.now();
    await clock.advance(20_000);
    const { stopDate } = await settled(await start(definitions), executionArn);
    expect((stopDate as Date).getTime() - started).toBe(30_000);
  });

  test('a build is looked up by what its start answered instead of being started again', async () => {
    const starts: unknown[] = [];
    const task: Task = async (_args, { submitted, submission, signal }) => {
      starts.push(submission);
      if (submission === undefined) submitted({ Build: { Id: 'b:1' } });
      if (alive.generation === 1) await clock.sleep(60_000, signal);
      return { done: true };
    };
    const definitions = { one: call({ Resource: build }) };
    const ask = await start(definitions, task);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(1000);
    expect(await settled(await start(definitions, task), executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(starts).toEqual([undefined, { Build: { Id: 'b:1' } }]);
  });

  test('a waiting token stays valid, and its function is not called again', async () => {
    const tokens: string[] = [];
    const task: Task = (args) => tokens.push(String(args));
    const ask = await start({ one: waitForToken }, task);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(1000);
    const again = await start({ one: waitForToken }, task);
    await again('SendTaskFailure', { taskToken: tokens[0], error: 'Rejected', cause: 'no' });
    expect(await settled(again, executionArn)).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'no' });
    expect(tokens).toHaveLength(1);
  });

  test('branches and iterations go on where each was, and retries keep their count', async () => {
    const calls: string[] = [];
    const task: Task = async (args, { retryCount, signal }) => {
      calls.push(`${String(args)}${retryCount}`);
      if (args === 'b' && retryCount < 2) throw failure('Again');
      if (args === 'c' && alive.generation === 1) await clock.sleep(60_000, signal);
      return args;
    };
    const work = {
      Type: 'Task',
      Resource: invoke,
      Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 4, BackoffRate: 1 }],
      End: true,
    };
    const definitions = {
      one: machine({
        Each: {
          Type: 'Map',
          Items: ['a', 'b', 'c'],
          ItemProcessor: { StartAt: 'Work', States: { Work: work } },
          End: true,
        },
      }),
    };
    const ask = await start(definitions, task);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'x' });
    await clock.advance(5000);
    expect(calls).toEqual(['a0', 'b0', 'c0', 'b1']);
    const ended = await settled(await start(definitions, task), executionArn);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '["a","b","c"]' });
    expect(calls).toEqual(['a0', 'b0', 'c0', 'b1', 'c0', 'b2']);
  });

  test('a torn last line is as if it had never been written', async () => {
    const definitions = { one: call() };
    const task: Task = async (_args, { signal }) => {
      if (alive.generation === 1) await clock.sleep(60_000, signal);
      return 1;
    };
    const ask = await start(definitions, task);
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(0);
    const folder = join(state, 'step-functions', 'executions');
    appendFileSync(join(folder, readdirSync(folder)[0]!), '{"at":"","event":{"id":5,"ty');
    expect(await settled(await start(definitions, task), executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an execution ends with the definition it was started with', async () => {
    const ask = await start({ one: machine({ Wait: { Type: 'Wait', Seconds: 3, Output: 'old', End: true } }) });
    const { executionArn } = await ask('StartExecution', { stateMachineArn: arn('one'), name: 'a' });
    await clock.advance(1000);
    const again = await start({ one: machine({ Done: { Type: 'Succeed', Output: 'new' } }) });
    expect(await settled(again, executionArn)).toMatchObject({ output: '"old"' });
    const { definition } = await again('DescribeStateMachineForExecution', { executionArn });
    expect(definition).toContain('old');
  });
});

describe('nested executions', () => {
  const nested = (resource: string): Record<string, Json> => ({
    outer: call({
      Resource: `arn:aws:states:::states:${resource}`,
      Arguments: { StateMachineArn: arn('inner'), Name: 'n', Input: { from: 'outer' } },
    }),
    inner: machine({ Work: { Type: 'Task', Resource: invoke, End: true } }),
  });
  const outer = { stateMachineArn: arn('outer'), name: 'o' };

  test('.sync:2 waits for the other execution and gives its output as a value', async () => {
    const ask = await start(nested('startExecution.sync:2'), (args) => ({ got: args }));
    const { executionArn } = await ask('StartExecution', outer);
    const { output } = await settled(ask, executionArn);
    expect(JSON.parse(String(output))).toMatchObject({
      Status: 'SUCCEEDED',
      Name: 'n',
      Output: { got: { from: 'outer' } },
    });
  });

  test('.sync fails when the other execution fails', async () => {
    const ask = await start(nested('startExecution.sync'), () => {
      throw failure('Broken');
    });
    const { executionArn } = await ask('StartExecution', outer);
    expect(await settled(ask, executionArn)).toMatchObject({
      error: 'States.TaskFailed',
      cause: expect.stringContaining('"Error":"Broken"'),
    });
  });

  test('stopping an execution stops the one it waits for', async () => {
    const ask = await start(nested('startExecution.sync'), (_args, { signal }) => clock.sleep(60_000, signal));
    const { executionArn } = await ask('StartExecution', outer);
    await clock.advance(1000);
    const inner = String(executionArn).replace(':outer:o', ':inner:n');
    expect(await ask('DescribeExecution', { executionArn: inner })).toMatchObject({ status: 'RUNNING' });
    await ask('StopExecution', { executionArn });
    await clock.advance(0);
    expect(await ask('DescribeExecution', { executionArn: inner })).toMatchObject({ status: 'ABORTED' });
  });

  test('without .sync it only starts; a name that is taken fails the task', async () => {
    const ask = await start(nested('startExecution'), (_args, { signal }) => clock.sleep(10_000, signal));
    const { executionArn } = await ask('StartExecution', outer);
    const { output } = await settled(ask, executionArn);
    expect(Object.keys(JSON.parse(String(output)) as Json)).toEqual(['ExecutionArn', 'StartDate']);
    await clock.advance(20_000);
    const second = await ask('StartExecution', { ...outer, name: 'p' });
    const ended = await settled(ask, second.executionArn);
    expect(ended).toMatchObject({ error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });
});

test('a machine that does not run here is refused when the service starts, with its name', async () => {
  await expect(
    start({ one: { StartAt: 'A', States: { A: { Type: 'Pass', ResultPath: '$.x', End: true } } } }),
  ).rejects.toThrow(/one: \/States\/A\/ResultPath: is not supported here/);
});
