/**
 * Who imports whom in this project, read from the sources. Separate from the rules so that the rules read like DESIGN §2.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** One import of a source file. */
export interface Import {
  /** Path of the importing file, from the root. */
  readonly from: string;
  /** Path from the root for our own files, else the package's name. */
  readonly to: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
  /** What is imported, as it is written. */
  readonly names: string;
}

/** Every TypeScript file below a folder, from the root. */
export function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') || file.endsWith('.mjs'))
    .filter((file) => !file.includes('node_modules'))
    .map((file) => join(folder, file));
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:([^'";]*?)\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** All imports of a file, re-exports and dynamic ones too. */
export function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(STATEMENT)].map(([, typeOnly, names, target, dynamic]) => {
    const specifier = target ?? dynamic ?? '';
    const own = specifier.startsWith('.');
    return {
      from: file,
      to: own ? relative(ROOT, join(ROOT, dirname(file), specifier)) : packageOf(specifier),
      own,
      typeOnly: typeOnly !== undefined,
      names: names ?? '',
    };
  });
}

/** `@scope/name/inside` → `@scope/name`; `node:fs` stays. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}
