/**
 * What a build is told: the project of the template, the buildspec, the environment. Separate because the API and the process
 * that runs the phases both need the words, and because reading a buildspec runs nothing.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
 */
import { parse } from 'yaml';
import { AwsError } from '../api.ts';

/** AWS::CodeBuild::Project. */
export interface BuildProject {
  readonly Name: string;
  readonly ServiceRole: string;
  readonly Source: { readonly Type: string; readonly Location?: string; readonly BuildSpec?: string };
  readonly SourceVersion?: string;
  readonly Environment: {
    readonly Image: string;
    readonly ComputeType: string;
    readonly Type: string;
    readonly PrivilegedMode?: boolean;
    readonly EnvironmentVariables?: readonly {
      readonly Name: string;
      readonly Value: string;
      readonly Type?: string;
    }[];
  };
  readonly Artifacts: {
    readonly Type: string;
    readonly Location?: string;
    readonly Path?: string;
    readonly Name?: string;
    readonly Packaging?: string;
    readonly NamespaceType?: string;
    readonly OverrideArtifactName?: boolean;
  };
  readonly TimeoutInMinutes?: number;
  readonly ConcurrentBuildLimit?: number;
}

/** The phases that a buildspec has commands for, in their order. */
export const commandPhases = ['install', 'pre_build', 'build', 'post_build'] as const;

/** One phase of a buildspec. */
export interface PhaseSpec {
  readonly commands: readonly string[];
  readonly finally: readonly string[];
  readonly onFailure?: 'ABORT' | 'CONTINUE';
}

/** A buildspec, checked. */
export interface Buildspec {
  readonly shell: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly parameterStore: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly exported: readonly string[];
  readonly phases: Readonly<Partial<Record<(typeof commandPhases)[number], PhaseSpec>>>;
  readonly artifacts?: {
    readonly files: readonly string[];
    readonly base: string;
    readonly name?: string;
    readonly discardPaths: boolean;
  };
  readonly reports: readonly string[];
}

type Loose = Record<string, unknown>;

function only(value: unknown, where: string, allowed: readonly string[]): Loose {
  const map = (value ?? {}) as Loose;
  for (const key of Object.keys(map))
    if (!allowed.includes(key))
      throw new AwsError(
        'YAML_FILE_ERROR',
        `buildspec: ${where}${key} is not supported on the laptop; supported are ${allowed.join(', ')}.`,
      );
  return map;
}

/** Reads a buildspec; refuses by name what would not run. `runtime-versions`, `cache` and the credential helper have no effect. */
export function readBuildspec(text: string): Buildspec {
  const root = only(parse(text), '', ['version', 'env', 'phases', 'artifacts', 'reports', 'cache']);
  if (String(root['version']) !== '0.2')
    throw new AwsError('YAML_FILE_ERROR', `buildspec: version ${String(root['version'])} is not supported; 0.2 is.`);
  const env = only(root['env'], 'env.', [
    'shell',
    'variables',
    'parameter-store',
    'secrets-manager',
    'exported-variables',
    'git-credential-helper',
  ]);
  const phases: Partial<Record<(typeof commandPhases)[number], PhaseSpec>> = {};
  for (const [name, value] of Object.entries(only(root['phases'], 'phases.', commandPhases))) {
    for (const list of ['commands', 'finally'])
      for (const [index, item] of (((value as Loose | null)?.[list] as unknown[] | undefined) ?? []).entries())
        if (typeof item !== 'string')
          throw new AwsError(
            'YAML_FILE_ERROR',
            `Expected ${name}.${list}[${index}] to be of string type: found subkeys instead`,
          );
    const phase = only(value, `phases.${name}.`, ['commands', 'finally', 'on-failure', 'runtime-versions']);
    phases[name as (typeof commandPhases)[number]] = {
      commands: (phase['commands'] ?? []) as string[],
      finally: (phase['finally'] ?? []) as string[],
      ...(phase['on-failure'] !== undefined && { onFailure: phase['on-failure'] as 'ABORT' | 'CONTINUE' }),
    };
  }
  const artifacts =
    root['artifacts'] === undefined
      ? undefined
      : only(root['artifacts'], 'artifacts.', ['files', 'base-directory', 'name', 'discard-paths']);
  const map = (value: unknown) =>
    Object.fromEntries(Object.entries((value ?? {}) as Loose).map(([key, inner]) => [key, String(inner)]));
  return {
    shell: env['shell'] === 'bash' ? 'bash' : 'sh',
    variables: map(env['variables']),
    parameterStore: map(env['parameter-store']),
    secrets: map(env['secrets-manager']),
    exported: (env['exported-variables'] ?? []) as string[],
    phases,
    ...(artifacts && {
      artifacts: {
        files: [artifacts['files'] ?? []].flat() as string[],
        base: (artifacts['base-directory'] ?? '.') as string,
        ...(artifacts['name'] !== undefined && { name: artifacts['name'] as string }),
        discardPaths: artifacts['discard-paths'] === true || artifacts['discard-paths'] === 'yes',
      },
    }),
    reports: Object.keys(root['reports'] ?? {}),
  };
}
