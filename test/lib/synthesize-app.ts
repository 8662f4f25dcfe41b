/**
 * Synthesizes an installation of any settings in memory. Separate from `synthesize.ts`, which answers most tests without loading the CDK.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import { FEATURE_FLAGS } from '../../lib/stacks/feature-flags.ts';
import { installationStacks } from '../../lib/stacks/installation-stacks.ts';
import type { Resource } from './synthesize.ts';

/** Synthesizes settings (YAML) without bundling code. `prepare` may add what else should look at the app. */
export function synthesize(settings: string, prepare: (app: App) => void = () => undefined): readonly Resource[] {
  const outdir = mkdtempSync(join(tmpdir(), 'espalier-synth-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      treeMetadata: false,
      context: { ...FEATURE_FLAGS, 'aws:cdk:bundling-stacks': [] },
    });
    installationStacks(app, parseSettings(settings, 'settings.yaml'));
    prepare(app);
    const assembly = app.synth();
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
