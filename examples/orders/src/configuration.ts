/**
 * The configuration that Espalier mounts. Separate because it may change at any moment: whoever needs it asks for what holds now, and
 * nothing is ever restarted because of it.
 */
import { readFileSync } from 'node:fs';

/** What the file says, of which this service uses the values and confirms the version. */
export interface Configuration {
  readonly version: string;
  readonly values: { readonly greeting: string; readonly most: number };
}

/** Without a file, on a developer's machine, the defaults of `espalier.yaml`. */
const DEFAULTS: Configuration = { version: 'none', values: { greeting: 'Hello', most: 10 } };
/** A file this small is read in microseconds. */
const LOOK_MS = 250;

/** Answers what holds now. A file that is missing or half there changes nothing: what was read last goes on holding. */
export function configuration(path: string | undefined): () => Configuration {
  let latest = DEFAULTS;
  const look = (): void => {
    if (path === undefined) return;
    try {
      latest = JSON.parse(readFileSync(path, 'utf8')) as Configuration;
    } catch {
      // The next look comes soon.
    }
  };
  look();
  setInterval(look, LOOK_MS).unref();
  return () => latest;
}

/** The self-check: which version runs, and 500 when this service cannot work with it. */
export function selfCheck({ version, values }: Configuration): Response {
  const usable = Number.isInteger(values.most) && values.most > 0;
  const headers = { 'espalier-configuration': version };
  if (usable) return new Response('ok\n', { headers });
  return new Response(`most must be a whole number above 0, not ${String(values.most)}\n`, { status: 500, headers });
}
