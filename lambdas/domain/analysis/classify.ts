/**
 * Whether a series of numbers is higher or lower than another by more than chance and more than somebody minds. Separate from the
 * mathematics, because tolerance and effect size are opinions. The rules are those of a published canary judge.
 * Source: https://github.com/spinnaker/kayenta/tree/master/kayenta-judge (Mann-Whitney classifier)
 */
import { shiftOf } from './mann-whitney.ts';

/** What counts as different. */
export interface Sensitivity {
  /** Share of 1: with 0.98, two of a hundred comparisons of alike versions find a difference. */
  readonly confidence: number;
  /** Share of the estimated shift within which an interval counts as none. */
  readonly tolerance: number;
  /** Which differences matter. */
  readonly direction: 'increase' | 'decrease' | 'either';
  /** Ratio of the means, or chance that a number of the candidate is the greater one, beyond which a difference matters. */
  readonly effect: { readonly measure: 'mean-ratio' | 'chance'; readonly low: number; readonly high: number };
}

export type Classification = 'pass' | 'high' | 'low' | 'no-data';

/** `experiment` compared with `control`; what is no number is left out. */
export function classify(
  experiment: readonly number[],
  control: readonly number[],
  { confidence, tolerance, direction, effect }: Sensitivity,
): Classification {
  const [ours, theirs] = [experiment.filter(Number.isFinite), control.filter(Number.isFinite)];
  if (ours.length === 0 || theirs.length === 0) return 'no-data';
  if (new Set([...ours, ...theirs]).size === 1 || isSame(ours, theirs)) return 'pass';
  const { low, high, estimate } = shiftOf(ours, theirs, confidence);
  const bound = tolerance * Math.abs(estimate);
  const size = effect.measure === 'chance' ? chanceOf(ours, theirs) : mean(ours) / mean(theirs);
  // Nothing can be compared with a mean of zero: then every difference is a large one.
  const isLarge = !Number.isFinite(size);
  if (direction !== 'decrease' && low > bound && (isLarge || size >= effect.high)) return 'high';
  if (direction !== 'increase' && high < -bound && (isLarge || size <= effect.low)) return 'low';
  return 'pass';
}

function isSame(ours: readonly number[], theirs: readonly number[]): boolean {
  const sorted = (numbers: readonly number[]): string => JSON.stringify(numbers.toSorted((one, other) => one - other));
  return sorted(ours) === sorted(theirs);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The chance that a number of the first is greater than one of the second; ties count half. */
function chanceOf(ours: readonly number[], theirs: readonly number[]): number {
  const wins = ours.flatMap((one) => theirs.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)));
  return wins.reduce((sum: number, win) => sum + win, 0) / wins.length;
}
