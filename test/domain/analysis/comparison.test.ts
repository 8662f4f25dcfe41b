/** The statistical judge of a plan: what its four answers mean. */
import { describe, expect, it } from 'vitest';
import {
  addPair,
  judgeComparison,
  MOST_SAMPLES,
  worseOf,
  type Samples,
} from '../../../lambdas/domain/analysis/comparison.ts';
import { compileJudge } from '../../../lambdas/domain/analysis/compile-judge.ts';

const judge = compileJudge({ metrics: [{ kind: 'latency' }, { kind: 'success-rate' }] });
/** Numbers around a mean that are all different. */
const around = (mean: number, count = 12): readonly number[] =>
  Array.from({ length: count }, (_, index) => mean + ((index * 7) % count) / 10);
const samples = (latency: readonly [number, number], rate: readonly [number, number], count = 12): Samples => ({
  latency: { candidate: around(latency[0], count), control: around(latency[1], count) },
  'success-rate': { candidate: around(rate[0], count), control: around(rate[1], count) },
});

describe('the judge', () => {
  it('finds two alike versions healthy at the end of the step, and not before', () => {
    const alike = samples([100, 100.3], [99, 99.1]);
    expect(judgeComparison(judge, alike, false).kind).toBe('going-on');
    expect(judgeComparison(judge, alike, true)).toMatchObject({ kind: 'healthy' });
  });

  it('finds a candidate that is worse unhealthy at once, and says what against what', () => {
    expect(judgeComparison(judge, samples([150, 100], [99, 99.1]), false)).toEqual({
      kind: 'unhealthy',
      measurement: expect.stringMatching(
        /latency is higher \(150.\d+ against 100.\d+, compared 12 times\); success-rate is alike/,
      ) as string,
    });
    expect(judgeComparison(judge, samples([100, 100], [90, 99]), false).measurement).toContain('success-rate is lower');
  });

  it('minds neither a better candidate nor a difference that is allowed', () => {
    expect(judgeComparison(judge, samples([50, 100], [99.9, 90]), true).kind).toBe('healthy');
    expect(judgeComparison(judge, samples([106, 100], [99, 99.1]), true).kind).toBe('healthy');
  });

  it('says nothing before there are enough pairs, and that there is no data when the step ends without', () => {
    const few = samples([500, 100], [10, 99], 4);
    expect(judgeComparison(judge, few, false)).toMatchObject({ kind: 'going-on' });
    expect(judgeComparison(judge, few, true)).toEqual({
      kind: 'no-data',
      measurement: 'latency: compared 4 times, 10 needed; success-rate: compared 4 times, 10 needed',
    });
    const half = { latency: samples([100, 100], [99, 99])['latency']! };
    expect(judgeComparison(judge, half, true).kind).toBe('no-data');
  });

  it('cannot say when one of many metrics is worse', () => {
    const metrics = Array.from({ length: 5 }, (_, index) => ({ kind: 'latency' as const, name: `m${String(index)}` }));
    const many = compileJudge({ metrics });
    const series = Object.fromEntries(
      metrics.map(({ name }, index) => [name, { candidate: around(index === 0 ? 200 : 100), control: around(100.3) }]),
    );
    expect(judgeComparison(many, series, false).kind).toBe('going-on');
    expect(judgeComparison(many, series, true).kind).toBe('inconclusive');
  });
});

describe('samples', () => {
  it('are pairs of one moment: half of one compares nothing', () => {
    expect(addPair({}, 'latency', 1, undefined)).toEqual({});
    expect(addPair(addPair({}, 'latency', 1, 2), 'latency', undefined, 3)).toEqual({
      latency: { candidate: [1], control: [2] },
    });
  });

  it('are not kept for ever', () => {
    let kept: Samples = {};
    for (let index = 0; index < 2 * MOST_SAMPLES; index += 1) kept = addPair(kept, 'latency', index, index);
    expect(kept['latency']?.candidate).toHaveLength(MOST_SAMPLES);
    expect(kept['latency']?.candidate.at(-1)).toBe(2 * MOST_SAMPLES - 1);
  });
});

describe('two verdicts', () => {
  it('come to the worse of both, and to healthy only together', () => {
    const verdict = (kind: 'healthy' | 'going-on' | 'unhealthy' | 'no-data') => ({ kind, measurement: kind });
    expect(worseOf(verdict('healthy'), verdict('going-on')).kind).toBe('going-on');
    expect(worseOf(verdict('no-data'), verdict('unhealthy')).kind).toBe('unhealthy');
    expect(worseOf(verdict('healthy'), verdict('healthy'))).toEqual({
      kind: 'healthy',
      measurement: 'healthy; healthy',
    });
  });
});
