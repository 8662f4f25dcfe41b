/**
 * Inputs of the functions `configuration`, `secrets` and `configuration-centre`. Separate from the others because people type half of
 * them, and a typing error deserves a sentence about what is allowed.
 */
import * as v from 'valibot';
import type {
  ConfigurationCentreInput,
  ConfigurationInput,
  ConfigurationWishInput,
  SecretsInput,
} from '../../contracts/inputs.ts';
import { RejectedError } from '../../domain/errors.ts';
import { commit, found, oneOf, text, whole } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { claim, delivery, environmentId, execution, serviceKeyText, side } from './shapes.ts';

const version = text(/^[0-9a-f]{12}$/, 'the version of a configuration: 12 hexadecimal digits');

const configuredSide = v.object({
  service: serviceKeyText,
  side,
  commit,
  version,
  secrets: v.exactOptional(version),
  sick: v.boolean(),
});

export const parseConfigurationInput: (event: unknown) => ConfigurationInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('register-tenant'), execution, delivery }),
    v.object({ action: v.literal('configure'), execution, delivery, side }),
    v.object({ action: v.literal('keep-key'), execution, environment: environmentId }),
    v.object({
      action: v.literal('apply-configuration'),
      execution,
      environment: environmentId,
      service: v.nullable(serviceKeyText),
    }),
    v.object({ action: v.literal('confirm'), execution, environment: environmentId, sides: v.array(configuredSide) }),
    v.object({ action: v.literal('withdraw-configuration'), execution, claim }),
    v.object({ action: v.literal('remove-tenant'), execution, environment: environmentId }),
    v.object({ action: v.literal('compare-configuration'), execution }),
  ]),
);

export const parseSecretsInput: (event: unknown) => SecretsInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('seal'), execution, delivery }),
    v.object({
      action: v.literal('seal-again'),
      execution,
      environment: environmentId,
      service: v.nullable(serviceKeyText),
    }),
    v.object({ action: v.literal('compare-secrets'), execution }),
    v.object({ action: v.literal('delete-generated'), execution, environment: environmentId }),
  ]),
);

const LONGEST = 4_096;
const words = v.pipe(v.string(), v.maxLength(LONGEST));
const key = text(/^[a-z][a-zA-Z0-9.-]{0,59}$/, 'a configuration key such as greeting');
const layer = text(/^[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?$/, 'a kind such as integration, or the id of an environment');
const signed = {
  layer,
  service: serviceKeyText,
  author: v.exactOptional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(200))),
  reason: v.exactOptional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(1_000))),
};

const wish: v.GenericSchema<unknown, ConfigurationWishInput> = v.union([
  v.strictObject({ environment: environmentId }),
  v.strictObject({ ...signed, rollBack: v.literal(true), to: v.exactOptional(whole(0, 99_999_999)) }),
  v.pipe(
    v.strictObject({
      ...signed,
      set: v.exactOptional(v.record(key, words)),
      unset: v.exactOptional(v.array(key)),
    }),
    v.check(
      ({ set = {}, unset = [] }) => Object.keys(set).length + unset.length > 0,
      'says nothing that is to be changed',
    ),
  ),
]);

/** What a person wants of the configuration; throws RejectedError with the allowed forms. */
export function parseConfigurationWish(input: unknown): ConfigurationWishInput {
  const parsed = v.safeParse(wish, input);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
  throw new RejectedError(
    `This cannot be read: ${found(input)} (${problems.join('; ')}). Start it with {"layer": "integration", "service": "orders", "set": {"greeting": "Hello"}, "unset": [], "author": "…", "reason": "…"}, with {"layer": "integration", "service": "orders", "rollBack": true}, or with {"environment": "feature-login"}.`,
  );
}

const result = v.object({
  environment: environmentId,
  kind: oneOf(['confirmed', 'failed', 'trouble']),
  processes: v.exactOptional(v.number()),
  left: v.exactOptional(v.array(v.string())),
  because: v.exactOptional(v.string()),
});

const layerVersion = whole(1, 99_999_999);
const saved = v.object({
  layer,
  service: serviceKeyText,
  version: layerVersion,
  undo: v.boolean(),
  takesBack: v.exactOptional(v.object({ version: layerVersion, because: v.string() })),
});

export const parseConfigurationCentreInput: (event: unknown) => ConfigurationCentreInput = inputParser(
  v.variant('action', [
    v.object({
      action: v.literal('change'),
      execution,
      input: v.pipe(v.unknown(), v.transform(parseConfigurationWish)),
    }),
    v.object({ action: v.literal('judge'), execution, saved: v.nullable(saved), results: v.array(result) }),
  ]),
);
