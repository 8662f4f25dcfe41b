/**
 * The one settings file of an installation: from text to a type that cannot be wrong, all defaults filled in.
 * Separate because stacks (at synth time), functions (at run time) and the command line read the same settings.
 */
import * as v from 'valibot';
import { describeProblem, readYaml } from '../yaml-document.ts';
import type { ExistingCluster } from './cluster.ts';
import { settingsSchema, type Settings } from './schema.ts';
import type { WayIn } from './way-in.ts';

export type { Settings } from './schema.ts';

/** Settings that cannot be used; the message lists every problem with file, line, key, what was found and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Parses settings from YAML (JSON is YAML too), or throws a SettingsError. What it answers, written as JSON, parses to the same again. */
export function parseSettings(yamlText: string, fileName: string): Settings {
  const reading = readYaml(yamlText, settingsSchema);
  if (reading.kind === 'read') return reading.value;
  throw new SettingsError(
    [
      'The settings cannot be used:',
      ...reading.problems.map((problem) => `  ${describeProblem(fileName, problem)}`),
    ].join('\n'),
  );
}

/** What a laptop knows better than the settings file. */
export interface LaptopFacts {
  /** Where the gateway of every kind is reached, which a cluster on a laptop cannot tell: host:port. */
  readonly gatewayAddress: string;
  /** A Gateway that is in the laptop's cluster already; without it Espalier runs its own. */
  readonly gateway?: { readonly namespace: string; readonly name: string };
  /** A cluster that is there already; without it the laptop plays the one that the settings say. */
  readonly cluster?: ExistingCluster;
  /** An image with Node.js that its cluster has, for experiments that delay. */
  readonly nodeImage?: string;
  /** Where the laptop's Prometheus is, when it has one. */
  readonly prometheus?: string;
}

/** The settings as they hold on a laptop: one way in for every kind, one cluster. */
export function onLaptop(settings: Settings, laptop: LaptopFacts): Settings {
  const { feature, integration, performance, production, 'pre-release': preRelease } = settings.environments;
  // No load balancer of AWS stands before a laptop's gateway.
  const gatewayOf = ({ gateway }: WayIn) =>
    laptop.gateway !== undefined
      ? { gateway: laptop.gateway }
      : gateway && { gateway: { namespace: gateway.namespace, name: gateway.name } };
  const here = <Kind extends { readonly wayIn: WayIn }>(kind: Kind): Kind => ({
    ...kind,
    wayIn: {
      ...kind.wayIn,
      address: laptop.gatewayAddress,
      ...gatewayOf(kind.wayIn),
    },
  });
  return v.parse(settingsSchema, {
    ...settings,
    // The laptop's own cluster looks names up for each request.
    ...(laptop.cluster === undefined ? { names: { rememberedSeconds: 1 } } : { cluster: { existing: laptop.cluster } }),
    ...(laptop.nodeImage !== undefined && { experiments: { image: laptop.nodeImage } }),
    ...(laptop.prometheus !== undefined && {
      metrics: { ...settings.metrics, prometheus: { url: laptop.prometheus } },
    }),
    environments: {
      feature: here(feature),
      integration: here(integration),
      performance: here(performance),
      'pre-release': here(preRelease),
      production: here(production),
    },
  });
}
