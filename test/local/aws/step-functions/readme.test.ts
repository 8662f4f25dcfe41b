/** The README's table of what runs names tests that exist, and leaves out no field that a definition may carry. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const readme = readFileSync('local/aws/step-functions/README.md', 'utf8');
const rows = [...readme.matchAll(/^\| (.+?) \| .*? \| ([\w-]+): “(.+?)” \| (https:\S+) \|$/gm)];

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
