/**
 * Plans as people write them in settings and service files, with durations like `90s`, `5m` or `1h`. Separate from the steps they
 * compile to, because settings keep what was written.
 */
import type { HeaderMatch } from './step.ts';

/** How a new version takes over: in place, by one switch, or by rising shares. */
export const STRATEGIES = ['rolling', 'blue-green', 'canary'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A duration: whole seconds, minutes, hours or days. */
export const DURATION = /^(\d{1,6})(s|m|h|d)$/;

/** A strategy or a CodeDeploy name by itself, or a block. */
export type WrittenPlan = string | WrittenBlueGreen | WrittenCanary;

/** One switch, with what comes before and after it. */
export interface WrittenBlueGreen extends WrittenMeasuring {
  readonly strategy: 'blue-green';
  /** Reach the new version by this header before the switch; true: by `espalier-preview: yes`. */
  readonly preview?: boolean | HeaderMatch | undefined;
  readonly before?: { readonly analyse: string } | undefined;
  readonly ask?: string | { readonly question: string; readonly within?: string | undefined } | undefined;
  readonly after?: { readonly analyse: string } | undefined;
}

/** Rising shares. */
export interface WrittenCanary extends WrittenMeasuring {
  readonly strategy: 'canary';
  readonly steps: readonly WrittenStep[];
  /** Compares the candidate with the version beside it while the plan analyses. */
  readonly judge?: WrittenJudge | undefined;
}

export interface WrittenJudge {
  readonly metrics: readonly WrittenCompared[];
  /** Percent. */
  readonly confidence?: number | undefined;
  readonly minimumSamples?: number | undefined;
}

export interface WrittenCompared {
  readonly kind: 'success-rate' | 'latency' | 'prometheus';
  readonly name?: string | undefined;
  readonly percentile?: number | undefined;
  readonly query?: string | undefined;
  readonly worse?: 'higher' | 'lower' | 'either' | undefined;
  readonly allowedPercent?: number | undefined;
}

/** Deploy is not release: what comes before everything else of a plan. */
export interface WrittenDark {
  /** The header that reaches the version; `espalier-preview: yes` when none is named. */
  readonly header?: HeaderMatch | undefined;
  /** How long it waits to be released. */
  readonly expires?: string | undefined;
}

interface WrittenMeasuring {
  /** The delivery ends with the version beside the live one; the rest of the plan follows when somebody releases it. */
  readonly dark?: boolean | WrittenDark | undefined;
  /** How long the old side stays for an immediate way back. */
  readonly keep?: string | undefined;
  /** Time between measurements. */
  readonly interval?: string | undefined;
  readonly metrics?: readonly WrittenMetric[] | undefined;
  /** Names of CloudWatch alarms, which may hold placeholders. */
  readonly alarms?: readonly string[] | undefined;
}

export type WrittenStep =
  | { readonly header: HeaderMatch }
  | { readonly weight: number }
  /** A duration, or `until-approved`. */
  | { readonly pause: string; readonly within?: string | undefined; readonly question?: string | undefined }
  | { readonly analyse: string };

/** One metric; what it measures is said by `kind`. */
export interface WrittenMetric {
  readonly name?: string | undefined;
  readonly kind: 'success-rate' | 'latency' | 'error-count' | 'prometheus' | 'cloudwatch' | 'self-check' | 'job';
  readonly percentile?: number | undefined;
  readonly query?: string | undefined;
  readonly namespace?: string | undefined;
  readonly metric?: string | undefined;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  readonly statistic?: string | undefined;
  readonly expression?: string | undefined;
  readonly missing?: number | undefined;
  readonly path?: string | undefined;
  readonly command?: readonly string[] | undefined;
  /** How long a job may take. */
  readonly within?: string | undefined;
  readonly success?: string | undefined;
  readonly failure?: string | undefined;
  readonly initialDelay?: string | undefined;
  readonly interval?: string | undefined;
  readonly window?: string | undefined;
  readonly minimumSample?: number | undefined;
  readonly failureLimit?: number | undefined;
  readonly inconclusiveLimit?: number | undefined;
  readonly errorLimit?: number | undefined;
  readonly consecutiveSuccess?: number | undefined;
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Seconds of a duration that was parsed before; NaN for any other text, which no check lets pass. */
export function secondsOf(duration: string): number {
  const [, count, unit] = DURATION.exec(duration) ?? [];
  return count === undefined ? Number.NaN : Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
