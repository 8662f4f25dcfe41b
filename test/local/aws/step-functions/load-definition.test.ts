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
