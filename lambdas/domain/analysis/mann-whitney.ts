/**
 * By how much one series of numbers lies above another: the Hodges–Lehmann estimate with its confidence interval, as R's `wilcox.test`
 * gives it, with the correction for continuity in the estimate too, as the judge of classify.ts has it. Separate because it is mathematics that knows nothing of rollouts.
 * Sources: Hollander and Wolfe, Nonparametric Statistical Methods, 1999, chapter 4; Bauer, Constructing confidence sets using rank
 * statistics, JASA 67, 1972; Brent, Algorithms for minimization without derivatives, 1973, chapter 4 (the root finder of `uniroot`).
 */

/** Bounds and estimate of the shift from `control` to `experiment`. */
export interface Shift {
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}

/** Below this many numbers on both sides, and without ties, the distribution is counted out instead of approximated. */
const EXACT_BELOW = 50;
/** How near a root is found; R's default. */
const TOLERANCE = 1e-4;

/** The shift; both series must have numbers, and not all of them may be equal. */
export function shiftOf(experiment: readonly number[], control: readonly number[], confidence: number): Shift {
  const all = [...experiment, ...control];
  const isTied = new Set(all).size < all.length;
  const isSmall = experiment.length < EXACT_BELOW && control.length < EXACT_BELOW;
  return isSmall && !isTied
    ? exactShift(experiment, control, confidence)
    : normalShift(experiment, control, confidence);
}

function exactShift(experiment: readonly number[], control: readonly number[], confidence: number): Shift {
  const differences = experiment
    .flatMap((one) => control.map((other) => one - other))
    .toSorted((one, other) => one - other);
  const pairs = differences.length;
  const tail = Math.max(1, quantile((1 - confidence) / 2, experiment.length, control.length));
  const middle = [differences[Math.floor((pairs - 1) / 2)] ?? 0, differences[Math.ceil((pairs - 1) / 2)] ?? 0];
  return {
    low: differences[tail - 1] ?? 0,
    high: differences[pairs - tail] ?? 0,
    estimate: ((middle[0] ?? 0) + (middle[1] ?? 0)) / 2,
  };
}

/** The smallest rank sum whose probability is at least this, counted over all ways to mix the two series. */
function quantile(probability: number, ones: number, others: number): number {
  const ways = waysOf(ones, others);
  const total = ways.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [rank, count] of ways.entries()) {
    seen += count;
    if (seen / total >= probability) return rank;
  }
  return ones * others;
}

/** By rank sum, how many of the ways to choose `ones` places out of all have it: the coefficients of a Gaussian binomial. */
function waysOf(ones: number, others: number): readonly number[] {
  let ways = [1];
  for (let place = 1; place <= ones; place += 1) {
    const more = Array.from({ length: ways.length + others }, () => 0);
    // Multiply by 1 - q^(others + place), then divide by 1 - q^place.
    for (const [rank, count] of ways.entries()) {
      more[rank] = (more[rank] ?? 0) + count;
      const far = rank + others + place;
      if (far < more.length) more[far] = (more[far] ?? 0) - count;
    }
    for (let rank = place; rank < more.length; rank += 1) more[rank] = (more[rank] ?? 0) + (more[rank - place] ?? 0);
    ways = more;
  }
  return ways;
}

function normalShift(experiment: readonly number[], control: readonly number[], confidence: number): Shift {
  const least = Math.min(...experiment) - Math.max(...control);
  const most = Math.max(...experiment) - Math.min(...control);
  const quantileOf = normalQuantile(1 - (1 - confidence) / 2);
  const root = (z: number): number => {
    const distance = (shift: number): number => standardised(experiment, control, shift) - z;
    const [atLeast, atMost] = [distance(least), distance(most)];
    if (atLeast <= 0) return least;
    return atMost >= 0 ? most : zeroOf(distance, least, most, atLeast, atMost);
  };
  return { low: root(quantileOf), high: root(-quantileOf), estimate: root(0) };
}

/** How many standard deviations the rank sum is above its mean once the experiment is shifted down by this. */
function standardised(experiment: readonly number[], control: readonly number[], shift: number): number {
  const [ones, others] = [experiment.length, control.length];
  const { sum, ties } = rankSum(
    experiment.map((value) => value - shift),
    control,
  );
  const above = sum - (ones * (ones + 1)) / 2 - (ones * others) / 2;
  const all = ones + others;
  const sigma = Math.sqrt(((ones * others) / 12) * (all + 1 - ties / (all * (all - 1))));
  return (above - Math.sign(above) * 0.5) / sigma;
}

