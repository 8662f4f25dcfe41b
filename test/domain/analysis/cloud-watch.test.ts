/** What CloudWatch is asked: whole minutes that are complete and began after the step did, and what they come to together. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineMinutes, completeMinutes } from '../../../lambdas/domain/analysis/cloud-watch.ts';

const MINUTE = 60_000;
const metric = (statistic: string) => ({ namespace: 'N', metric: 'M', dimensions: {}, statistic });

describe('the minutes of a measurement', () => {
  it.each([
    [0, 300, 2 * MINUTE, { from: 0, to: MINUTE }],
    [0, 300, 2 * MINUTE - 1, undefined],
    [1, 300, 3 * MINUTE, { from: MINUTE, to: 2 * MINUTE }],
    [1, 300, 3 * MINUTE - 1, undefined],
    [0, 60, 10 * MINUTE, { from: 8 * MINUTE, to: 9 * MINUTE }],
    [0, 120, 10 * MINUTE + 59_999, { from: 7 * MINUTE, to: 9 * MINUTE }],
  ])('of a step since %d, with a window of %d s, at %d', (since, window, now, expected) => {
    expect(completeMinutes(since, window, now)).toEqual(expected);
  });

  it('are whole, complete, of the step and within the window, whenever it is', () => {
    fc.assert(
      fc.property(fc.nat(1e10), fc.integer({ min: 1, max: 60 }), fc.nat(1e7), (since, minutes, waited) => {
        const found = completeMinutes(since, minutes * 60, since + waited);
        const { from = 0, to = 0 } = found ?? {};
        const whole = from % MINUTE === 0 && to % MINUTE === 0 && to - from <= minutes * MINUTE;
        const complete = from >= since && to <= since + waited - MINUTE;
        expect(found === undefined ? waited < 3 * MINUTE : whole && complete).toBe(true);
      }),
    );
  });
});

describe('several minutes', () => {
  it.each([
    ['Sum', 6],
    ['SampleCount', 6],
    ['Minimum', 1],
    ['Maximum', 3],
    ['p95', 3],
  ])('by %s are %d', (statistic, expected) => {
    expect(combineMinutes(metric(statistic), { values: [1, 2, 3] })).toBe(expected);
  });

  it('have an average in which every sample counts alike', () => {
    expect(combineMinutes(metric('Average'), { values: [10, 1], samples: [1, 9] })).toBeCloseTo(1.9);
    expect(combineMinutes(metric('Average'), { values: [10, 2] })).toBe(6);
  });

  it('without any number are none', () => {
    for (const statistic of ['Sum', 'Average', 'Minimum', 'p50']) {
      expect(combineMinutes(metric(statistic), { values: [] })).toBeUndefined();
    }
    expect(combineMinutes({ expression: 'SELECT 1' }, { values: [4, 5] })).toBe(5);
  });
});
