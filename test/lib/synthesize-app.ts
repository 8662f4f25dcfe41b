/**
 * Synthesizes an installation of any settings in memory. Separate from `synthesize.ts`, which answers most tests without loading the CDK.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { assemble } from '../../supply/assemble.ts';
import type { Resource } from './synthesize.ts';

/** Synthesizes settings (YAML) without bundling code. `prepare` may add what else should look at the app. */
export function synthesize(settings: string, prepare: (app: App) => void = () => undefined): readonly Resource[] {
  const outdir = mkdtempSync(join(tmpdir(), 'espalier-synth-'));
  try {
    const assembly = assemble(settings, outdir, prepare);
    return assembly.stacks.flatMap((stack) => {
      const template = stack.template as {
        readonly Resources: Record<
          string,
          { readonly Type: string; readonly Properties?: Record<string, unknown>; readonly DeletionPolicy?: string }
        >;
      };
      return Object.entries(template.Resources).map(([id, resource]) => ({
        stack: stack.stackName,
        id,
        type: resource.Type,
        properties: resource.Properties ?? {},
        ...(resource.DeletionPolicy !== undefined && { deletionPolicy: resource.DeletionPolicy }),
      }));
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
