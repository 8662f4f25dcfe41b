/** From a judge as people write it to one with every default filled in, and what is wrong with it. */
import type { WrittenCompared, WrittenJudge } from '../rollout/written-plan.ts';
import { baselinePercent, MOST_COMPARED } from '../rollout/baseline.ts';
import { percentAfter, type Plan } from '../rollout/step.ts';
import type { ComparedMetric, ComparedSource, Comparison } from './comparison.ts';
import { PLACEHOLDERS, unknownPlaceholders } from './queries.ts';

/** As sure as a published canary judge is by default: two of a hundred comparisons of alike versions find a difference. */
const CONFIDENCE = 98;
const TOLERANCE = 0.25;
/** With ten pairs a difference shows that is as large as the spread of the numbers. */
const MINIMUM_SAMPLES = 10;
/** A version that was just started is slower for a while; a tenth is nothing that anybody notices. */
const ALLOWED_LATENCY = 10;

/** The judge. */
export function compileJudge({ metrics, confidence, minimumSamples }: WrittenJudge): Comparison {
  return {
    metrics: metrics.map(compileCompared),
    confidence: (confidence ?? CONFIDENCE) / 100,
    tolerance: TOLERANCE,
    minimumSamples: minimumSamples ?? MINIMUM_SAMPLES,
  };
}

function compileCompared(written: WrittenCompared): ComparedMetric {
  const source = sourceOf(written);
  return {
    name: written.name ?? written.kind,
    source,
    worse: written.worse ?? (source.kind === 'success-rate' ? 'lower' : 'higher'),
    allowedPercent: written.allowedPercent ?? (source.kind === 'latency' ? ALLOWED_LATENCY : 0),
  };
}

function sourceOf({ kind, percentile, query }: WrittenCompared): ComparedSource {
  if (kind === 'latency') return { kind, percentile: percentile ?? 95 };
  return kind === 'prometheus' ? { kind, query: query ?? '' } : { kind };
}

/** Everything that is wrong with the judge of a plan, as sentences. */
export function checkJudge(plan: Plan): readonly string[] {
  const { judge, steps, intervalSeconds } = plan;
  if (judge === undefined) return [];
  const names = judge.metrics.map(({ name }) => name);
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  const analyses = steps.flatMap((step, index) =>
    step.kind === 'analyse' ? [{ seconds: step.seconds, percent: percentAfter(steps, index) }] : [],
  );
  const lengths = analyses.filter(({ percent }) => baselinePercent(plan, percent) > 0).map(({ seconds }) => seconds);
  const uncompared = analyses.filter(({ percent }) => percent > MOST_COMPARED && percent < 100);
  const needed = judge.minimumSamples * intervalSeconds;
  const short = lengths.filter((seconds) => seconds < needed);
  const placeholders = judge.metrics.flatMap(({ source }) =>
    source.kind === 'prometheus' ? unknownPlaceholders(source.query) : [],
  );
  return [
    ...doubled.map((name) => `the judge compares two metrics called "${name}"; give one of them another name`),
    ...uncompared.map(
      ({ percent }) =>
        `found an analysis at ${String(percent)} %; the judge compares with a baseline that gets as many requests as the candidate, so that neither can have more than ${String(MOST_COMPARED)} %. Analyse at ${String(MOST_COMPARED)} % or less, or pause there`,
    ),
    ...(lengths.length === 0 && uncompared.length === 0
      ? [
          'the judge compares two versions, but the plan never analyses while both have requests; add analyse after a weight of 50 or less',
        ]
      : []),
    ...short.map(
      (seconds) =>
        `an analysis of ${String(seconds)} s is too short for ${String(judge.minimumSamples)} comparisons, one every ${String(intervalSeconds)} s; analyse for ${String(needed)} s or more`,
    ),
    ...placeholders.map(
      (placeholder) =>
        `unknown placeholder ${placeholder}; allowed: ${PLACEHOLDERS.map((word) => `$${word}`).join(', ')}`,
    ),
  ];
}
