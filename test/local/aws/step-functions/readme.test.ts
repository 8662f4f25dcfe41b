/** The README's tables name tests that exist, and leave out no field, no error and nothing that is refused. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  catcherFields,
  fieldsOfStates,
  machineFields,
  retrierFields,
  ruleFields,
} from '../../../../local/aws/step-functions/load-definition.ts';

const readme = readFileSync('local/aws/step-functions/README.md', 'utf8');
const rows = [...readme.matchAll(/^\| (.+?) \| (?:.*? \| )?([\w-]+): “(.+?)” \| (https:\S+) \|$/gm)];

test('every row names a test that exists', () => {
  expect(rows.length).toBeGreaterThan(50);
  const missing = rows.filter(([, , file, name]) => {
    const source = readFileSync(`test/local/aws/step-functions/${file}.test.ts`, 'utf8');
    return !source.includes(`test('${name}'`) && !source.includes(`'${name}',`);
  });
  expect(missing.map(([, , file, name]) => `${file}: ${name}`)).toEqual([]);
});

test('every field that a definition may carry is in a row', () => {
  const source = readFileSync('local/aws/step-functions/definition.ts', 'utf8');
  const fields = [...source.matchAll(/readonly ([A-Z]\w+)\??:/g)].map((match) => match[1]!);
  const named = rows.map((row) => row[1]).join(' ');
  const left = new Set(fields.filter((field) => !named.includes(field) && field !== 'Type'));
  expect([...left]).toEqual([]);
});

test('every field of every state that loading lets through is in a row', () => {
  const named = rows.map((row) => row[1]);
  // What all states share has rows of its own; the others stand in a row that begins with the state.
  const shared = new Set(['Type', 'Comment', 'QueryLanguage', 'Next', 'End', 'Output', 'Assign', 'Retry', 'Catch']);
  const missing = Object.entries(fieldsOfStates).flatMap(([type, fields]) =>
    fields
      .filter((field) => !shared.has(field))
      .filter((field) => !named.some((row = '') => row.includes(`\`${type}\``) && row.includes(`\`${field}\``)))
      .map((field) => `${type}: ${field}`),
  );
  expect(missing).toEqual([]);
  const everywhere = [...machineFields, ...retrierFields, ...catcherFields, ...ruleFields, ...shared];
  expect(everywhere.filter((field) => field !== 'Type' && !named.join(' ').includes(field))).toEqual([]);
});

test('every error of the specification and of AWS says what becomes of it', () => {
  // https://states-language.net/spec.html#appendix-a
  const specified =
    'ALL HeartbeatTimeout Timeout TaskFailed Permissions ResultPathMatchFailure ParameterPathFailure QueryEvaluationError BranchFailed NoChoiceMatched IntrinsicFailure ExceedToleratedFailureThreshold ItemReaderFailed ResultWriterFailed';
  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
  const more = 'DataLimitExceeded Runtime';
  const table = readme.slice(readme.indexOf('## Error names'), readme.indexOf('## What is refused by name'));
  const missing = `${specified} ${more}`.split(' ').filter((name) => !table.includes(`\`States.${name}\``));
  expect(missing).toEqual([]);
});

test('no error is raised that has no row', () => {
  const sources = [
    'run-states',
    'run',
    'fan-out',
    'task-state',
    'state-error',
    'expressions',
    'interpreter',
    'history',
  ];
  const raised = sources.flatMap((file) => {
    const source = readFileSync(`local/aws/step-functions/${file}.ts`, 'utf8');
    return [...source.matchAll(/'(States\.\w+)'/g)].map((match) => match[1] ?? '');
  });
  expect(raised.length).toBeGreaterThan(5);
  expect([...new Set(raised)].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
