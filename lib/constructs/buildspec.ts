/**
 * The buildspec as CodeBuild gets it: image.yml, with the scripts of its steps written beside the checkout by the install phase.
 * Separate because scripts are kept, read and tested as files, while a project takes one text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

const FOLDER = join(import.meta.dirname, '..', '..', 'buildspecs');
/** Ends a script inside the install command; no script may contain it. */
const END = 'END_OF_ESPALIER_SCRIPT';

/** The whole buildspec of images as YAML. */
export function imageBuildspec(): string {
  const document = parseDocument(readFileSync(join(FOLDER, 'image.yml'), 'utf8'));
  const scripts = readdirSync(join(FOLDER, 'image')).filter((file) => file.endsWith('.sh'));
  document.setIn(
    ['phases', 'install', 'commands'],
    ['mkdir -p "$CODEBUILD_SRC_DIR.espalier"', ...scripts.map(writing)],
  );
  return document.toString({ lineWidth: 0 });
}

function writing(file: string): string {
  const script = readFileSync(join(FOLDER, 'image', file), 'utf8');
  if (script.includes(END))
    throw new Error(`buildspecs/image/${file} contains the line ${END}, which ends it too early. Take it out.`);
  return `cat > "$CODEBUILD_SRC_DIR.espalier/${file}" <<'${END}'\n${script}${END}\n`;
}
