/** Killed after any entry of its journal, an execution goes on and ends the same; what had ended is not done again. */
import { expect, test } from 'vitest';
import { memoryJournal, type JournalEntry } from '../../../../local/aws/step-functions/history.ts';
import { createInterpreter } from '../../../../local/aws/step-functions/interpreter.ts';
import type { TaskContext } from '../../../../local/aws/step-functions/run.ts';
import { VirtualClock } from '../../../../local/aws/step-functions/virtual-clock.ts';
import { failure, invoke, machine } from './scenario.ts';

const work = (more: object = {}) => ({ Type: 'Task', Resource: invoke, End: true, ...more });
const nothing = { StartAt: 'Same', States: { Same: { Type: 'Pass', End: true } } };

/** A bit of everything: retries, catches, variables, waits, branches within iterations, tolerated failures. */
const definition = machine(
  {
    Start: { Type: 'Pass', Assign: { list: [1, 2, 3], base: 10 }, Next: 'Pause' },
    Pause: { Type: 'Wait', Seconds: 20, Next: 'Each' },
    Each: {
      Type: 'Map',
      Items: '{% $list %}',
      ItemSelector: '{% $states.context.Map.Item.Value + $base %}',
      MaxConcurrency: 2,
      ToleratedFailureCount: 1,
      ItemProcessor: {
        StartAt: 'Both',
        States: {
          Both: {
            Type: 'Parallel',
            Branches: [
              { StartAt: 'Flaky', States: { Flaky: work({ Retry: [{ ErrorEquals: ['Flaky'] }] }) } },
              { StartAt: 'Later', States: { Later: { Type: 'Wait', Seconds: 5, Output: 'later', End: true } } },
            ],
            Assign: { own: '{% $states.result[0] %}' },
            Next: 'Keep',
          },
          Keep: { Type: 'Pass', Output: '{% $own & $states.input[1] %}', End: true },
        },
      },
      Assign: { mapped: '{% $states.result %}' },
      Next: 'Build',
    },
    Build: work({
      Resource: 'arn:aws:states:::codebuild:startBuild.sync',
      Arguments: { build: 1 },
      End: false,
      Next: 'Break',
    }),
    Break: {
      Type: 'Parallel',
      Branches: [nothing, { StartAt: 'Fail', States: { Fail: { Type: 'Fail', Error: 'Meant' } } }],
      Retry: [{ ErrorEquals: ['Meant'], MaxAttempts: 1, IntervalSeconds: 3 }],
      Catch: [{ ErrorEquals: ['Meant'], Assign: { error: '{% $states.errorOutput.Error %}' }, Next: 'Choose' }],
      Next: 'Choose',
    },
    Choose: { Type: 'Choice', Choices: [{ Condition: '{% $error = "Meant" %}', Next: 'End' }], Default: 'Start' },
    End: { Type: 'Succeed', Output: { mapped: '{% $mapped %}', error: '{% $error %}' } },
  },
  { TimeoutSeconds: 600 },
);

async function run(entries: readonly JournalEntry[], startedAt: number) {
  const calls: string[] = [];
  const clock = new VirtualClock(startedAt);
  const tasks = async (resource: string, args: unknown, context: TaskContext): Promise<unknown> => {
    calls.push(
      context.submission === undefined
        ? `${context.stateName} ${JSON.stringify(args)} ${context.retryCount}`
        : 'looked up',
    );
    await clock.sleep(1500, context.signal);
    if (resource.endsWith('.sync')) {
      context.submitted({ Id: 'b:1' });
      await clock.sleep(9000, context.signal);
      return { built: true };
    }
    if (args === 12) throw failure('Always');
    if (context.retryCount < 1) throw failure('Flaky');
    return `done ${String(args)} `;
  };
  const journal = memoryJournal(entries);
  const interpreter = createInterpreter({ definition, clock, tasks, random: () => 0.5 });
  const outcome = await clock.run(interpreter.start({ journal }).ended);
  return { outcome, calls, entries: journal.entries, ended: clock.now() };
}

test('from every prefix of its journal an execution reaches the same end', async () => {
  const start = Date.UTC(2026, 0, 1);
  const whole = await run([], start);
  expect(whole.outcome).toEqual({
    status: 'SUCCEEDED',
    output: { mapped: ['done 11 later', 'done 13 later'], error: 'Meant' },
  });
  expect(whole.entries.length).toBeGreaterThan(60);
  for (let length = 1; length <= whole.entries.length; length++) {
    const prefix = whole.entries.slice(0, length);
    const last = prefix.findLast(({ event }) => event !== undefined)!.event!;
    const again = await run(prefix, last.timestamp + 100);
    expect(again.outcome, `killed after entry ${length}`).toEqual(whole.outcome);
    const ids = again.entries.flatMap(({ event }) => event?.id ?? []);
    expect(ids, `ids after entry ${length}`).toEqual(ids.map((_, index) => index + 1));
    const ended = prefix.filter(({ event }) => event?.type === 'TaskSucceeded').length;
    const succeeded = again.entries.filter(({ event }) => event?.type === 'TaskSucceeded').length;
    expect(succeeded, `successes after entry ${length}`).toBe(3);
    expect(again.calls.length, `calls after entry ${length}`).toBeLessThanOrEqual(whole.calls.length - ended);
  }
});
