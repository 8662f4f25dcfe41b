/**
 * Parses a service file (`espalier.yaml` at the root of a service's repository).
 * Separate because builds, deliveries and the command line read it, and its messages go to its author.
 */
import { SERVICE_FILE, type ServiceDefinition } from '../../domain/service/definition.ts';
import { describeProblem, readYaml } from '../yaml-document.ts';
import { serviceFileSchema } from './schema.ts';

/** The definition, or all problems as text with file, line, key, what was found and what is allowed. */
export type ServiceFileReading =
  | { readonly kind: 'read'; readonly definition: ServiceDefinition }
  | { readonly kind: 'wrong'; readonly message: string };

/** Parses the text of a service file. `file` is how messages name it. */
export function parseServiceFile(yamlText: string, file: string = SERVICE_FILE): ServiceFileReading {
  const reading = readYaml(yamlText, serviceFileSchema);
  return reading.kind === 'read'
    ? { kind: 'read', definition: reading.value }
    : { kind: 'wrong', message: reading.problems.map((problem) => describeProblem(file, problem)).join('\n') };
}
