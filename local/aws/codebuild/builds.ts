/**
 * The builds of all projects: started, queued behind the cores, driven through their phases, stopped, and kept over a restart.
 * Separate from the API (service.ts) and from the process in which commands run (agent.ts).
 */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { arnOf, AwsError, type Caller, type Input, nameOf } from '../api.ts';
import { listState, writeState } from '../state-file.ts';
import { buildEvent, phaseEvent } from './build-events.ts';
import { type BuildRecord, logFile, newBuild, seconds, type StartBuild } from './build-record.ts';
import { type BuildProject, readBuildspec } from './project.ts';
import { BuildRun, type BuildWorld } from './run-build.ts';

interface Kept {
  readonly build: BuildRecord;
  readonly request: StartBuild;
}
interface Running {
  stop(status: 'STOPPED' | 'TIMED_OUT'): void;
}

/** What builds need from the rest of the laptop. */
export interface BuildsOptions extends BuildWorld {
  readonly emit: (detailType: string, detail: Input, resources: string[]) => void;
}

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
    const build = newBuild(this.#options.account, project, request, caller, mine.length + 1);
    this.#builds.set(build.id, { build, request });
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

  #folder(): string {
    return join(this.#options.account.state, 'builds');
  }

  #save(build: BuildRecord): void {
    writeState(join(this.#folder(), `${build.logs.streamName}.json`), this.#builds.get(build.id));
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
      this.#run(kept, abort)
        .catch((error: unknown) => this.#fail(kept.build, error, abort.signal))
        .finally(() => {
          this.#running.delete(kept.build.id);
          this.#next();
        });
    }
  }

  async #run({ build, request }: Kept, abort: AbortController): Promise<void> {
    const project = this.#projects.get(build.projectName);
    if (!project) throw new AwsError('CLIENT_ERROR', `The project ${build.projectName} is no longer there.`);
    const timer = setTimeout(() => abort.abort('TIMED_OUT'), Number(build['timeoutInMinutes']) * 60_000);
    this.#phaseEnded(build);
    try {
      const progress = {
        began: (phase: string) => this.#phase(build, phase),
        ended: (status?: string, context?: { statusCode: string; message: string }) =>
          this.#phaseEnded(build, status, context),
      };
      const succeeded = await new BuildRun(this.#options, build, project, request, progress).run(abort.signal);
      this.#end(build, succeeded ? 'SUCCEEDED' : 'FAILED');
    } finally {
      clearTimeout(timer);
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
    appendFileSync(logFile(this.#options.account, build.id), `[Container] ${code}: ${message}\n`);
    this.#phaseEnded(build, 'FAILED', { statusCode: code, message: message ?? '' });
    this.#end(build, 'FAILED');
  }
}
