/** Parses how a service is reached and asked whether it is well. */
import * as v from 'valibot';
import { text, whole } from '../values.ts';

const path = text(/^\/[\w./~%-]{0,255}$/, 'a path such as /health');

export const reach = {
  port: v.optional(whole(1_024, 65_535), 8_080),
  health: v.optional(path, '/health'),
  selfCheck: v.exactOptional(path),
};
