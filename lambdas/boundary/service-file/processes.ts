/** Parses what runs of a service, and how large. */
import * as v from 'valibot';
import { cpu, memory, table, whole } from '../values.ts';
import { command } from './words.ts';

const resources = v.optional(table({ cpu: v.optional(cpu, '50m'), memory: v.optional(memory, '64Mi') }), {});

/** The main process: the one that gets the service's requests. */
export const mainProcess = {
  command: v.optional(command, []),
  replicas: v.optional(whole(1, 50), 1),
  resources,
};
