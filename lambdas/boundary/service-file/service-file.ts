/**
 * Parses a service file (`espalier.yaml` at the root of a service's repository).
 * Separate because builds, deliveries and the command line read it, and its messages go to its author.
 */
import * as v from 'valibot';
import { LONGEST_SERVICE, RESERVED_SERVICES } from '../../domain/naming/service-key.ts';
import { SERVICE_FILE, type ServiceDefinition } from '../../domain/service/definition.ts';
import { plan } from '../rollout/plan.ts';
import { allowed, cpu, dnsLabel, list, memory, oneOf, table, text, whole } from '../values.ts';
import { describeProblem, readYaml } from '../yaml-document.ts';

const name = v.pipe(
  dnsLabel(LONGEST_SERVICE),
  v.check((value) => !RESERVED_SERVICES.includes(value), allowed(`any name but ${RESERVED_SERVICES.join(', ')}`)),
);

const word = v.pipe(v.string(allowed('text (quote numbers and words like true)')), v.maxLength(4_096));
const commands = v.optional(list(v.pipe(word, v.nonEmpty('found an empty command; leave it out'))), []);

const schema = table({
  apiVersion: v.optional(oneOf(['espalier.dev/v1']), 'espalier.dev/v1'),
  name,
  port: v.optional(whole(1_024, 65_535), 8_080),
  health: v.optional(text(/^\/[\w./~%-]{0,255}$/, 'a path such as /health'), '/health'),
  command: v.optional(list(word), []),
  dependencies: v.optional(
    v.pipe(
      list(name),
      v.maxLength(50, allowed('at most 50 services')),
      v.check((names) => new Set(names).size === names.length, allowed('each service once')),
    ),
    [],
  ),
  replicas: v.optional(whole(1, 50), 1),
  resources: v.optional(table({ cpu: v.optional(cpu, '50m'), memory: v.optional(memory, '64Mi') }), {}),
  rollout: v.exactOptional(plan),
  build: v.optional(
    table({ check: commands, compile: commands, test: commands, benchmark: commands, own: commands }),
    {},
  ),
});

/** The definition, or all problems as text with file, line, key, what was found and what is allowed. */
export type ServiceFileReading =
  | { readonly kind: 'read'; readonly definition: ServiceDefinition }
  | { readonly kind: 'wrong'; readonly message: string };

/** Parses the text of a service file. */
export function parseServiceFile(yamlText: string): ServiceFileReading {
  const reading = readYaml(yamlText, schema);
  return reading.kind === 'read'
    ? { kind: 'read', definition: reading.value }
    : { kind: 'wrong', message: reading.problems.map((problem) => describeProblem(SERVICE_FILE, problem)).join('\n') };
}
