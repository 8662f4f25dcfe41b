/**
 * The CDK app: reads the settings, makes the stacks, checks them. Everything else is in lib/.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { onLaptop, parseSettings, type LaptopFacts } from '../lambdas/boundary/settings/settings.ts';
import { installationStacks } from '../lib/stacks/installation-stacks.ts';

/** What the laptop says about itself by context; absent for AWS. */
interface Laptop extends LaptopFacts {
  /** Path of a settings file other than the project's. */
  readonly settings?: string;
}

const app = new App();
const laptop = app.node.tryGetContext('espalier:laptop') as Laptop | undefined;
const file = laptop?.settings ?? join(import.meta.dirname, '..', 'settings.yaml');
const settings = parseSettings(readFileSync(file, 'utf8'), file);

installationStacks(app, laptop === undefined ? settings : onLaptop(settings, laptop));
// The laptop runs the same templates; checking them again at every start would only make it wait.
if (laptop === undefined) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
