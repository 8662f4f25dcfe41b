/**
 * One build from its source to its artifacts: checks out, resolves variables, has the agent run the commands, uploads. Separate from
 * the queue (builds.ts), which knows when a build may run and when it must stop.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve as toPath } from 'node:path';
import { promisify } from 'node:util';
import { type Account, AwsError, type Call, type Caller, type Input, nameOf } from '../api.ts';
import { type GitRepositories, gitEnvironment } from '../codecommit/repositories.ts';
import { cloneUrl } from '../codecommit/service.ts';
import type { Credentials } from '../credentials.ts';
import type { AgentOrder } from './agent.ts';
import { type BuildRecord, logFile, type StartBuild, variablesOf } from './build-record.ts';
import { type Done, hearAgent } from './hear-agent.ts';
import { type Buildspec, type BuildProject, readBuildspec } from './project.ts';
import { zip } from './zip.ts';

/** What a build needs from the rest of the laptop. */
export interface BuildWorld {
  readonly account: Account;
  readonly credentials: Credentials;
  readonly repositories: GitRepositories;
  readonly call: Call;
  /** Throws AWS's refusal. */
  readonly allow: (caller: Caller, service: string, action: string, input: Input) => void;
  /** Folder of executables that come first on a build's PATH; none when the machine's own are used. */
  readonly tools?: string | undefined;
  /** Variables by which `docker` finds its engine; none for the laptop's own. */
  readonly engine?: Readonly<Record<string, string>> | undefined;
}

/** Where a build tells how far it is. */
export interface Progress {
  began(phase: string): void;
  ended(status?: string, context?: { statusCode: string; message: string }): void;
}

/** A build starts the laptop's tools half a dozen times; compiled once they start in a third of the time. */
const compileCache = (account: Account): string => join(account.state, 'runtime', 'compiled');

/** One build while it runs. */
export class BuildRun {
  readonly #world: BuildWorld;
  readonly #build: BuildRecord;
  readonly #project: BuildProject;
  readonly #request: StartBuild;
  readonly #progress: Progress;
  readonly #caller: Caller;
  readonly #folder: string;

  constructor(world: BuildWorld, build: BuildRecord, project: BuildProject, request: StartBuild, progress: Progress) {
    this.#world = world;
    this.#build = build;
    this.#project = project;
    this.#request = request;
    this.#progress = progress;
    this.#caller = world.credentials.session(project.ServiceRole, `AWSCodeBuild-${build.logs.streamName}`);
    this.#folder = join(world.account.state, 'builds', build.logs.streamName);
  }

