/**
 * What metrics must fulfil before a rollout relies on them. Separate from the plan's steps, because a wrong metric is found by its name.
 */
import { CLOUDWATCH_DELAY, CLOUDWATCH_INTERVAL } from './compile-metric.ts';
import { countsRequests, type Metric } from './metric.ts';
import { cloudWatchTexts } from './cloud-watch.ts';
import { unknownPlaceholders, PLACEHOLDERS } from './queries.ts';

/** Longest window, delay and interval of a measurement: a day. */
const LONGEST_SECONDS = 86_400;

/** Everything that is wrong with the metrics, as sentences. */
export function checkMetrics(metrics: readonly Metric[]): readonly string[] {
  const names = metrics.map((metric) => metric.name);
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...doubled.map((name) => `two metrics are called "${name}"; give one of them another name`),
    ...metrics.flatMap((metric) => checkMetric(metric).map((problem) => `metric "${metric.name}": ${problem}`)),
  ];
}

function checkMetric(metric: Metric): readonly string[] {
  const problems: string[] = [];
  const { source, initialDelaySeconds, intervalSeconds, windowSeconds } = metric;
  if (metric.success === undefined && metric.failure === undefined) {
    problems.push('no condition; add success, failure or both, such as success: ">= 99"');
  }
  if (!within(intervalSeconds, 1)) problems.push(bounds('interval', intervalSeconds, 1));
  if (!within(windowSeconds, 1)) problems.push(bounds('window', windowSeconds, 1));
  if (!within(initialDelaySeconds, 0)) problems.push(bounds('initialDelay', initialDelaySeconds, 0));
  if (metric.minimumSample > 0 && !countsRequests(source)) {
    problems.push('minimumSample belongs to success-rate, latency and error-count only; leave it out');
  }
  if (source.kind === 'job' && source.command.length === 0)
    problems.push('no command; add one, such as [node, check.js]');
  if (source.kind === 'cloudwatch') {
    if (intervalSeconds < CLOUDWATCH_INTERVAL) {
      problems.push(
        `found an interval of ${String(intervalSeconds)} s; CloudWatch has one number a minute: use 60s or more`,
      );
    }
    if (initialDelaySeconds < CLOUDWATCH_DELAY) {
      problems.push(
        `found an initial delay of ${String(initialDelaySeconds)} s; CloudWatch's numbers are complete after two minutes: use 120s or more`,
      );
    }
    if (windowSeconds % CLOUDWATCH_INTERVAL !== 0) {
      problems.push(
        `found a window of ${String(windowSeconds)} s; CloudWatch has one number a minute: use whole minutes, such as 5m`,
      );
    }
  }
  const texts =
    source.kind === 'prometheus' ? [source.query] : source.kind === 'cloudwatch' ? cloudWatchTexts(source) : [];
  for (const placeholder of texts.flatMap(unknownPlaceholders)) {
    problems.push(`unknown placeholder ${placeholder}; allowed: ${PLACEHOLDERS.map((word) => `$${word}`).join(', ')}`);
  }
  return problems;
}

function within(seconds: number, least: number): boolean {
  return Number.isInteger(seconds) && seconds >= least && seconds <= LONGEST_SECONDS;
}

function bounds(key: string, seconds: number, least: number): string {
  return `found ${key} of ${String(seconds)} s; allowed: ${String(least)} s to ${String(LONGEST_SECONDS)} s (a day)`;
}
