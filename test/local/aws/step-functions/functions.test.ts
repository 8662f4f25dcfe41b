/** The functions that Step Functions adds to JSONata. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { play } from './scenario.ts';

const evaluate = async (expression: string): Promise<unknown> => {
  const { output, outcome } = await play({ Compute: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } });
  return outcome.status === 'FAILED' ? outcome.error : output;
};

test('$partition cuts an array into chunks', async () => {
  expect(await evaluate('$partition([1,2,3,4,5], 2)')).toEqual([[1, 2], [3, 4], [5]]);
  expect(await evaluate('$partition([1,2,3], 2.9)')).toEqual([[1, 2], [3]]);
  expect(await evaluate('$partition([1], 0)')).toBe('States.QueryEvaluationError');
});

test('$range counts from start to end by step', async () => {
  expect(await evaluate('$range(1, 9, 4)')).toEqual([1, 5, 9]);
  expect(await evaluate('$range(3, 1, -1)')).toEqual([3, 2, 1]);
  expect(await evaluate('$range(1, 1, 1)')).toBe(1);
  expect(await evaluate('$range(1, 3, -1)')).toBe('States.QueryEvaluationError');
});

test('$hash digests by the algorithm it is given', async () => {
  for (const [name, node] of [
    ['MD5', 'md5'],
    ['SHA-1', 'sha1'],
    ['SHA-256', 'sha256'],
    ['SHA-384', 'sha384'],
    ['SHA-512', 'sha512'],
  ] as const) {
    expect(await evaluate(`$hash("ü", "${name}")`)).toBe(createHash(node).update('ü').digest('hex'));
  }
  expect(await evaluate('$hash("a", "sha-256")')).toBe('States.QueryEvaluationError');
});

test('$random is in [0, 1), and the same for the same seed', async () => {
  expect(await evaluate('$random()')).toBe(0.5);
  const first = await evaluate('$random(7)');
  expect(first).toBeGreaterThanOrEqual(0);
  expect(first).toBeLessThan(1);
  expect(await evaluate('$random(7)')).toBe(first);
  expect(await evaluate('$random(8)')).not.toBe(first);
});

test('$uuid gives a version 4 UUID', async () => {
  expect(await evaluate('$uuid()')).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test('$parse reads JSON', async () => {
  expect(await evaluate(`$parse('{"a": [1, null]}')`)).toEqual({ a: [1, null] });
  expect(await evaluate(`$parse('{')`)).toBe('States.QueryEvaluationError');
});

test('$now and $millis tell the execution’s time', async () => {
  expect(await evaluate('$millis()')).toBe(Date.UTC(2026, 0, 1));
  expect(await evaluate('$now()')).toBe('2026-01-01T00:00:00.000Z');
  expect(await evaluate('$now("[Y]-[M01]")')).toBe('2026-01');
});
