/** What does not run here is refused when a definition is loaded, by name and place. */
import { describe, expect, test } from 'vitest';
import { DefinitionError, loadDefinition } from '../../../../local/aws/step-functions/load-definition.ts';
import { invoke, machine, type Json } from './scenario.ts';

/** The problems that loading finds. */
function problems(definition: Json | string): readonly string[] {
  try {
    loadDefinition(definition);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems;
    throw error;
  }
}

const one = (state: Json): readonly string[] => problems(machine({ S: { End: true, ...state } }));
const pass = { Type: 'Pass', End: true };

describe('refuses', () => {
  test.each<[string, Json, string]>([
    ['JSONPath fields', { Type: 'Pass', ResultPath: '$.x' }, '/States/S/ResultPath'],
    ['Parameters', { Type: 'Task', Resource: invoke, Parameters: {} }, '/States/S/Parameters'],
    ['a JSONPath state', { Type: 'Pass', QueryLanguage: 'JSONPath' }, '/States/S/QueryLanguage'],
    ['unknown state types', { Type: 'Loop' }, 'allowed: Task, Choice'],
    ['activities', { Type: 'Task', Resource: 'arn:aws:states:eu-central-1:1:activity:a' }, 'not an activity'],
    ['Credentials', { Type: 'Task', Resource: invoke, Credentials: {} }, '/States/S/Credentials'],
    ['time-outs by path', { Type: 'Task', Resource: invoke, TimeoutSecondsPath: '$.t' }, 'TimeoutSecondsPath'],
    [
      'a time-out of nothing',
      { Type: 'Task', Resource: invoke, TimeoutSeconds: 0 },
      '/States/S/TimeoutSeconds: found 0',
    ],
    ['Catch where it cannot be', { Type: 'Pass', Catch: [] }, '/States/S/Catch'],
    ['Wait with two ends', { Type: 'Wait', Seconds: 1, Timestamp: 'x' }, 'exactly one of Seconds and Timestamp'],
    ['expressions that do not parse', { Type: 'Pass', Output: '{% 1 + %}' }, 'does not parse'],
    [
      'names without a context',
      { Type: 'Pass', Output: { a: '{% phone & "x" %}' } },
      "Reference to 'phone' at the top level",
    ],
    ['$eval', { Type: 'Pass', Output: '{% $eval("1") %}' }, '$eval is not available'],
    ['$$', { Type: 'Pass', Output: '{% $$.a %}' }, "Reference to '$$'"],
    [
      'errorOutput outside Catch',
      { Type: 'Pass', Output: '{% $states.errorOutput %}' },
      'only in Output and Assign of a Catch',
    ],
    ['variables named states', { Type: 'Pass', Assign: { states: 1 } }, '"states" cannot be a variable'],
    [
      'States.ALL among others',
      { Type: 'Task', Resource: invoke, Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] },
      'must stand alone',
    ],
    [
      'unknown retrier fields',
      { Type: 'Task', Resource: invoke, Retry: [{ ErrorEquals: ['A'], Interval: 1 }] },
      '/States/S/Retry[0]/Interval',
    ],
    [
      'distributed maps',
      {
        Type: 'Map',
        ItemProcessor: { ...machine({ P: pass }), QueryLanguage: undefined, ProcessorConfig: { Mode: 'DISTRIBUTED' } },
      },
      'ProcessorConfig/Mode: found "DISTRIBUTED"',
    ],
    [
      'item readers',
      { Type: 'Map', ItemReader: {}, ItemProcessor: { StartAt: 'P', States: { P: pass } } },
      '/States/S/ItemReader',
    ],
  ])('%s', (_name, state, expected) => {
    expect(one(state).join('\n')).toContain(expected);
  });

  // https://states-language.net/spec.html#query-language and the table of fields of each state there.
  const jsonPath: readonly (readonly [type: string, fields: string])[] = [
    ['Task', 'InputPath OutputPath Parameters ResultSelector ResultPath TimeoutSecondsPath HeartbeatSecondsPath'],
    ['Parallel', 'InputPath OutputPath Parameters ResultSelector ResultPath'],
    ['Map', 'InputPath OutputPath Parameters ResultSelector ResultPath ItemsPath MaxConcurrencyPath Iterator'],
    ['Map', 'ToleratedFailureCountPath ToleratedFailurePercentagePath'],
    ['Pass', 'InputPath OutputPath Parameters ResultPath Result'],
    ['Wait', 'InputPath OutputPath SecondsPath TimestampPath'],
    ['Choice', 'InputPath OutputPath'],
    ['Succeed', 'InputPath OutputPath'],
    ['Fail', 'InputPath OutputPath ErrorPath CausePath'],
  ];
  test('fields that only JSONPath has', () => {
    for (const [Type, fields] of jsonPath)
      for (const field of fields.split(' '))
        expect(one({ Type, [field]: '$.x' })).toContainEqual(
          expect.stringContaining(`/States/S/${field}: is not supported here; allowed: Type`),
        );
    for (const field of ['Variable', 'StringEquals', 'NumericLessThan', 'IsPresent', 'And', 'Or', 'Not'])
      expect(one({ Type: 'Choice', Choices: [{ Condition: true, Next: 'S', [field]: 'x' }] })).toContainEqual(
        expect.stringContaining(`/States/S/Choices[0]/${field}: is not supported here`),
      );
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#state-map-distributed-fields
  test('fields that only distributed maps have', () => {
    for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'])
      expect(one({ Type: 'Map', [field]: {} })).toContainEqual(
        expect.stringContaining(`/States/S/${field}: is not supported here`),
      );
    const processor = { StartAt: 'P', States: { P: pass }, ProcessorConfig: { ExecutionType: 'STANDARD' } };
    expect(one({ Type: 'Map', ItemProcessor: processor })).toContainEqual(
      expect.stringContaining('/States/S/ItemProcessor/ProcessorConfig/ExecutionType: is not supported here'),
    );
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html and the pages of Wait and Map.
  test('numbers out of bounds', () => {
    const retry = (more: Json): readonly string[] =>
      one({ Type: 'Task', Resource: invoke, Retry: [{ ErrorEquals: ['A'], ...more }] });
    expect(retry({ IntervalSeconds: 0 })).toEqual([
      '/States/S/Retry[0]/IntervalSeconds: found 0; allowed: a number from 1 to 99999999.',
    ]);
    expect(retry({ MaxAttempts: 100_000_000 })).toHaveLength(1);
    expect(retry({ BackoffRate: 0.5 })).toHaveLength(1);
    expect(retry({ MaxDelaySeconds: 31_622_400 })).toHaveLength(1);
    expect(retry({ MaxDelaySeconds: 31_622_399, BackoffRate: 1.5, MaxAttempts: 0 })).toEqual([]);
    expect(one({ Type: 'Wait', Seconds: -1 })).toHaveLength(1);
    expect(one({ Type: 'Wait', Seconds: 100_000_000 })).toHaveLength(1);
    expect(one({ Type: 'Wait', Seconds: 0 })).toEqual([]);
    const map = (more: Json): readonly string[] =>
      one({ Type: 'Map', ItemProcessor: { StartAt: 'P', States: { P: pass } }, ...more });
    expect(map({ ToleratedFailurePercentage: 101 })).toHaveLength(1);
    expect(map({ ToleratedFailurePercentage: 12.5, ToleratedFailureCount: 1, MaxConcurrency: 0 })).toEqual([]);
    expect(map({ MaxConcurrency: 1.5 })).toHaveLength(1);
    expect(map({ MaxConcurrency: '{% 2 %}' })).toEqual([]);
  });

  // "If provided, the heartbeat interval MUST be smaller than the TimeoutSeconds value", spec.html#task-state
  test('a heartbeat that is not shorter than the time-out', () => {
    const task = (HeartbeatSeconds: number): readonly string[] =>
      one({ Type: 'Task', Resource: invoke, TimeoutSeconds: 60, HeartbeatSeconds });
    expect(task(60)).toEqual(['/States/S/HeartbeatSeconds: found 60; allowed: less than TimeoutSeconds, 60.']);
    expect(task(59)).toEqual([]);
  });

  // spec.html#timestamps
  test('a Timestamp that is none', () => {
    const wait = (Timestamp: string): readonly string[] => one({ Type: 'Wait', Timestamp });
    expect(wait('2026-01-31 12:00')).toHaveLength(1);
    expect(wait('2026-01-31t12:00:00Z')).toHaveLength(1);
    expect(wait('2026-01-31T12:00:00+01:00')).toEqual([]);
    expect(wait('{% $states.input.when %}')).toEqual([]);
  });

  test('JSONPath machines, targets that are none, states nothing leads to, and states without a way on', () => {
    expect(problems({ StartAt: 'S', States: { S: pass } })[0]).toContain('JSONPath (the default)');
    expect(problems(machine({ S: { Type: 'Pass', Next: 'Nowhere' } }))[0]).toContain('leads to "Nowhere"');
    expect(problems(machine({ S: pass, T: pass }))[0]).toContain('/States/T: no state leads here');
    expect(problems(machine({ S: { Type: 'Pass' } }))[0]).toContain('either Next or "End": true');
    expect(problems('{')[0]).toContain('not JSON');
    expect(problems({ ...machine({ S: pass }), Speed: 1 })[0]).toContain('/Speed: is not supported');
  });

  test('variables that an outer place assigns too', () => {
    const inner = { StartAt: 'I', States: { I: { ...pass, Assign: { x: 2 } } } };
    const found = problems(
      machine({
        S: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' },
        P: { Type: 'Parallel', Branches: [inner], End: true },
      }),
    );
    expect(found).toEqual(['/States/P/Branches[0]: variable x is already assigned in an outer scope; rename one.']);
  });

  test('everything at once, in one message', () => {
    expect(() => loadDefinition(machine({ S: { ...pass, ResultPath: '$', InputPath: '$' } }))).toThrow(
      /ResultPath[^]*InputPath/,
    );
  });
});

test.each([
  '$states.input.items[value > 3].name',
  '$states.input.items^(>price).{ "n": name }',
  '$map($states.input.items, function($item, $i) { $item.name })',
  '$states.input{ region: $sum(amount) }',
  '($x := $states.input; $exists($x.a) ? $x.a : "none")',
  '{ "a": [1..3], "b": $merge([$states.input, {"c": 1}]) }',
])('accepts names behind the first step of a path: %s', (expression) => {
  expect(one({ Type: 'Pass', Output: `{% ${expression} %}` })).toEqual([]);
});

test('accepts errorOutput in a Catch', () => {
  const catcher = { ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Error %}', Next: 'T' };
  expect(problems(machine({ S: { Type: 'Task', Resource: invoke, Catch: [catcher], End: true }, T: pass }))).toEqual(
    [],
  );
});
