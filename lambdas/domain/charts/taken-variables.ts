/** Variables of containers that Espalier sets. Separate because a chart that sets one of them would win or lose by chance. */
import { urlVariable } from '../manifests/pod.ts';
import { configurationVariable, secretVariables } from '../service/configuration.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { dependencyNames } from '../service/dependencies.ts';

/** Who sets a variable; undefined when nobody does. */
export function takenVariables(definition: ServiceDefinition): (variable: string) => string | undefined {
  const taken = new Map<string, string>([
    ...dependencyNames(definition).map((name) => [urlVariable(name), `the dependency ${name}`] as const),
    ...Object.keys(definition.configuration?.keys ?? {}).map(
      (key) => [configurationVariable(key), `the configuration key ${key}`] as const,
    ),
    ...secretVariables(definition).map((name) => [name, `the secret ${name} of the service file`] as const),
  ]);
  return (variable) => (/^(PORT|ESPALIER_.*)$/.test(variable) ? 'Espalier' : taken.get(variable));
}