  /** Whether all commands succeeded. Throws what went wrong outside of them; ends everything it started when aborted. */
  async run(signal: AbortSignal): Promise<boolean> {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(join(this.#folder, 'home'), { recursive: true });
    const keys = this.#world.credentials.issue(this.#caller);
    try {
      this.#progress.began('PROVISIONING');
      this.#progress.ended();
      this.#progress.began('DOWNLOAD_SOURCE');
      const source = await this.#checkOut();
      const spec = await this.#buildspec();
      const variables = await this.#variables(spec);
      this.#progress.ended();
      const environment = { ...variables, ...this.#environment(source, keys) };
      const log = logFile(this.#world.account, this.#build.id);
      const done = await this.#commands({ spec, source, folder: this.#folder, log, environment }, signal);
      this.#build.exportedEnvironmentVariables = spec.exported.map((name) => ({
        name,
        value: done.variables[name] ?? '',
      }));
      if (done.uploads) {
        this.#progress.began('UPLOAD_ARTIFACTS');
        await this.#upload(spec, done.variables['PWD'] ?? source);
        this.#progress.ended();
      }
      this.#progress.began('FINALIZING');
      this.#progress.ended();
      return done.succeeded;
    } finally {
      this.#world.credentials.revoke(keys);
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html */
  #environment(source: string, keys: ReturnType<Credentials['issue']>): Record<string, string> {
    const { account, tools, engine } = this.#world;
    const build = this.#build;
    return {
      PATH: [tools, dirname(process.execPath), process.env['PATH']].filter(Boolean).join(delimiter),
      HOME: join(this.#folder, 'home'),
      ...engine,
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
      AWS_ENDPOINT_URL: account.endpoint,
      CODEBUILD_BUILD_ARN: build.arn,
      CODEBUILD_BUILD_ID: build.id,
      CODEBUILD_BUILD_IMAGE: this.#project.Environment.Image,
      CODEBUILD_BUILD_NUMBER: String(build.buildNumber),
      CODEBUILD_CI: 'true',
      CODEBUILD_INITIATOR: String(build['initiator']),
      CODEBUILD_LOG_PATH: build.logs.streamName,
      CODEBUILD_SOURCE_REPO_URL: build.source.location ?? '',
      CODEBUILD_SOURCE_VERSION: build.sourceVersion ?? '',
      CODEBUILD_RESOLVED_SOURCE_VERSION: build.resolvedSourceVersion ?? '',
      CODEBUILD_SRC_DIR: source,
      CODEBUILD_START_TIME: String(Math.round(build.startTime * 1000)),
      LAPTOP_STATE: account.state,
      NODE_COMPILE_CACHE: compileCache(account),
    };
  }

  async #checkOut(): Promise<string> {
    const build = this.#build;
    const source = join(this.#folder, 'src');
    mkdirSync(source);
    if (build.source.type === 'NO_SOURCE') return source;
    const { account, repositories } = this.#world;
    const name = nameOf(build.source.location ?? '');
    this.#world.allow(this.#caller, 'codecommit', 'GitPull', { repositoryName: name });
    const commit = await repositories.resolve(name, build.sourceVersion ?? 'HEAD').catch(() => undefined);
    if (commit === undefined)
      throw new AwsError('DOWNLOAD_SOURCE_ERROR', `reference not found: ${build.sourceVersion} in ${name}`);
    build.resolvedSourceVersion = commit;
    const git = (...parameters: string[]) =>
      promisify(execFile)('git', ['-C', source, ...parameters], { env: gitEnvironment });
    await promisify(execFile)('git', ['clone', '--quiet', '--no-checkout', repositories.directoryOf(name), source], {
      env: gitEnvironment,
    });
    await git('remote', 'set-url', 'origin', cloneUrl(account, name));
    await git('checkout', '--quiet', '--detach', commit);
    return source;
  }

  async #buildspec(): Promise<Buildspec> {
    const text = this.#request.buildspecOverride ?? this.#project.Source.BuildSpec ?? '';
    const [, Bucket, Key] = /^arn:aws:s3:::([^/]+)\/(.+)$/.exec(text) ?? [];
    if (Bucket !== undefined) {
      const { Body } = (await this.#world.call('s3', 'GetObject', { Bucket, Key }, this.#caller)) as { Body: Buffer };
      return readBuildspec(Body.toString());
    }
    if (!text.includes('\n') && !text.startsWith('{'))
      throw new AwsError(
        'YAML_FILE_ERROR',
        `The buildspec ${text || 'buildspec.yml'} lies in the source; the laptop takes buildspecs from the project only.`,
      );
    return readBuildspec(text);
  }

  /** Plain values, SSM parameters and secrets; the build's own override the project's, which override the buildspec's. */
  async #variables(spec: Buildspec): Promise<Record<string, string>> {
    const all = [
      ...Object.entries(spec.variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' })),
      ...Object.entries(spec.parameterStore).map(([name, value]) => ({ name, value, type: 'PARAMETER_STORE' })),
      ...Object.entries(spec.secrets).map(([name, value]) => ({ name, value, type: 'SECRETS_MANAGER' })),
      ...variablesOf(this.#project, this.#request),
    ];
    const result: Record<string, string> = {};
    for (const { name, value, type } of all) {
      if (type === 'PARAMETER_STORE') {
        const { Parameter } = (await this.#world.call('ssm', 'GetParameter', { Name: value }, this.#caller)) as {
          Parameter: { Value: string };
        };
        result[name] = Parameter.Value;
      } else if (type === 'SECRETS_MANAGER') {
        const [SecretId, key] = value.split(':');
        const { SecretString } = (await this.#world.call(
          'secretsmanager',
          'GetSecretValue',
          { SecretId },
          this.#caller,
        )) as { SecretString: string };
        result[name] =
          key === undefined || key === '' ? SecretString : String((JSON.parse(SecretString) as Input)[key]);
      } else result[name] = value;
    }
    return result;
  }

  #commands(order: AgentOrder, signal: AbortSignal): Promise<Done> {
    const agent: ChildProcess = fork(join(import.meta.dirname, 'agent.ts'), {
      detached: true,
      env: { NODE_COMPILE_CACHE: compileCache(this.#world.account) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const kill = () => {
      try {
        if (agent.pid !== undefined) process.kill(-agent.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    signal.addEventListener('abort', kill);
    if (signal.aborted) kill();
    const done = hearAgent(agent, (report) => {
      if (report.kind === 'phase-began') this.#progress.began(report.phase);
      else
        this.#progress.ended(
          report.error === undefined ? 'SUCCEEDED' : 'FAILED',
          report.error === undefined ? undefined : { statusCode: 'COMMAND_EXECUTION_ERROR', message: report.error },
        );
    });
    agent.send(order);
    return done.finally(() => {
      signal.removeEventListener('abort', kill);
      kill();
    });
  }

  async #upload(spec: Buildspec, directory: string): Promise<void> {
    const { Artifacts } = this.#project;
    if (Artifacts.Type !== 'S3' || !spec.artifacts) return;
    const base = toPath(directory, spec.artifacts.base);
    const paths = [...new Set(spec.artifacts.files.flatMap((pattern) => globSync(pattern, { cwd: base })))]
      .filter((path) => statSync(join(base, path)).isFile())
      .sort();
    if (paths.length === 0)
      throw new AwsError('CLIENT_ERROR', `no matching artifact paths found in ${spec.artifacts.base}`);
    const discard = spec.artifacts.discardPaths;
    const files = paths.map((path) => ({ path, name: discard ? basename(path) : path }));
    const own = Artifacts.OverrideArtifactName === true ? spec.artifacts.name : undefined;
    const name = own ?? Artifacts.Name ?? this.#project.Name;
    const prefix = [
      Artifacts.Path,
      Artifacts.NamespaceType === 'BUILD_ID' ? this.#build.logs.streamName : undefined,
      name,
    ]
      .filter((part) => part !== undefined && part !== '' && part !== '/')
      .join('/');
    const put = (Key: string, Body: Buffer) =>
      this.#world.call('s3', 'PutObject', { Bucket: Artifacts.Location, Key, Body }, this.#caller);
    if (Artifacts.Packaging === 'ZIP') await put(prefix, zip(base, files));
    else for (const { path, name: file } of files) await put(`${prefix}/${file}`, readFileSync(join(base, path)));
    this.#build.artifacts = { location: `arn:aws:s3:::${Artifacts.Location}/${prefix}` };
  }
}
