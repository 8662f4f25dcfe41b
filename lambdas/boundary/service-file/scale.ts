/** Parses how many pods a service has: a number, or bounds between which the cluster chooses. */
import * as v from 'valibot';
import { REQUESTS_METRIC } from '../../contracts/kubernetes.ts';
import type { Autoscale } from '../../domain/service/scale.ts';
import { said, table, whole } from '../values.ts';

/** 70 % leaves room for the time that new pods take to become ready. */
const TARGET = 70;
const MOST = 50;
/** Requests per second of one pod. */
export const MOST_REQUESTS = 100_000;

const autoscale = v.pipe(
  table({
    minimum: said('The fewest pods.', whole(1, MOST)),
    maximum: said('The most pods.', whole(1, MOST)),
    cpu: v.exactOptional(
      said(
        `Percent of the requested processor time that pods may use on average; ${String(TARGET)} where requests are not said.`,
        whole(10, 100),
      ),
    ),
    requests: v.exactOptional(
      said(
        `Requests per second that a pod may answer on average, by the pods' metric ${REQUESTS_METRIC}.`,
        whole(1, MOST_REQUESTS),
      ),
    ),
  }),
  v.check(
    ({ minimum, maximum }) => minimum <= maximum,
    ({ input: { minimum, maximum } }) =>
      `found a minimum of ${String(minimum)} and a maximum of ${String(maximum)}; allowed: a minimum that is not above the maximum`,
  ),
);

/** A number of pods. */
export const replicas = said('Number of pods.', whole(1, MOST));

export const scale = {
  replicas: v.exactOptional(replicas),
  autoscale: v.exactOptional(
    said('Between how many pods the cluster chooses by what they have to do; instead of replicas.', autoscale),
  ),
};

interface Scaled {
  readonly replicas?: number;
  readonly autoscale?: Autoscale;
}

/** A number of pods or bounds, not both. A definition that is read once more has its minimum as the number. */
export function oneScale<Input extends Scaled>() {
  return v.rawCheck<Input>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { replicas, autoscale } = dataset.value;
    if (replicas === undefined || autoscale === undefined || replicas === autoscale.minimum) return;
    const { value } = dataset;
    addIssue({
      message:
        'found replicas and autoscale; allowed: one of them. Take replicas away, or say autoscale.minimum instead',
      path: [{ type: 'unknown', origin: 'value', input: value, key: 'autoscale', value: undefined }],
    });
  });
}

/** The number of pods to begin with, and what they are measured by. */
export function withReplicas<File extends Scaled>(file: File): File & { readonly replicas: number } {
  const { autoscale, replicas = 1 } = file;
  if (autoscale === undefined) return { ...file, replicas };
  const measured = autoscale.cpu !== undefined || autoscale.requests !== undefined;
  return {
    ...file,
    autoscale: measured ? autoscale : { ...autoscale, cpu: TARGET },
    replicas: autoscale.minimum,
  };
}
