/**
 * The shape of settings, all defaults filled in. Separate from reading the file: functions read settings that were parsed before, and
 * need no YAML.
 */
import * as v from 'valibot';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../contracts/kinds.ts';
import { choosePlan } from '../../domain/rollout/choose-plan.ts';
import { allowed, dnsLabel, list, memory, oneOf, table, text, whole } from '../values.ts';
import { ruleProblems } from '../../domain/approval/decision-rules.ts';
import { groupSettings } from './approvals.ts';
import { components, names, router } from './borrowing.ts';
import { cluster } from './cluster.ts';
import { environments } from './environments.ts';
import { experiments } from './experiments.ts';
import { metricStores } from './rollout.ts';
import { rolloutRules } from './rules.ts';

const shape = table({
  /** Several installations fit into one account and one cluster; the name begins everything that one owns. */
  installation: v.optional(dnsLabel(12), 'espalier'),
  /** Names or patterns with `*`. */
  repositories: v.pipe(
    list(text(/^[A-Za-z0-9._*-]{1,100}$/, 'a repository name, or a pattern such as "shop-*"')),
    v.minLength(1, allowed('at least one repository name or pattern')),
  ),
  environments,
  approvals: groupSettings,
  cluster,
  components,
  router,
  names,
  experiments,
  metrics: metricStores,
  builds: v.optional(
    table({
      /** Images that Dockerfiles may build on, `*` for any characters. */
      baseImages: v.optional(list(text(/^[a-z0-9._/:@*-]{1,255}$/, 'an image name such as "node:24-*"')), [
        'scratch',
        'alpine:*',
        'debian:*',
        'eclipse-temurin:*',
        'golang:*',
        'nginx:*',
        'node:*',
        'python:*',
      ]),
      timeoutMinutes: v.optional(whole(5, 480), 30),
      /** Compressed, as the registry counts: what a new node has to pull before a pod starts. */
      largestImage: v.optional(memory, '1Gi'),
      largestLayer: v.optional(memory, '512Mi'),
      computeType: v.optional(oneOf(['small', 'medium', 'large', 'x-large']), 'small'),
    }),
    {},
  ),
  notices: v.optional(
    table({
      slack: v.exactOptional(
        table({
          workspaceId: text(/^T[0-9A-Z]{3,}$/, 'a Slack workspace id such as T0123ABCD'),
          channelId: text(/^[CG][0-9A-Z]{3,}$/, 'a Slack channel id such as C0123ABCD'),
        }),
      ),
    }),
    {},
  ),
  sweep: v.optional(
    table({
      everyMinutes: v.optional(whole(1, 60), 5),
      /** More in one run stop the sweep and ask a person. */
      removalsPerRun: v.optional(whole(1, 1_000), 10),
      /**
       * Branch heads read in one run, in rotation. AWS does not publish how many requests a second CodeCommit takes of an account: it says
       * that there is a most, beyond which it throttles. They are read one after the other, which no client does more slowly, and 200 of
       * them are less than one a second from one sweep to the next. Sources: https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
       * (no request rates), https://docs.aws.amazon.com/codecommit/latest/userguide/troubleshooting-ae.html ("Rate Exceeded")
       */
      headsPerRun: v.optional(whole(1, 10_000), 200),
    }),
    {},
  ),
});

/** Exactly what a settings file may say. Its output is its input too. */
export const settingsSchema = v.pipe(
  shape,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const settings = dataset.value;
    for (const kind of ENVIRONMENT_KINDS) {
      // The kind's own plan with the kind's metrics, by the stores of this installation.
      const chosen = choosePlan(rolloutRules(settings, kind), undefined);
      if (chosen.kind === 'refused') addIssue({ message: chosen.message, path: pathOf(settings, kind, 'rollout') });
      const { approvals } = settings.environments[kind];
      for (const { word, message } of ruleProblems(settings.approvals.groups, approvals)) {
        const of: Readonly<Record<string, unknown>> = { ...approvals };
        const last = { type: 'object', origin: 'value', input: of, key: word, value: of[word] } as const;
        addIssue({ message, path: [...pathOf(settings, kind, 'approvals'), last] });
      }
    }
  }),
);

/** Where a key of a kind stands, so that a problem is shown at its line. */
function pathOf(
  settings: v.InferOutput<typeof shape>,
  kind: EnvironmentKind,
  key: 'rollout' | 'approvals',
): [v.ObjectPathItem, ...v.ObjectPathItem[]] {
  const { environments: kinds } = settings;
  const of = kinds[kind];
  return [
    { type: 'object', origin: 'value', input: settings, key: 'environments', value: kinds },
    { type: 'object', origin: 'value', input: kinds, key: kind, value: of },
    { type: 'object', origin: 'value', input: of, key, value: of[key] },
  ];
}

/** Settings of an installation. */
export type Settings = v.InferOutput<typeof settingsSchema>;
