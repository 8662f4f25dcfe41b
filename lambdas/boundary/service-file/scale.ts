/** Parses how many pods a service has: a number, or bounds between which the cluster chooses. */
import * as v from 'valibot';
import type { Autoscale } from '../../domain/service/scale.ts';
import { said, table, whole } from '../values.ts';

/** 70 % leaves room for the time that new pods take to become ready. */
const TARGET = 70;
const MOST = 50;

const autoscale = v.pipe(
  table({
    minimum: said('The fewest pods.', whole(1, MOST)),
    maximum: said('The most pods.', whole(1, MOST)),
    cpu: v.optional(
      said('Percent of the requested processor time that pods may use on average.', whole(10, 100)),
      TARGET,
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
    said('Between how many pods the cluster chooses by their processor time; instead of replicas.', autoscale),
  ),
};

/** What is wrong with both keys together. A definition that is read once more has its minimum as the number of replicas. */
export function scaleProblem({
  replicas,
  autoscale,
}: {
  readonly replicas?: number;
  readonly autoscale?: Autoscale;
}): string | undefined {
  return replicas === undefined || autoscale === undefined || replicas === autoscale.minimum
    ? undefined
    : 'found replicas and autoscale; allowed: one of them. Take replicas away, or say autoscale.minimum instead';
}

/** The definition's number of pods. */
export function withReplicas<File extends { readonly replicas?: number; readonly autoscale?: Autoscale }>(
  file: File,
): File & { readonly replicas: number } {
  return { ...file, replicas: file.autoscale?.minimum ?? file.replicas ?? 1 };
}
