/**
 * The judge's mathematics against published vectors: a selection of the suites of Kayenta (spinnaker/kayenta, Apache-2.0; repository,
 * commit and files stand in canary-judge-vectors.json, numbers only).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, type Sensitivity } from '../../../lambdas/domain/analysis/classify.ts';
import { shiftOf } from '../../../lambdas/domain/analysis/mann-whitney.ts';

interface Classified {
  readonly id: string;
  readonly params: {
    readonly tolerance: number;
    readonly confLevel: number;
    readonly direction?: string;
    readonly effectSizeThresholds?: readonly [number, number];
    readonly effectSizeMeasure?: string;
  };
  readonly direction?: string;
  readonly experiment: readonly (number | 'NaN')[];
  readonly control: readonly (number | 'NaN')[];
  readonly expected: { readonly classification?: string; readonly ciLow?: number; readonly ciHigh?: number };
}
interface Interval {
  readonly id: string;
  readonly confidenceLevel: number;
  readonly experiment?: readonly number[];
  readonly control?: readonly number[];
  readonly x?: readonly number[];
  readonly y?: readonly number[];
  readonly expected: Readonly<Record<string, number>>;
  readonly tolerance: number;
  readonly toleranceEstimate?: number;
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'canary-judge-vectors.json'), 'utf8')) as {
  readonly classifier: readonly Classified[];
  readonly reportedInIssues: readonly Classified[];
  readonly mannWhitney: readonly Interval[];
};

const WORDS: Readonly<Record<string, string>> = { Pass: 'pass', High: 'high', Low: 'low', Nodata: 'no-data' };
const numbers = (series: Classified['experiment']): readonly number[] => series.map(Number);

function sensitivityOf({ params, direction = params.direction ?? 'Either' }: Classified): Sensitivity {
  const [low, high] = params.effectSizeThresholds ?? [1, 1];
  return {
    confidence: params.confLevel,
    tolerance: params.tolerance,
    direction: direction.toLowerCase() as Sensitivity['direction'],
    effect: { measure: params.effectSizeMeasure === 'cles' ? 'chance' : 'mean-ratio', low, high },
  };
}

describe('the published classifications', () => {
  const classified = [...vectors.classifier, ...vectors.reportedInIssues].filter(
    ({ expected }) => expected.classification !== undefined,
  );
  it.each(classified.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const found = classify(numbers(vector.experiment), numbers(vector.control), sensitivityOf(vector));
    expect(found).toBe(WORDS[vector.expected.classification ?? '']);
  });

  it('are more than a handful', () => {
    expect(classified.length).toBeGreaterThanOrEqual(18);
  });
});

describe('the published intervals', () => {
  it.each(vectors.mannWhitney.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const { expected, tolerance, toleranceEstimate = tolerance } = vector;
    const found = shiftOf(
      vector.experiment ?? vector.x ?? [],
      vector.control ?? vector.y ?? [],
      vector.confidenceLevel,
    );
    const near = (one: number, other = Number.NaN, within = tolerance): boolean => Math.abs(one - other) <= within;
    expect([
      near(found.low, expected['ciLow'] ?? expected['rCil']),
      near(found.high, expected['ciHigh'] ?? expected['rCiu']),
      near(found.estimate, expected['estimate'] ?? expected['rEst'], toleranceEstimate),
    ]).toEqual([true, true, true]);
  });
});

describe('a comparison', () => {
  const series = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 5, maxLength: 40 });
  const either: Sensitivity = {
    confidence: 0.98,
    tolerance: 0.25,
    direction: 'either',
    effect: { measure: 'mean-ratio', low: 1, high: 1 },
  };

  it('of a series with itself, in any order, finds nothing', () => {
    fc.assert(
      fc.property(series, (one) => {
        expect(classify(one, one.toReversed(), either)).toBe('pass');
      }),
    );
  });

  it('says low when the other way round it says high', () => {
    const mirrored = { pass: 'pass', high: 'low', low: 'high', 'no-data': 'no-data' } as const;
    fc.assert(
      fc.property(series, series, (one, other) => {
        const there = classify(one, other, { ...either, effect: { measure: 'chance', low: 0.5, high: 0.5 } });
        const back = classify(other, one, { ...either, effect: { measure: 'chance', low: 0.5, high: 0.5 } });
        expect(back).toBe(mirrored[there]);
      }),
    );
  });

  it('finds what is far apart, and leaves out what is no number', () => {
    const [low, high] = [Array.from({ length: 10 }, (_, n) => 100 + n), Array.from({ length: 10 }, (_, n) => 200 + n)];
    expect(classify([...high, Number.NaN], low, either)).toBe('high');
    expect(classify(low, high, { ...either, direction: 'increase' })).toBe('pass');
    expect(classify([Number.NaN], low, either)).toBe('no-data');
  });
});
