/**
 * The CDK app: reads the settings, makes the stacks, checks them. Everything else is in lib/.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CloudFormationValidatePlugin, Validations, type IPolicyValidationPlugin } from 'aws-cdk-lib';
import { onLaptop, parseSettings, type LaptopFacts } from '../lambdas/boundary/settings/settings.ts';
import { FEATURE_FLAGS } from '../lib/stacks/feature-flags.ts';
import { installationStacks } from '../lib/stacks/installation-stacks.ts';

/** What the laptop says about itself by context; absent for AWS. */
interface Laptop extends LaptopFacts {
  /** Path of a settings file other than the project's. */
  readonly settings?: string;
}

const app = new App({ builtinCloudFormationValidation: false, treeMetadata: false, context: { ...FEATURE_FLAGS } });
const laptop = app.node.tryGetContext('espalier:laptop') as Laptop | undefined;
// Another installation has a file of its own: `npx cdk deploy --all --context settings=other.yaml`.
const named = laptop?.settings ?? (app.node.tryGetContext('settings') as string | undefined);
const file = named ?? join(import.meta.dirname, '..', 'settings.yaml');
const settings = parseSettings(readFileSync(file, 'utf8'), file);

installationStacks(app, laptop === undefined ? settings : onLaptop(settings, laptop));
// The laptop runs the same templates; checking them again at every start would cost more than all the rest of it.
if (laptop === undefined) {
  const { AwsSolutionsChecks } = await import('cdk-nag');
  // CDK's own classes do not fit their interfaces under exactOptionalPropertyTypes.
  const templates = new CloudFormationValidatePlugin() as IPolicyValidationPlugin;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), templates);
}
app.synth();
