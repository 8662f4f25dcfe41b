/**
 * Small JSON documents in the state directory, written so that a kill at any moment leaves the old or the new one. Separate
 * because every service that survives a restart keeps its memory in the same way.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The document at this path, or undefined when there is none. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it wrote
export function readState<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the document at this path. */
export function writeState(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}

/** Removes the document; an absent one is no error. */
export function removeState(path: string): void {
  rmSync(path, { force: true });
}

/** All documents of a folder, by name without `.json`. */
export function listState<T>(folder: string): Map<string, T> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(names.sort().map((name) => [name.slice(0, -5), readState<T>(join(folder, name)) as T]));
}
