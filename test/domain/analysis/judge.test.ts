/** Verdicts: what limits mean, and that nothing but success is ever taken for it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMetric } from '../../../lambdas/domain/analysis/compile-metric.ts';
import { answerOf, count, isDue, judge, type Measurement } from '../../../lambdas/domain/analysis/judge.ts';
import type { Metric } from '../../../lambdas/domain/analysis/metric.ts';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import type { WrittenMetric } from '../../../lambdas/domain/rollout/written-plan.ts';

const metric = (more: Partial<WrittenMetric> = {}): Metric =>
  compileMetric({ kind: 'success-rate', success: '>= 99', failure: '< 95', ...more }, 5);
const value = (number: number): Measurement => ({ kind: 'value', value: number });
const away: Measurement = { kind: 'error', because: 'connect ECONNREFUSED' };
const GOOD = value(100);
const BAD = value(50);
const UNCLEAR = value(97);

function after(one: Metric, measurements: readonly Measurement[]) {
  return measurements.reduce((tally, measurement, index) => count(one, tally, measurement, index), NO_TALLY);
}
const verdict = (one: Metric, measurements: readonly Measurement[], ended = true) =>
  judge([one], after(one, measurements), ended).kind;

describe('one measurement', () => {
  it.each([
    [100, 'success'],
    [99, 'success'],
    [97, 'inconclusive'],
    [94.9, 'failure'],
    [Number.NaN, 'error'],
    [Number.POSITIVE_INFINITY, 'error'],
  ])('of %d is a %s by success >= 99 and failure < 95', (number, answer) => {
    expect(answerOf(metric(), value(number))).toBe(answer);
  });

  it('is never inconclusive with one condition: the opposite is the other', () => {
    const good = compileMetric({ kind: 'latency', success: '<= 500' }, 5);
    const bad = compileMetric({ kind: 'error-count', failure: '> 3' }, 5);
    expect([answerOf(good, value(501)), answerOf(good, value(500))]).toEqual(['failure', 'success']);
    expect([answerOf(bad, value(4)), answerOf(bad, value(3))]).toEqual(['failure', 'success']);
    expect(answerOf(bad, value(Number.NaN))).toBe('error');
  });

  it('that is both good and bad is bad', () => {
    expect(answerOf(metric({ success: '> 0', failure: '> 10' }), value(11))).toBe('failure');
  });
});

describe('limits are exceeded, not reached', () => {
  it('a failure limit of 2 ends with the third failure', () => {
    const tolerant = metric({ failureLimit: 2 });
    expect(verdict(tolerant, [BAD, GOOD, BAD])).toBe('healthy');
    expect(verdict(tolerant, [BAD, GOOD, BAD, GOOD, BAD])).toBe('unhealthy');
  });

  it('without a limit the first failure ends', () => {
    expect(verdict(metric(), [GOOD, BAD], false)).toBe('unhealthy');
  });

  it('an inconclusive limit of 1 asks after the second', () => {
    const tolerant = metric({ inconclusiveLimit: 1 });
    expect(verdict(tolerant, [UNCLEAR, GOOD])).toBe('healthy');
    expect(verdict(tolerant, [UNCLEAR, GOOD, UNCLEAR])).toBe('inconclusive');
  });

  it('errors count in a row: an answer in between begins anew', () => {
    const one = metric({ errorLimit: 2 });
    expect(verdict(one, [away, away, GOOD, away, away, GOOD])).toBe('healthy');
    expect(verdict(one, [GOOD, away, away, away])).toBe('no-data');
  });

  it('enough successes in a row end a step early', () => {
    const eager = metric({ consecutiveSuccess: 3, failureLimit: 1 });
    expect(verdict(eager, [GOOD, GOOD, BAD, GOOD, GOOD], false)).toBe('going-on');
    expect(verdict(eager, [GOOD, GOOD, BAD, GOOD, GOOD, GOOD], false)).toBe('healthy');
  });

  it('says the measurement, the conditions and the limit', () => {
    expect(judge([metric()], after(metric(), [BAD]), false)).toEqual({
      kind: 'unhealthy',
      measurement: 'success-rate 50 %, good >= 99, bad < 95 (failures: 1, allowed: 0)',
    });
  });
});

describe('too few requests', () => {
  it('are neither success nor failure, however long it takes', () => {
    const few: Measurement = { kind: 'too-few', requests: 7 };
    const judged = judge([metric()], after(metric(), [few, few, few, few, few, few]), true);
    expect(judged).toEqual({
      kind: 'going-on',
      measurement: 'success-rate: 7 requests so far, 20 needed',
      tooFew: true,
    });
  });

  it('are no measurement: the metric stays due, until there are enough', () => {
    const [few, first] = [{ kind: 'too-few', requests: 7 } as const, count(metric(), NO_TALLY, GOOD, 1_000)];
    expect(isDue(metric(), count(metric(), NO_TALLY, few, 1_000), 0, 1_001)).toBe(true);
    expect(isDue(metric(), count(metric(), first, few, 6_000), 0, 6_001)).toBe(true);
    const enough = count(metric(), count(metric(), first, few, 6_000), GOOD, 6_500);
    expect(isDue(metric(), enough, 0, 6_501)).toBe(false);
    expect(judge([metric()], enough, false)).not.toHaveProperty('tooFew');
  });
});

describe('several metrics', () => {
  const others = [metric({ name: 'a' }), metric({ name: 'b' }), metric({ name: 'c' })];
  const tallied = (...measurements: readonly Measurement[]) =>
    others.reduce((tally, one, index) => count(one, tally, measurements[index] ?? GOOD, 0), NO_TALLY);

  it('one that fails is enough, and is named', () => {
    const judged = judge(others, tallied(GOOD, BAD, UNCLEAR), true);
    expect(judged.kind).toBe('unhealthy');
    expect(judged.measurement).toMatch(/^b 50 %/);
  });

  it('are healthy only together', () => {
    expect(judge(others, tallied(GOOD, GOOD, GOOD), true).kind).toBe('healthy');
    expect(judge([...others, metric({ name: 'd' })], tallied(GOOD, GOOD, GOOD), true).kind).toBe('going-on');
  });
});

describe('when a metric is due', () => {
  const late = metric({ initialDelay: '10s', interval: '30s' });
  it('is not before its initial delay, then once per interval', () => {
    const once = count(late, NO_TALLY, GOOD, 11_000);
    expect([isDue(late, NO_TALLY, 0, 9_999), isDue(late, NO_TALLY, 0, 10_000)]).toEqual([false, true]);
    expect([isDue(late, once, 0, 40_999), isDue(late, once, 0, 41_000)]).toEqual([false, true]);
  });
});

describe('whatever is measured', () => {
  const measurement = fc.oneof(
    fc.constantFrom<Measurement>(GOOD, BAD, UNCLEAR, away, value(Number.NaN), { kind: 'too-few', requests: 3 }),
    fc.double().map(value),
  );
  const written = fc.record({
    failureLimit: fc.nat(4),
    inconclusiveLimit: fc.nat(4),
    errorLimit: fc.nat(4),
    consecutiveSuccess: fc.nat(4),
  });

  it('is never healthy without a success', () => {
    fc.assert(
      fc.property(fc.array(measurement), written, fc.boolean(), (measurements, limits, ended) => {
        const one = metric(limits);
        const successes = measurements.filter((each) => answerOf(one, each) === 'success').length;
        expect(successes > 0 || verdict(one, measurements, ended) !== 'healthy').toBe(true);
      }),
    );
  });

  it('is unhealthy exactly when failures exceed the limit', () => {
    fc.assert(
      fc.property(fc.array(measurement), written, fc.boolean(), (measurements, limits, ended) => {
        const failures = measurements.filter((each) => answerOf(metric(), each) === 'failure').length;
        expect(verdict(metric(limits), measurements, ended) === 'unhealthy').toBe(failures > limits.failureLimit);
      }),
    );
  });

  it('ends: a store that stays away is told after a bounded number of errors', () => {
    fc.assert(
      fc.property(fc.array(measurement), written, (measurements, limits) => {
        const gone = Array.from({ length: limits.errorLimit + 1 }, () => away);
        expect(['unhealthy', 'inconclusive', 'no-data']).toContain(
          verdict(metric(limits), [...measurements, ...gone], false),
        );
      }),
    );
  });
});
