/**
 * Parses what of a service is decided outside of its repository: configuration keys, secrets by reference, generated values.
 * Values of secrets never stand in a service file: whatever looks like one is refused without being repeated.
 */
import * as v from 'valibot';
import { hasType } from '../../domain/configuration/value.ts';
import {
  CONFIGURATION_TYPES,
  configurationVariable,
  GENERATED,
  secretVariables,
  type Configured,
  type SecretReference,
} from '../../domain/service/configuration.ts';
import { dependencyNames, type Needs } from '../../domain/service/dependencies.ts';
import { urlVariable } from '../../domain/manifests/workload.ts';
import { allowed, oneOf, said, table, text } from '../values.ts';

/** Enough for a service, and a ConfigMap of them stays far below its limit of 1 MiB. */
const MOST_KEYS = 100;
const LONGEST_TEXT = 4_096;

const keyName = text(
  /^(?=.{1,60}$)[a-z][a-zA-Z0-9]*([.-][a-zA-Z0-9]+)*$/,
  'a key such as greeting, maxItems or page.title, at most 60 characters',
);
const variableName = text(/^(?=.{1,60}$)[A-Z][A-Z0-9_]*$/, 'a variable such as PAYMENT_KEY, at most 60 characters');

const short = v.pipe(v.string(allowed('text (quote numbers and words like true)')), v.maxLength(LONGEST_TEXT));
const value = v.union(
  [short, v.pipe(v.number(), v.finite()), v.boolean(), v.array(short)],
  allowed('text, a number, true, false or a list of texts'),
);

const key = v.pipe(
  table({
    type: oneOf(CONFIGURATION_TYPES),
    default: value,
    description: v.exactOptional(short),
  }),
  v.check(
    ({ type, default: given }) => hasType(given, type),
    'the default is not of the type that is declared beside it',
  ),
);

/** A mapping whose keys are all alike. */
function mapping<Item>(name: v.GenericSchema<string, string>, item: v.GenericSchema<unknown, Item>) {
  return v.pipe(
    v.record(name, item, allowed('a mapping')),
    v.check(
      (entries) => Object.keys(entries).length <= MOST_KEYS,
      `found too many; allowed: at most ${String(MOST_KEYS)}`,
    ),
  );
}

/** What was found is never repeated: it may be the secret itself, typed into the wrong place. */
const NO_REFERENCE =
  'found something that is no reference (it is not repeated here); allowed: the name of a secret such as orders/payment-key, or { parameter: orders/smtp-password }, below the prefix of the environment kind';

const namePattern = v.pipe(
  v.string(NO_REFERENCE),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9_.-]{1,64}(\/[A-Za-z0-9_.-]{1,64}){0,5}$/, NO_REFERENCE),
);

const reference: v.GenericSchema<unknown, SecretReference> = v.union(
  [
    v.pipe(
      namePattern,
      v.transform((name) => ({ store: 'secrets-manager', name }) as const),
    ),
    v.pipe(
      v.strictObject({ parameter: namePattern }, NO_REFERENCE),
      v.transform(({ parameter }) => ({ store: 'parameter-store', name: parameter }) as const),
    ),
  ],
  NO_REFERENCE,
);

export const configured = {
  configuration: v.exactOptional(
    said(
      'Values that the configuration centre decides per environment; each key has a type and a default.',
      table({
        subscribe: v.optional(
          said('Whether the service takes a changed file up by itself.', v.boolean(allowed('true or false'))),
          false,
        ),
        keys: v.optional(mapping(keyName, key), {}),
      }),
    ),
  ),
  secrets: v.exactOptional(
    said('Names of secrets by the variable in which the service finds the value.', mapping(variableName, reference)),
  ),
  generate: v.exactOptional(
    said(
      'Secrets that are made once per environment, by the variable in which the service finds them.',
      mapping(variableName, oneOf(GENERATED)),
    ),
  ),
};

/** Variables that are Espalier's own. */
const OWN = /^(PORT|ESPALIER_.*)$/;

/** The first variable that two things of a service file would set, in words; undefined when there is none. */
export function clashingVariable(definition: Configured & Needs): string | undefined {
  const all: readonly (readonly [variable: string, of: string])[] = [
    ...dependencyNames(definition).map((name) => [urlVariable(name), `the dependency ${name}`] as const),
    ...Object.keys(definition.configuration?.keys ?? {}).map(
      (name) => [configurationVariable(name), `the configuration key ${name}`] as const,
    ),
    ...secretVariables(definition).map((name) => [name, `the secret ${name}`] as const),
  ];
  const seen = new Map<string, string>();
  for (const [variable, of] of all) {
    if (OWN.test(variable)) return `${of} would set ${variable}, which Espalier sets itself; rename it`;
    const other = seen.get(variable);
    if (other !== undefined) return `${other} and ${of} would both set the variable ${variable}; rename one of them`;
    seen.set(variable, of);
  }
  return undefined;
}
