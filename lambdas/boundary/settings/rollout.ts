/**
 * Settings of rollouts: the plan of each environment kind and what its services may choose instead. Separate because the defaults
 * differ by kind for reasons that belong together.
 */
import * as v from 'valibot';
import { tierOf, type EnvironmentKind } from '../../contracts/kinds.ts';
import { metricProblems } from '../../domain/rollout/choose-plan.ts';
import { secondsOf, STRATEGIES, type Strategy, type WrittenPlan } from '../../domain/rollout/written-plan.ts';
import { allowed, list, oneOf, table, text } from '../values.ts';
import { alarms } from '../rollout/alarms.ts';
import { duration } from '../rollout/duration.ts';
import { metrics } from '../rollout/metric.ts';
import { plan } from '../rollout/plan.ts';

/**
 * Feature and integration environments are delivered to many times a day by people who wait for them: pods are replaced in place.
 * From pre-release on a wrong version must not stand in the way of others, so it comes beside the old one and traffic switches:
 * blue-green rather than canary, because a share of few requests says nothing (10 % of 100 requests a minute fills a minimum sample
 * of 20 in two minutes, and of none never), whereas a switch and a number of errors hold with any traffic, and the way back is there
 * at once for the keep time. A service with enough traffic chooses canary for itself.
 */
const DEFAULT_PLANS: Readonly<Record<EnvironmentKind, WrittenPlan>> = {
  feature: 'rolling',
  integration: 'rolling',
  performance: 'rolling',
  'pre-release': 'blue-green',
  production: 'blue-green',
};

/** A duration within bounds, both included. */
function between(least: string, most: string) {
  return v.pipe(
    duration,
    v.check(
      (value) => secondsOf(value) >= secondsOf(least) && secondsOf(value) <= secondsOf(most),
      allowed(`a duration from ${least} to ${most}`),
    ),
  );
}

/**
 * Traefik takes a change on up to 2 s late (measured). Requests that a side still answers when it loses its traffic have half a minute.
 * A new node takes about a minute, so pods of branch environments have ten; those of lasting ones, which are larger, twenty.
 */
function times(kind: EnvironmentKind) {
  return {
    /** Until the gateway has certainly taken a weight on. */
    settle: v.optional(between('1s', '10m'), '2s'),
    /** How long a side that lost its traffic stays as it is. */
    drain: v.optional(between('1s', '1h'), '30s'),
    /** How long pods have to become ready, and a return to be over. */
    deadline: v.optional(between('30s', '1d'), tierOf(kind) === 'branch' ? '10m' : '20m'),
  };
}

/** Rollouts of one kind. */
export function rolloutSettings(kind: EnvironmentKind) {
  return v.optional(
    table({
      default: v.optional(plan, () => DEFAULT_PLANS[kind]),
      /** What service files may choose. */
      allowed: v.optional(list(oneOf(STRATEGIES)), (): Strategy[] => [...STRATEGIES]),
      /** Measured in every rollout of this kind, besides what its plan measures. */
      metrics: v.optional(
        v.pipe(
          metrics,
          v.rawCheck(({ dataset, addIssue }) => {
            if (!dataset.typed) return;
            for (const message of metricProblems(dataset.value)) addIssue({ message });
          }),
        ),
        [],
      ),
      ...times(kind),
      /** Watched in every rollout of this kind, besides those of its plan. */
      alarms: v.optional(alarms, []),
    }),
    {},
  );
}

/** Where metrics of all kinds come from. */
export const metricStores = v.optional(
  table({
    /** Asked by a function inside the cluster's VPC. */
    prometheus: v.exactOptional(
      table({
        url: text(
          /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
          "the http:// or https:// address of Prometheus as the cluster's VPC reaches it, such as http://prometheus.example.internal:9090",
        ),
      }),
    ),
    /** Lets plans measure by CloudWatch, asked by a function outside the VPC; AWS bills each metric that is asked for. */
    cloudWatch: v.optional(v.boolean(allowed('true or false')), false),
  }),
  {},
);
