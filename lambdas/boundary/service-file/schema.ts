/**
 * The shape of a service file: one file per group of keys, put together here. Separate from reading text, because the JSON Schema for
 * editors is made from it.
 */
import * as v from 'valibot';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { plan } from '../rollout/plan.ts';
import { table } from '../values.ts';
import { build } from './build.ts';
import { clashingVariable, configured } from './configuration.ts';
import { needs } from './dependencies.ts';
import { identity } from './identity.ts';
import { mainProcess } from './processes.ts';
import { reach } from './reach.ts';

/** Everything that a service file may say, in the order in which messages list it. */
const keys = table({
  ...identity,
  ...reach,
  ...mainProcess,
  ...needs,
  ...configured,
  rollout: v.exactOptional(plan),
  ...build,
});

/** The same, checked as a whole. */
export const serviceFileSchema = v.pipe(
  keys,
  v.rawCheck(({ dataset, addIssue }) => {
    const clash = dataset.typed ? clashingVariable(dataset.value) : undefined;
    if (clash !== undefined) addIssue({ message: clash });
  }),
) satisfies v.GenericSchema<unknown, ServiceDefinition>;
