/**
 * Synthesizes an installation of any settings in memory, for tests of what is deployed.
 * Separate because every test of stacks, inventory and state machines looks at the same templates.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import { installationStacks } from '../../lib/stacks/installation-stacks.ts';

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

/** Only a repository name: every default applies. */
export const PLAIN = 'repositories: [orders]';

/** An existing cluster, as `npx espalier cluster NAME` prints it. */
export const EXISTING_CLUSTER = `
cluster:
  existing:
    name: shared
    vpc: vpc-0a1b2c3d
    subnets: [subnet-0a1b2c3d, subnet-0a1b2c3e]
    securityGroup: sg-0a1b2c3d
    endpoint: https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com
    authority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
`;

const known = new Map<string, Synthesized>();

/** The same settings are synthesized once per test file. */
export function synthesized(settings: string): Synthesized {
  const found = known.get(settings) ?? synthesize(settings);
  known.set(settings, found);
  return found;
}

/** Synthesizes settings (YAML) without bundling code. `prepare` may add what else should look at the app. */
export function synthesize(settings: string, prepare: (app: App) => void = () => undefined): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'espalier-synth-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      treeMetadata: false,
      context: { 'aws:cdk:bundling-stacks': [] },
    });
    installationStacks(app, parseSettings(settings, 'settings.yaml'));
    prepare(app);
    const assembly = app.synth();
    return new Synthesized(
      assembly.stacks.flatMap((stack) => {
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
      }),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
