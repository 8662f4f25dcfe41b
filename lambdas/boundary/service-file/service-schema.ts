/** The JSON Schema of service files, as it lies in the repository for editors. Separate because only that file and its test need it. */
import { jsonSchemaOf, type JsonSchema } from '../json-schema.ts';
import { serviceFileSchema } from './schema.ts';

/** The document. */
export function serviceSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Espalier service file (espalier.yaml), espalier.dev/v1',
    ...jsonSchemaOf(serviceFileSchema),
  };
}
