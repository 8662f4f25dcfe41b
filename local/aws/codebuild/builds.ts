/**
 * The builds of all projects: started, queued behind the cores, driven through their phases, stopped, and kept over a restart.
 * Separate from the API (service.ts) and from the process in which commands run (agent.ts).
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, delimiter, dirname, join, resolve as toPath } from 'node:path';
import { promisify } from 'node:util';
import type * as sdk from '@aws-sdk/client-codebuild';
import { type Account, arnOf, AwsError, type Call, type Caller, type Input, nameOf } from '../api.ts';
import { type GitRepositories, gitEnvironment } from '../codecommit/repositories.ts';
import { cloneUrl } from '../codecommit/service.ts';
import type { Credentials } from '../credentials.ts';
import { listState, writeState } from '../state-file.ts';
import type { AgentOrder, AgentReport } from './agent.ts';
import { buildEvent, phaseEvent } from './build-events.ts';
import { type Buildspec, type BuildProject, readBuildspec } from './project.ts';
import { zip } from './zip.ts';

/** A build as the API shows it; times are epoch seconds already. */
export type BuildRecord = Input & {
  id: string;
  arn: string;
  projectName: string;
  buildStatus: string;
  currentPhase: string;
  buildComplete: boolean;
  buildNumber: number;
  startTime: number;
  endTime?: number;
  sourceVersion?: string;
  resolvedSourceVersion?: string;
  phases: PhaseRecord[];
  logs: { groupName: string; streamName: string; deepLink: string };
  source: { type: string; location?: string };
  environment: Input;
  artifacts: Input;
  exportedEnvironmentVariables?: { name: string; value: string }[];
};
/** One phase as the API shows it. */
export interface PhaseRecord {
  phaseType: string;
  phaseStatus?: string;
  startTime: number;
  endTime?: number;
  durationInSeconds?: number;
  contexts?: { statusCode: string; message: string }[];
}

/** What StartBuild was asked. */
export type StartBuild = Pick<
  sdk.StartBuildInput,
  | 'projectName'
  | 'sourceVersion'
  | 'sourceTypeOverride'
  | 'sourceLocationOverride'
  | 'environmentVariablesOverride'
  | 'buildspecOverride'
  | 'timeoutInMinutesOverride'
  | 'idempotencyToken'
>;

interface Kept {
  readonly build: BuildRecord;
  readonly request: StartBuild;
}
interface Running {
  stop(status: 'STOPPED' | 'TIMED_OUT'): void;
}

/** What builds need from the rest of the laptop. */
export interface BuildsOptions {
  readonly account: Account;
  readonly credentials: Credentials;
  readonly repositories: GitRepositories;
  readonly call: Call;
  /** Throws AWS's refusal. */
  allow(caller: Caller, service: string, action: string, input: Input): void;
  emit(detailType: string, detail: Input, resources: string[]): void;
  /** Folder of executables that come first on a build's PATH; none when the machine's own are used. */
  readonly tools?: string | undefined;
}

const seconds = () => Date.now() / 1000;

/** The projects and builds of this account. */
export class Builds {
  readonly #options: BuildsOptions;
  readonly #projects = new Map<string, BuildProject>();
  readonly #builds: Map<string, Kept>;
  readonly #running = new Map<string, Running>();
  readonly #queue: string[] = [];
  #stopping = false;

  constructor(options: BuildsOptions) {
    this.#options = options;
    this.#builds = new Map([...listState<Kept>(this.#folder()).values()].map((kept) => [kept.build.id, kept]));
  }

  declareProject(project: BuildProject): void {
    const { Type, BuildSpec = '' } = project.Source;
    if (Type !== 'CODECOMMIT' && Type !== 'NO_SOURCE')
      throw new Error(`Source.Type ${Type} does not run on the laptop; CODECOMMIT and NO_SOURCE do`);
    if (BuildSpec.includes('\n') || BuildSpec.startsWith('{')) readBuildspec(BuildSpec);
    this.#projects.set(project.Name, project);
  }

  projects(): ReadonlyMap<string, BuildProject> {
    return this.#projects;
  }

