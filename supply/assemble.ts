/**
 * Synthesizes an installation of any settings without bundling its code. Separate from the app, which reads files and holds what it
 * makes to its validators.
 */
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { parseSettings } from '../lambdas/boundary/settings/settings.ts';
import { FEATURE_FLAGS } from '../lib/stacks/feature-flags.ts';
import { installationStacks } from '../lib/stacks/installation-stacks.ts';

/** The assembly of settings (YAML) in a folder. `prepare` may add what else should look at the app. */
export function assemble(
  settings: string,
  outdir: string,
  prepare: (app: App) => void = () => undefined,
): CloudAssembly {
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    treeMetadata: false,
    context: { ...FEATURE_FLAGS, 'aws:cdk:bundling-stacks': [] },
  });
  installationStacks(app, parseSettings(settings, 'settings.yaml'));
  prepare(app);
  return app.synth();
}
