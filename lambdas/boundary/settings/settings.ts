/**
 * The one settings file of an installation: from text to a type that cannot be wrong, all defaults filled in.
 * Separate because stacks (at synth time), functions (at run time) and the command line read the same settings.
 */
import * as v from 'valibot';
import { allowed, dnsLabel, list, oneOf, table, text, whole } from '../values.ts';
import { describeProblem, readYaml } from '../yaml-document.ts';
import { cluster } from './cluster.ts';
import { environments } from './environments.ts';

const schema = table({
  /** Several installations fit into one account and one cluster; the name begins everything that one owns. */
  installation: v.optional(dnsLabel(12), 'espalier'),
  /** Names or patterns with `*`. */
  repositories: v.pipe(
    list(text(/^[A-Za-z0-9._*-]{1,100}$/, 'a repository name, or a pattern such as "shop-*"')),
    v.minLength(1, allowed('at least one repository name or pattern')),
  ),
  environments,
  cluster,
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
      /** Branch heads read in one run, in rotation: 200 calls stay well below CodeCommit's rate within a minute. */
      headsPerRun: v.optional(whole(1, 10_000), 200),
    }),
    {},
  ),
});

/** Settings of an installation. */
export type Settings = v.InferOutput<typeof schema>;

/** Settings that cannot be used; the message lists every problem with file, line, key, what was found and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Parses settings from YAML (JSON is YAML too), or throws a SettingsError. What it answers, written as JSON, parses to the same again. */
export function parseSettings(yamlText: string, fileName: string): Settings {
  const reading = readYaml(yamlText, schema);
  if (reading.kind === 'read') return reading.value;
  throw new SettingsError(
    [
      'The settings cannot be used:',
      ...reading.problems.map((problem) => `  ${describeProblem(fileName, problem)}`),
    ].join('\n'),
  );
}

/** The settings with the gateway of every kind reached at this address, where the cluster cannot tell (a laptop). */
export function withGatewayAddress(settings: Settings, address: string): Settings {
  const { feature, integration, performance, production, 'pre-release': preRelease } = settings.environments;
  const at = <Kind extends { readonly wayIn: object }>(kind: Kind): Kind => ({
    ...kind,
    wayIn: { ...kind.wayIn, address },
  });
  return {
    ...settings,
    environments: {
      feature: at(feature),
      integration: at(integration),
      performance: at(performance),
      'pre-release': at(preRelease),
      production: at(production),
    },
  };
}