  all(): BuildRecord[] {
    return [...this.#builds.values()].map(({ build }) => build);
  }

  find(idOrArn: string): BuildRecord | undefined {
    return this.#builds.get(idOrArn.replace(/^arn:.*:build\//, ''))?.build;
  }

  /** Builds that an earlier run left unfinished begin again, under their own ids. */
  resume(): void {
    for (const { build } of this.#builds.values()) {
      if (build.buildComplete) continue;
      build.phases = [];
      this.#enqueue(build);
    }
  }

  stopAll(): void {
    this.#stopping = true;
    for (const running of this.#running.values()) running.stop('STOPPED');
  }

  start(request: StartBuild, caller: Caller): BuildRecord {
    const project = this.#projects.get(nameOf(request.projectName ?? ''));
    if (!project)
      throw new AwsError(
        'ResourceNotFoundException',
        `Project cannot be found: ${arnOf(this.#options.account, 'codebuild', `project/${request.projectName}`)}`,
      );
    const token = request.idempotencyToken;
    for (const kept of token === undefined ? [] : this.#builds.values()) {
      // https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html: the token is valid for five minutes.
      if (kept.request.idempotencyToken !== token || kept.build.startTime < seconds() - 300) continue;
      if (JSON.stringify(kept.request) === JSON.stringify(request)) return kept.build;
      throw new AwsError('InvalidInputException', 'The idempotency token was used with other parameters.');
    }
    const mine = this.all().filter(({ projectName }) => projectName === project.Name);
    if (
      project.ConcurrentBuildLimit !== undefined &&
      mine.filter(({ buildComplete }) => !buildComplete).length >= project.ConcurrentBuildLimit
    )
      throw new AwsError(
        'AccountLimitExceededException',
        `Cannot have more than ${project.ConcurrentBuildLimit} builds in queue for the project`,
      );
    const stream = randomUUID();
    const id = `${project.Name}:${stream}`;
    const { account } = this.#options;
    const location = request.sourceLocationOverride ?? project.Source.Location;
    const { Environment, Artifacts } = project;
    const build: BuildRecord = {
      id,
      arn: arnOf(account, 'codebuild', `build/${id}`),
      projectName: project.Name,
      buildNumber: mine.length + 1,
      buildStatus: 'IN_PROGRESS',
      buildComplete: false,
      currentPhase: 'SUBMITTED',
      startTime: seconds(),
      ...((request.sourceVersion ?? project.SourceVersion) !== undefined && {
        sourceVersion: request.sourceVersion ?? project.SourceVersion ?? '',
      }),
      source: { type: request.sourceTypeOverride ?? project.Source.Type, ...(location !== undefined && { location }) },
      artifacts: {
        location:
          Artifacts.Type === 'S3'
            ? `arn:aws:s3:::${[Artifacts.Location, Artifacts.Path, Artifacts.Name ?? project.Name].filter(Boolean).join('/')}`
            : '',
      },
      environment: {
        image: Environment.Image,
        computeType: Environment.ComputeType,
        type: Environment.Type,
        privilegedMode: Environment.PrivilegedMode ?? false,
        environmentVariables: variablesOf(project, request).map(({ name, value, type }) => ({ name, value, type })),
      },
      serviceRole: project.ServiceRole,
      timeoutInMinutes: request.timeoutInMinutesOverride ?? project.TimeoutInMinutes ?? 60,
      initiator: caller.arn.replace(/^.*?:(assumed-role|user)\//, ''),
      phases: [],
      logs: { groupName: `/aws/codebuild/${project.Name}`, streamName: stream, deepLink: this.logFile(id) },
    };
    this.#builds.set(id, { build, request });
    this.#enqueue(build);
    return build;
  }

  stop(idOrArn: string): BuildRecord {
    const build = this.find(idOrArn);
    if (!build) throw new AwsError('ResourceNotFoundException', `Build ${idOrArn} does not exist`);
    const queued = this.#queue.indexOf(build.id);
    if (queued >= 0) {
      this.#queue.splice(queued, 1);
      this.#end(build, 'STOPPED');
    }
    this.#running.get(build.id)?.stop('STOPPED');
    return build;
  }

  logFile(id: string): string {
    return join(this.#options.account.state, 'logs', `codebuild-${id.replace(':', '-')}.log`);
  }

  #folder(...parts: string[]): string {
    return join(this.#options.account.state, 'builds', ...parts);
  }

  #save(build: BuildRecord): void {
    writeState(this.#folder(`${build.logs.streamName}.json`), this.#builds.get(build.id));
  }

  #enqueue(build: BuildRecord): void {
    this.#phase(build, 'SUBMITTED');
    this.#phaseEnded(build);
    this.#phase(build, 'QUEUED');
    this.#queue.push(build.id);
    this.#options.emit('CodeBuild Build State Change', buildEvent(build), [build.arn]);
    this.#next();
  }

  #next(): void {
    while (this.#running.size < availableParallelism() && !this.#stopping) {
      const kept = this.#builds.get(this.#queue.shift() ?? '');
      if (!kept) return;
      const abort = new AbortController();
      this.#running.set(kept.build.id, { stop: (status) => abort.abort(status) });
      this.#run(kept, abort.signal)
        .catch((error: unknown) => this.#fail(kept.build, error, abort.signal))
        .finally(() => {
          this.#running.delete(kept.build.id);
          this.#next();
        });
    }
  }

  #phase(build: BuildRecord, phaseType: string): void {
    build.phases.push({ phaseType, startTime: seconds() });
    build.currentPhase = phaseType;
    this.#save(build);
  }

  #phaseEnded(build: BuildRecord, phaseStatus = 'SUCCEEDED', context = { statusCode: '', message: '' }): void {
    const phase = build.phases.at(-1);
    if (!phase || phase.phaseStatus !== undefined) return;
    const endTime = seconds();
    Object.assign(phase, {
      phaseStatus,
      endTime,
      durationInSeconds: Math.round(endTime - phase.startTime),
      contexts: [context],
    });
    this.#save(build);
    this.#options.emit('CodeBuild Build Phase Change', phaseEvent(build, phase), [build.arn]);
  }

  #end(build: BuildRecord, status: string): void {
    this.#phaseEnded(build, status);
    this.#phase(build, 'COMPLETED');
    Object.assign(build, { buildStatus: status, buildComplete: true, endTime: seconds() });
    this.#save(build);
    this.#options.emit('CodeBuild Build State Change', buildEvent(build), [build.arn]);
  }

