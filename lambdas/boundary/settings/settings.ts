/**
 * The one settings file of an installation: from text to a type that cannot be wrong, all defaults filled in.
 * Separate because stacks (at synth time), functions (at run time) and the command line read the same settings.
 */
import { describeProblem, readYaml } from '../yaml-document.ts';
import { settingsSchema, type Settings } from './schema.ts';

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
