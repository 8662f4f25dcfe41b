/** From a judge as people write it to one with every default filled in, and what is wrong with it. */
import type { WrittenCompared, WrittenJudge } from '../rollout/written-plan.ts';
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
export function checkJudge({ judge, steps, intervalSeconds }: Plan): readonly string[] {
  if (judge === undefined) return [];
  const names = judge.metrics.map(({ name }) => name);
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  const lengths = steps.flatMap((step, index) => {
    const percent = percentAfter(steps, index);
    return step.kind === 'analyse' && percent > 0 && percent < 100 ? [step.seconds] : [];
  });
  const needed = judge.minimumSamples * intervalSeconds;
  const short = lengths.filter((seconds) => seconds < needed);
  const placeholders = judge.metrics.flatMap(({ source }) =>
    source.kind === 'prometheus' ? unknownPlaceholders(source.query) : [],
  );
  return [
    ...doubled.map((name) => `the judge compares two metrics called "${name}"; give one of them another name`),
    ...(lengths.length === 0
      ? [
          'the judge compares two versions, but the plan never analyses while both have requests; add analyse after a weight below 100',
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
