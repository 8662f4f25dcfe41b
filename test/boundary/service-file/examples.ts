/** The service files of the examples, as text and as what they say. Separate because schema and manifests are both tried on them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../../examples');

/** Name, text and content of each. */
export const EXAMPLES: readonly (readonly [string, string, unknown])[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const text = readFileSync(join(FOLDER, name, 'espalier.yaml'), 'utf8');
    return [`examples/${name}`, text, parse(text)] as const;
  });