  #fail(build: BuildRecord, error: unknown, signal: AbortSignal): void {
    if (this.#stopping) return; // The next run begins it again.
    if (signal.aborted) return this.#end(build, String(signal.reason));
    const { code = 'CLIENT_ERROR', message } = error as Partial<AwsError>;
    appendFileSync(this.logFile(build.id), `[Container] ${code}: ${message}\n`);
    this.#phaseEnded(build, 'FAILED', { statusCode: code, message: message ?? '' });
    this.#end(build, 'FAILED');
  }

  async #run({ build, request }: Kept, signal: AbortSignal): Promise<void> {
    const { account, credentials } = this.#options;
    const project = this.#projects.get(build.projectName);
    if (!project) throw new AwsError('CLIENT_ERROR', `The project ${build.projectName} is no longer there.`);
    const timer = setTimeout(
      () => this.#running.get(build.id)?.stop('TIMED_OUT'),
      Number(build['timeoutInMinutes']) * 60_000,
    );
    const caller = credentials.session(project.ServiceRole, `AWSCodeBuild-${build.logs.streamName}`);
    const keys = credentials.issue(caller);
    const folder = this.#folder(build.logs.streamName);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'home'), { recursive: true });
    try {
      this.#phaseEnded(build);
      this.#phase(build, 'PROVISIONING');
      this.#phaseEnded(build);
      this.#phase(build, 'DOWNLOAD_SOURCE');
      const source = await this.#checkOut(build, folder, caller);
      const spec = await this.#buildspec(project, request, caller);
      const resolved = await this.#variables(project, request, spec, caller);
      this.#phaseEnded(build);
      const tools = [this.#options.tools, dirname(process.execPath), process.env['PATH']]
        .filter(Boolean)
        .join(delimiter);
      const environment: Record<string, string> = {
        ...resolved,
        PATH: tools,
        HOME: join(folder, 'home'),
        AWS_REGION: account.region,
        AWS_DEFAULT_REGION: account.region,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_SESSION_TOKEN: keys.sessionToken,
        AWS_ENDPOINT_URL: account.endpoint,
        CODEBUILD_BUILD_ARN: build.arn,
        CODEBUILD_BUILD_ID: build.id,
        CODEBUILD_BUILD_IMAGE: project.Environment.Image,
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
      };
      const done = await this.#commands(
        build,
        { spec, source, folder, log: this.logFile(build.id), environment },
        signal,
      );
      build.exportedEnvironmentVariables = spec.exported.map((name) => ({ name, value: done.variables[name] ?? '' }));
      if (done.uploads) {
        this.#phase(build, 'UPLOAD_ARTIFACTS');
        await this.#upload(build, project, spec, done.variables['PWD'] ?? source, caller);
        this.#phaseEnded(build);
      }
      this.#phase(build, 'FINALIZING');
      this.#phaseEnded(build);
      this.#end(build, done.succeeded ? 'SUCCEEDED' : 'FAILED');
    } finally {
      clearTimeout(timer);
      credentials.revoke(keys);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #checkOut(build: BuildRecord, folder: string, caller: Caller): Promise<string> {
    const source = join(folder, 'src');
    mkdirSync(source);
    if (build.source.type === 'NO_SOURCE') return source;
    const { account, repositories } = this.#options;
    const name = nameOf(build.source.location ?? '');
    this.#options.allow(caller, 'codecommit', 'GitPull', { repositoryName: name });
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

  async #buildspec(project: BuildProject, request: StartBuild, caller: Caller): Promise<Buildspec> {
    const text = request.buildspecOverride ?? project.Source.BuildSpec ?? '';
    const [, Bucket, Key] = /^arn:aws:s3:::([^/]+)\/(.+)$/.exec(text) ?? [];
    if (Bucket !== undefined) {
      const { Body } = (await this.#options.call('s3', 'GetObject', { Bucket, Key }, caller)) as { Body: Buffer };
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
  async #variables(
    project: BuildProject,
    request: StartBuild,
    spec: Buildspec,
    caller: Caller,
  ): Promise<Record<string, string>> {
    const all = [
      ...Object.entries(spec.variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' })),
      ...Object.entries(spec.parameterStore).map(([name, value]) => ({ name, value, type: 'PARAMETER_STORE' })),
      ...Object.entries(spec.secrets).map(([name, value]) => ({ name, value, type: 'SECRETS_MANAGER' })),
      ...variablesOf(project, request),
    ];
    const result: Record<string, string> = {};
    for (const { name, value, type } of all) {
      if (type === 'PARAMETER_STORE') {
        const { Parameter } = (await this.#options.call('ssm', 'GetParameter', { Name: value }, caller)) as {
          Parameter: { Value: string };
        };
        result[name] = Parameter.Value;
      } else if (type === 'SECRETS_MANAGER') {
        const [SecretId, key] = value.split(':');
        const { SecretString } = (await this.#options.call(
          'secretsmanager',
          'GetSecretValue',
          { SecretId },
          caller,
        )) as { SecretString: string };
        result[name] =
          key === undefined || key === '' ? SecretString : String((JSON.parse(SecretString) as Input)[key]);
      } else result[name] = value;
    }
    return result;
  }

  #commands(
    build: BuildRecord,
    order: AgentOrder,
    signal: AbortSignal,
  ): Promise<Extract<AgentReport, { kind: 'done' }>> {
    const agent: ChildProcess = fork(join(import.meta.dirname, 'agent.ts'), {
      detached: true,
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const kill = () => {
      try {
        if (agent.pid !== undefined) process.kill(-agent.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    return new Promise<Extract<AgentReport, { kind: 'done' }>>((resolve, reject) => {
      signal.addEventListener('abort', kill);
      if (signal.aborted) kill();
      agent.once('error', reject);
      agent.once('exit', () =>
        reject(new AwsError('BUILD_CONTAINER_UNABLE_TO_RUN', 'The process of the build ended.')),
      );
      agent.on('message', (report: AgentReport) => {
        if (report.kind === 'phase-began') this.#phase(build, report.phase);
        else if (report.kind === 'phase-ended')
          this.#phaseEnded(
            build,
            report.error === undefined ? 'SUCCEEDED' : 'FAILED',
            report.error === undefined ? undefined : { statusCode: 'COMMAND_EXECUTION_ERROR', message: report.error },
          );
        else resolve(report);
      });
      agent.send(order);
    }).finally(() => {
      signal.removeEventListener('abort', kill);
      kill();
    });
  }

  async #upload(
    build: BuildRecord,
    project: BuildProject,
    spec: Buildspec,
    directory: string,
    caller: Caller,
  ): Promise<void> {
    const { Artifacts } = project;
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
    const name = own ?? Artifacts.Name ?? project.Name;
    const prefix = [Artifacts.Path, Artifacts.NamespaceType === 'BUILD_ID' ? build.logs.streamName : undefined, name]
      .filter((part) => part !== undefined && part !== '' && part !== '/')
      .join('/');
    const put = (Key: string, Body: Buffer) =>
      this.#options.call('s3', 'PutObject', { Bucket: Artifacts.Location, Key, Body }, caller);
    if (Artifacts.Packaging === 'ZIP') await put(prefix, zip(base, files));
    else
      for (const { path, name: file } of files)
        await put(
          `${prefix}/${file}`,
          await import('node:fs/promises').then(({ readFile }) => readFile(join(base, path))),
        );
    build.artifacts = { location: `arn:aws:s3:::${Artifacts.Location}/${prefix}` };
  }
}

function variablesOf(project: BuildProject, request: StartBuild): { name: string; value: string; type: string }[] {
  const own = (project.Environment.EnvironmentVariables ?? []).map(({ Name, Value, Type }) => ({
    name: Name,
    value: Value,
    type: Type ?? 'PLAINTEXT',
  }));
  const more = (request.environmentVariablesOverride ?? []).map(({ name = '', value = '', type = 'PLAINTEXT' }) => ({
    name,
    value,
    type: String(type),
  }));
  return [...own.filter(({ name }) => !more.some((other) => other.name === name)), ...more];
}
