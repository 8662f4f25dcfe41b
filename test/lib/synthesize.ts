/**
 * What an installation of any settings is made of, for tests of what is deployed. Separate from synthesizing itself, which loads the
 * CDK: templates are kept below node_modules under a key of everything that they are made from, so that one test file in ten pays.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A resource of a template. */
export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  // Properties of CloudFormation have as many shapes as there are types; tests name what they look at.
  // eslint-disable-next-line
  readonly properties: Record<string, any>;
  readonly deletionPolicy?: string;
}

/** What was synthesized. */
export class Synthesized {
  readonly resources: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
  }

  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  only(type: string): Resource {
    const [first, ...more] = this.ofType(type);
    if (first === undefined || more.length > 0) {
      throw new Error(`Expected one ${type}, found ${String(more.length + (first === undefined ? 0 : 1))}.`);
    }
    return first;
  }

  byId(stack: string, id: string): Resource {
    const found = this.resources.find((resource) => resource.stack === stack && resource.id === id);
    if (found === undefined) throw new Error(`There is no ${id} in ${stack}.`);
    return found;
  }
}

export { EXISTING_CLUSTER, PLAIN } from '../../supply/variants.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'espalier-templates');
/** Everything that templates are made from; code of functions is not in them. */
const SOURCES = [
  'lib',
  'lambdas/contracts',
  'lambdas/boundary',
  'buildspecs',
  'supply',
  'test/lib',
  'package-lock.json',
];

const known = new Map<string, Synthesized>();

/** The synthesized settings (YAML). */
export function synthesized(settings: string): Synthesized {
  const found = known.get(settings) ?? new Synthesized(resourcesOf(settings));
  known.set(settings, found);
  return found;
}

function resourcesOf(settings: string): readonly Resource[] {
  const file = join(CACHE, `${createHash('sha256').update(sourceKey()).update(settings).digest('hex')}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly Resource[];
  } catch {
    // Node's own loader: the CDK is not worth transforming, and is only loaded here.
    const { synthesize } = createRequire(import.meta.url)(
      './synthesize-app.ts',
    ) as typeof import('./synthesize-app.ts');
    const resources = synthesize(settings);
    mkdirSync(CACHE, { recursive: true });
    forgetOld();
    const partial = `${file}.${String(Math.random()).slice(2)}`;
    writeFileSync(partial, JSON.stringify(resources));
    renameSync(partial, file);
    return resources;
  }
}

/** What was made from sources of days ago is of no use any more. */
function forgetOld(): void {
  for (const name of readdirSync(CACHE)) {
    const file = join(CACHE, name);
    const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 24 * 3_600_000) rmSync(file, { force: true });
  }
}

let key: string | undefined;

function sourceKey(): string {
  key ??= SOURCES.reduce((hash, source) => {
    for (const file of filesOf(source)) hash.update(file).update(readFileSync(join(ROOT, file)));
    return hash;
  }, createHash('sha256')).digest('hex');
  return key;
}

function filesOf(source: string): readonly string[] {
  if (source.includes('.')) return [source];
  return readdirSync(join(ROOT, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}
