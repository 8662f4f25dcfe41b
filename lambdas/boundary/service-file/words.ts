/** Values that several groups of keys of a service file are made of. */
import * as v from 'valibot';
import { LONGEST_SERVICE, RESERVED_SERVICES } from '../../domain/naming/service-key.ts';
import { USUAL_RESOURCES } from '../../domain/service/processes.ts';
import { allowed, cpu, dnsLabel, list, memory, said, table, text } from '../values.ts';

/** The name of a service. */
export const serviceName = v.pipe(
  dnsLabel(LONGEST_SERVICE),
  v.check((value) => !RESERVED_SERVICES.includes(value), allowed(`any name but ${RESERVED_SERVICES.join(', ')}`)),
);

/** The name of a part of a service: it ends the names of objects, which have 63 characters in all. */
export const partName = dnsLabel(15);

/** One word of a command. NUL ends words for every operating system. */
export const word = v.pipe(
  v.string(allowed('text (quote numbers and words like true)')),
  v.maxLength(4_096, allowed('at most 4096 characters')),
  v.check((value) => !value.includes('\0'), allowed('text without the character NUL')),
);

/** A command as a list of words. */
export const command = v.pipe(list(word), v.maxLength(200, allowed('at most 200 words')));

/** A command that says something. */
export const neededCommand = v.pipe(
  list(word),
  v.minLength(1, allowed('at least one word')),
  v.maxLength(200, allowed('at most 200 words')),
);

/** What containers ask of the cluster. */
export const resources = v.optional(
  said(
    'What the cluster keeps for one pod; memory and disk are the most it may use too.',
    table({
      cpu: v.optional(said('Processors, such as 0.5 or "250m".', cpu), USUAL_RESOURCES.cpu),
      memory: v.optional(said('Memory, such as 64Mi.', memory), USUAL_RESOURCES.memory),
      disk: v.optional(
        said('Disk outside of volumes, for what is written below /tmp and to the log, such as 256Mi.', memory),
        USUAL_RESOURCES.disk,
      ),
    }),
  ),
  {},
);

/** A version of an interface, compared as it is written. */
export const apiVersion = text(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'a version such as v1 or 2026-05');
