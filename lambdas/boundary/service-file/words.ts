/** Values that several groups of keys of a service file are made of. */
import * as v from 'valibot';
import { LONGEST_SERVICE, RESERVED_SERVICES } from '../../domain/naming/service-key.ts';
import { allowed, dnsLabel, list } from '../values.ts';

/** The name of a service. */
export const serviceName = v.pipe(
  dnsLabel(LONGEST_SERVICE),
  v.check((value) => !RESERVED_SERVICES.includes(value), allowed(`any name but ${RESERVED_SERVICES.join(', ')}`)),
);

/** One word of a command. */
export const word = v.pipe(v.string(allowed('text (quote numbers and words like true)')), v.maxLength(4_096));

/** A command as a list of words. */
export const command = list(word);
