/**
 * Manifests of a handful of services as files that people read: a change of what is applied is a change of one of these. Separate from
 * the properties, which hold for all services. `ESPALIER_UPDATE_GOLDEN=true` writes them anew.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../../../lambdas/boundary/settings/settings.ts';
import { ENVIRONMENT_KINDS } from '../../../lambdas/contracts/kinds.ts';
import { renderManifests } from '../../../lambdas/domain/manifests/render.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const installation = parseSettings('repositories: ["*"]', 'settings.yaml');
const version = { commit: 'c'.repeat(40), image: `registry.example/espalier@sha256:${'d'.repeat(64)}` };

/** Service files, each with the environment in its first line. */
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.espalier.yaml'));

describe('manifests', () => {
  it.each(files)('of %s', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const environment = /^# in ([a-z0-9-]+)/.exec(text)?.[1] ?? '';
    const kind = ENVIRONMENT_KINDS.find((one) => one === environment) ?? 'feature';
    const reading = parseServiceFile(text, file);
    if (reading.kind === 'wrong') throw new Error(reading.message);
    const { definition } = reading;
    const rendered = renderManifests({ installation, environment, kind, definition, version })
      .map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }))
      .join('---\n');
    const golden = join(FOLDER, file.replace('.espalier.yaml', '.manifests.yaml'));
    if (process.env['ESPALIER_UPDATE_GOLDEN'] === 'true') writeFileSync(golden, rendered);
    expect(rendered).toBe(readFileSync(golden, 'utf8'));
  });
});
