/**
 * The shape of a service file: one file per group of keys, put together here. Separate from reading text, because the JSON Schema for
 * editors is made from it.
 */
import * as v from 'valibot';
import { disagreements } from '../../domain/service/agreement.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { plan } from '../rollout/plan.ts';
import { said, table } from '../values.ts';
import { build } from './build.ts';
import { charted, keyOfChart } from './chart.ts';
import { clashingVariable, configured } from './configuration.ts';
import { contract } from './contract.ts';
import { needs } from './dependencies.ts';
import { exceptions } from './exceptions.ts';
import { identity } from './identity.ts';
import { jobs } from './jobs.ts';
import { processes } from './processes.ts';
import { reach } from './reach.ts';
import { oneScale, withReplicas } from './scale.ts';
import { volumes } from './volumes.ts';

/** Everything that a service file may say, in the order in which messages list it. */
const shape = table({
  ...identity,
  ...reach,
  ...contract,
  ...processes,
  ...needs,
  ...volumes,
  ...jobs,
  ...configured,
  rollout: v.exactOptional(said('How a new version takes over; without it as the settings say.', plan)),
  ...exceptions,
  ...charted,
  ...build,
});

/** A service file whose keys agree with each other. */
export const serviceFileSchema = v.pipe(
  shape,
  oneScale(),
  v.transform(withReplicas),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues !== undefined) return;
    const clash = clashingVariable(dataset.value);
    if (clash !== undefined) addIssue({ message: clash });
    const twice = keyOfChart(dataset.value);
    if (twice !== undefined) {
      const path = {
        type: 'unknown',
        origin: 'value',
        input: dataset.value,
        key: twice,
        value: undefined,
      } as const;
      addIssue({ message: 'stands in the chart when there is one; remove it here, or remove `chart`', path: [path] });
    }
    for (const { path, message } of disagreements(dataset.value)) {
      const [first, ...rest] = path.map(
        (key) => ({ type: 'unknown', origin: 'value', input: dataset.value, key, value: undefined }) as const,
      );
      addIssue({ message, ...(first !== undefined && { path: [first, ...rest] }) });
    }
  }),
) satisfies v.GenericSchema<unknown, ServiceDefinition>;
