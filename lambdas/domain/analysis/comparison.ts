/**
 * A canary compared with its baseline, fresh pods of the version before: what is sampled from both during a step, and what the samples come to. Separate from the
 * metrics with conditions, because here nobody knows beforehand which number is a good one.
 * The score follows a published canary judge: metrics that pass, of those that have data.
 * Source: https://github.com/spinnaker/spinnaker.io canary judge documentation (pass and marginal thresholds)
 */
import type { Analysis } from '../rollout/observation.ts';
import { classify, type Sensitivity } from './classify.ts';

/** Percentages of metrics that pass: from the first on it is healthy, up to the second unhealthy, between them nobody can say. */
const PASS = 95;
const MARGINAL = 75;
/** Samples kept of each series: an hour of one every half minute. A series of doubles this long is some two kilobytes. */
export const MOST_SAMPLES = 120;

/** Where both numbers of a compared metric come from. */
export type ComparedSource =
  | { readonly kind: 'success-rate' }
  | { readonly kind: 'latency'; readonly percentile: number }
  /** `$candidate` is whichever of the two versions is asked about. */
  | { readonly kind: 'prometheus'; readonly query: string };

/** A metric that is compared. */
export interface ComparedMetric {
  readonly name: string;
  readonly source: ComparedSource;
  /** In which direction the candidate must not differ. */
  readonly worse: 'higher' | 'lower' | 'either';
  /** How much of a difference in percent of the mean does not matter. */
  readonly allowedPercent: number;
}

/** The statistical judge of a plan. */
export interface Comparison {
  readonly metrics: readonly ComparedMetric[];
  readonly confidence: number;
  readonly tolerance: number;
  /** Pairs of samples before anything is judged. */
  readonly minimumSamples: number;
}

/** Numbers of both versions, taken at the same moments. */
export interface Series {
  readonly candidate: readonly number[];
  readonly control: readonly number[];
}

/** By name of the metric. */
export type Samples = Readonly<Record<string, Series>>;

/** The samples with one more pair; a moment at which one of both has no number compares nothing. */
export function addPair(
  samples: Samples,
  name: string,
  candidate: number | undefined,
  control: number | undefined,
): Samples {
  if (candidate === undefined || control === undefined) return samples;
  const before = samples[name] ?? { candidate: [], control: [] };
  const longer = (series: readonly number[], next: number): readonly number[] => [...series, next].slice(-MOST_SAMPLES);
  const after = { candidate: longer(before.candidate, candidate), control: longer(before.control, control) };
  return { ...samples, [name]: after };
}

/**
 * The verdict so far. It is unhealthy at once, and healthy only when the step's time is over (`ended`); a metric with too few pairs has no
 * verdict, and without any there is none at all.
 */
export function judgeComparison(comparison: Comparison, samples: Samples, ended: boolean): Analysis {
  const verdicts = comparison.metrics.map((metric) => verdictOf(comparison, metric, samples[metric.name]));
  const measurement = verdicts.map(({ said }) => said).join('; ');
  const judged = verdicts.filter(({ answer }) => answer !== 'none');
  if (judged.length === 0) return { kind: ended ? 'no-data' : 'going-on', measurement };
  const score = (100 * judged.filter(({ answer }) => answer === 'alike').length) / judged.length;
  if (score <= MARGINAL) return { kind: 'unhealthy', measurement };
  if (!ended) return { kind: 'going-on', measurement };
  if (judged.length < verdicts.length) return { kind: 'no-data', measurement };
  return { kind: score >= PASS ? 'healthy' : 'inconclusive', measurement };
}

function verdictOf(
  { confidence, tolerance, minimumSamples }: Comparison,
  { name, worse, allowedPercent }: ComparedMetric,
  series: Series = { candidate: [], control: [] },
): { readonly answer: 'alike' | 'worse' | 'none'; readonly said: string } {
  const pairs = series.candidate.length;
  if (pairs < minimumSamples) {
    return { answer: 'none', said: `${name}: compared ${String(pairs)} times, ${String(minimumSamples)} needed` };
  }
  const direction = worse === 'higher' ? 'increase' : worse === 'lower' ? 'decrease' : 'either';
  const effect = { measure: 'mean-ratio', low: 1 - allowedPercent / 100, high: 1 + allowedPercent / 100 } as const;
  const sensitivity: Sensitivity = { confidence, tolerance, direction, effect };
  const found = classify(series.candidate, series.control, sensitivity);
  const means = `${shown(series.candidate)} against ${shown(series.control)}`;
  if (found === 'no-data') return { answer: 'none', said: `${name}: no numbers` };
  return found === 'pass'
    ? { answer: 'alike', said: `${name} is alike (${means})` }
    : {
        answer: 'worse',
        said: `${name} is ${found === 'high' ? 'higher' : 'lower'} (${means}, compared ${String(pairs)} times)`,
      };
}

function shown(numbers: readonly number[]): string {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return String(Math.round(mean * 100) / 100);
}

/** The worse of two verdicts; healthy only when both are. */
export function worseOf(one: Analysis, other: Analysis): Analysis {
  const rank = ['unhealthy', 'inconclusive', 'no-data', 'going-on', 'healthy'] as const;
  const [worst = one] = [one, other].toSorted((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
  if (one.kind !== other.kind) return worst;
  const both = [one.measurement, other.measurement].filter((text) => text !== undefined).join('; ');
  return { ...worst, measurement: both };
}