/** The sum of the first series' ranks among both, ties sharing theirs; and what ties take from the variance. */
function rankSum(first: readonly number[], second: readonly number[]): { readonly sum: number; readonly ties: number } {
  const all = [
    ...first.map((value) => ({ value, ours: true })),
    ...second.map((value) => ({ value, ours: false })),
  ].toSorted((one, other) => one.value - other.value);
  let [sum, ties, begin] = [0, 0, 0];
  while (begin < all.length) {
    let end = begin;
    while (end + 1 < all.length && all[end + 1]?.value === all[begin]?.value) end += 1;
    const same = end - begin + 1;
    const ours = all.slice(begin, end + 1).filter((one) => one.ours).length;
    sum += (ours * (begin + end + 2)) / 2;
    ties += same ** 3 - same;
    begin = end + 1;
  }
  return { sum, ties };
}

/** Brent's method, step for step as R takes them, since a flat function has many roots within the tolerance. */
function zeroOf(of: (at: number) => number, low: number, high: number, atLow: number, atHigh: number): number {
  let [a, b, fa, fb] = [low, high, atLow, atHigh];
  let [c, fc] = [a, fa];
  for (let round = 0; round < 1_000; round += 1) {
    const before = b - a;
    if (Math.abs(fc) < Math.abs(fb)) [a, b, c, fa, fb, fc] = [b, c, b, fb, fc, fb];
    const near = 2 * Number.EPSILON * Math.abs(b) + TOLERANCE / 2;
    let step = (c - b) / 2;
    if (Math.abs(step) <= near || fb === 0) return b;
    if (Math.abs(before) >= near && Math.abs(fa) > Math.abs(fb)) {
      const [p, q] = interpolated({ a, b, c, fa, fb, fc });
      if (p < 0.75 * (c - b) * q - Math.abs(near * q) / 2 && p < Math.abs((before * q) / 2)) step = p / q;
    }
    if (Math.abs(step) < near) step = step > 0 ? near : -near;
    [a, fa] = [b, fb];
    b += step;
    fb = of(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) [c, fc] = [a, fa];
  }
  return b;
}

/** Numerator and denominator of the step that a line, or an inverse parabola, through the last points suggests. */
function interpolated(at: Readonly<Record<'a' | 'b' | 'c' | 'fa' | 'fb' | 'fc', number>>): readonly [number, number] {
  const { a, b, c, fa, fb, fc } = at;
  const wide = c - b;
  let [p, q] = [0, 0];
  if (a === c) {
    const ratio = fb / fa;
    [p, q] = [wide * ratio, 1 - ratio];
  } else {
    const [u, v, w] = [fa / fc, fb / fc, fb / fa];
    p = w * (wide * u * (u - v) - (b - a) * (v - 1));
    q = (u - 1) * (v - 1) * (w - 1);
  }
  return p > 0 ? [p, -q] : [-p, q];
}

/**
 * The quantile of the normal distribution, with an absolute error below 1e-9 after one step of Halley's method.
 * Source: Acklam, An algorithm for computing the inverse normal cumulative distribution function, 2003.
 */
function normalQuantile(probability: number): number {
  const tail = Math.sqrt(-2 * Math.log(1 - probability));
  const start =
    probability > 0.97575
      ? -(
          ((((-0.007784894002430293 * tail - 0.3223964580411365) * tail - 2.400758277161838) * tail -
            2.549732539343734) *
            tail +
            4.374664141464968) *
            tail +
          2.938163982698783
        ) /
        ((((0.007784695709041462 * tail + 0.3224671290700398) * tail + 2.445134137142996) * tail + 3.754408661907416) *
          tail +
          1)
      : centralQuantile(probability - 0.5);
  const error = normalShare(start) - probability;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp(start ** 2 / 2);
  return start - step / (1 + (start * step) / 2);
}

function centralQuantile(q: number): number {
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}

/** Share of a normal distribution below z, by the series of the error function; z is below 7 here. */
function normalShare(z: number): number {
  let [term, sum] = [z, z];
  for (let n = 1; n < 200; n += 1) {
    term *= (z * z) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + sum * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
}
