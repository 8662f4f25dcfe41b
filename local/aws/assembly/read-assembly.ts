/**
 * Reads a cloud assembly: its stacks with their templates, and where their assets lie. Separate because this is the format of
 * `cdk synth` (https://docs.aws.amazon.com/cdk/v2/guide/assets.html), not of CloudFormation.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from '../api.ts';

/** One resource as the template declares it, intrinsics unresolved. */
export interface Declared {
  readonly Type: string;
  readonly Properties?: Input;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** One stack's template. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { Type: string; Default?: string }>>;
  readonly Mappings?: Readonly<Record<string, Record<string, Record<string, unknown>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, Declared>>;
  readonly Outputs?: Readonly<Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>>;
  readonly Transform?: unknown;
}

/** A stack to be deployed. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
}

/** A file or folder that `cdk deploy` would upload; a folder as a zip. */
export interface Asset {
  readonly path: string;
  readonly zip: boolean;
  /** With account and region as `${AWS::AccountId}` and `${AWS::Region}`. */
  readonly bucket: string;
}

/** Everything that `cdk deploy` would read. */
export interface Assembly {
  readonly stacks: readonly Stack[];
  /** Files and folders by the object key under which they would lie in the assets bucket. */
  readonly assets: ReadonlyMap<string, Asset>;
}

interface Manifest {
  artifacts?: Record<string, { type: string; dependencies?: string[]; properties?: Record<string, string> }>;
}
interface AssetManifest {
  files?: Record<
    string,
    {
      source: { path?: string; packaging?: string };
      destinations: Record<string, { bucketName: string; objectKey: string }>;
    }
  >;
  dockerImages?: Record<string, unknown>;
}

const load = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Reads the folder and the assemblies nested in it. Stacks come after those they depend on. */
export function readAssembly(folder: string): Assembly {
  const stacks = new Map<string, Stack>();
  const assets = new Map<string, Asset>();
  const { artifacts = {} } = load(folder, 'manifest.json') as Manifest;
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (!artifact || stacks.has(id)) return;
    for (const dependency of artifact.dependencies ?? []) visit(dependency);
    const { properties = {} } = artifact;
    if (artifact.type === 'aws:cloudformation:stack')
      stacks.set(id, {
        name: properties['stackName'] ?? id,
        template: load(folder, properties['templateFile'] ?? '') as Template,
      });
    if (artifact.type === 'cdk:cloud-assembly') {
      const nested = readAssembly(join(folder, properties['directoryName'] ?? ''));
      for (const stack of nested.stacks) stacks.set(`${id}/${stack.name}`, stack);
      for (const [key, asset] of nested.assets) assets.set(key, asset);
    }
    if (artifact.type === 'cdk:asset-manifest') {
      const manifest = load(folder, properties['file'] ?? '') as AssetManifest;
      const images = Object.keys(manifest.dockerImages ?? {});
      if (images.length > 0)
        throw new Error(`${id}: container image assets do not run on the laptop: ${images.join(', ')}.`);
      for (const { source, destinations } of Object.values(manifest.files ?? {}))
        for (const { objectKey, bucketName: bucket } of Object.values(destinations))
          if (source.path !== undefined)
            assets.set(objectKey, { path: join(folder, source.path), zip: source.packaging === 'zip', bucket });
    }
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return { stacks: [...stacks.values()], assets };
}
