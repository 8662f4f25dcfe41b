/**
 * Reads the settings that lie beside a function's code. Separate because only functions do this, once per process.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { settingsSchema, type Settings } from './schema.ts';

/** Name of the file that stacks put beside every bundle. */
export const SETTINGS_ASSET = 'settings.json';

let loaded: Settings | undefined;

/** The settings of this installation, read on the first call. */
export function loadSettings(directory: string = ownDirectory()): Settings {
  loaded ??= v.parse(settingsSchema, JSON.parse(readFileSync(join(directory, SETTINGS_ASSET), 'utf8')));
  return loaded;
}

/** Bundles are CommonJS and know their own directory; Lambda says it too. */
export function ownDirectory(): string {
  return typeof __dirname === 'string' ? __dirname : (process.env['LAMBDA_TASK_ROOT'] ?? process.cwd());
}
