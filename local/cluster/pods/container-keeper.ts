/**
 * One container's life: wait for what it needs, start, probe, restart with growing pauses, end. Separate from the pod, which only
 * decides in which order its containers live and what they say together.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, ContainerState, ContainerStatus, LifecycleHandler } from 'kubernetes-types/core/v1.js';
import type { FoundImage, ImageFinder } from '../../image.ts';
import type { Cluster, Pod } from '../kinds.ts';
import { timestamp } from '../kinds.ts';
import { containerPorts, portVariables } from './container-ports.ts';
import { ContainerProcess } from './container-process.ts';
import type { Exit } from './container-process.ts';
import { launchOf, makeRoot, refuseUnsupported } from './launch.ts';
import { lastLines, logPath } from './log-files.ts';
import { ConfigurationError, variablesOf } from './pod-values.ts';
import { returnPorts, takePort } from './ports.ts';
import { pause, probeOnce, watchProbe } from './probe.ts';
import type { ProbeTarget } from './probe.ts';

/** What a container needs from its pod and its cluster. */
export interface Surroundings {
  readonly cluster: Cluster;
  readonly images: ImageFinder;
  /** Pauses before a restart: none before the first, then from `first`, doubling to `longest` (milliseconds). */
  readonly backOff: { readonly first: number; readonly longest: number };
  /** Where the pod's files are. */
  readonly directory: string;
  /** Variables that lead to Services and the world. */
  readonly networkVariables: Readonly<Record<string, string>>;
  /** Where the containers of this image are served when the cluster embodies it: they need no process. */
  readonly embodiment: (image: string) => { host: string; port: number } | undefined;
  readonly pod: () => Pod;
  readonly record: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  readonly changed: () => void;
}

/** A container that ran this long starts over with short pauses. */
const forgivenAfterMs = 10 * 60 * 1000;

export class ContainerKeeper implements ProbeTarget {
  readonly spec: Container;
  readonly directory: string;
  #around: Surroundings;
  #ended = new AbortController();
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #last: ContainerState | undefined;
  #restarts: number;
  #started = false;
  #ready = false;
  #ports = new Map<number, number>();
  #process: ContainerProcess | undefined;

  /** `before` is what was known of it when this process started; what ran then runs no more. */
  constructor(spec: Container, around: Surroundings, before: ContainerStatus | undefined) {
    this.spec = spec;
    this.#around = around;
    this.directory = join(around.directory, spec.name);
    mkdirSync(this.directory, { recursive: true });
    const { running, terminated } = before?.state ?? {};
    if (terminated) this.#state = { terminated };
    const gone = { exitCode: 255, reason: 'Unknown', startedAt: running?.startedAt ?? '', finishedAt: timestamp() };
    this.#restarts = (before?.restartCount ?? 0) + (running ? 1 : 0);
    this.#last = running ? { terminated: gone } : before?.lastState;
  }

  get running(): boolean {
    return this.#state.running !== undefined;
  }

  status(): ContainerStatus {
    const { name, image = '' } = this.spec;
    const id = this.#process?.pid === undefined ? {} : { containerID: `process://${this.#process.pid}` };
    const seen = {
      name,
      image,
      imageID: this.running ? image : '',
      ...id,
      state: this.#state,
      lastState: this.#last ?? {},
    };
    return {
      ...seen,
      ready: this.running && this.#ready,
      started: this.running && this.#started,
      restartCount: this.#restarts,
    };
  }

  /** Where a port of this container is reached, if it may listen there. */
  address(port: number): { host: string; port: number } | undefined {
    const embodied = this.#around.embodiment(this.spec.image ?? '');
    const real = this.#ports.get(port) ?? this.#ports.get(0);
    return embodied ?? (real === undefined || !this.running ? undefined : { host: '127.0.0.1', port: real });
  }

  port(named: number | string): number {
    const number =
      typeof named === 'number' ? named : this.spec.ports?.find((own) => own.name === named)?.containerPort;
    return this.address(number ?? 0)?.port ?? 1;
  }

  /** Lives until its restart policy or its end lets it stop; resolves to the last exit code. */
  async run(policy: string): Promise<number> {
    if (this.#around.embodiment(this.spec.image ?? '')) return await this.#runEmbodied();
    for (let crashes = 0; ; crashes += 1) {
      const image = await this.#prepare();
      if (!image) return 0;
      const began = Date.now();
      const code = await this.#runOnce(image.image, image.variables);
      const over = policy === 'Never' || (policy === 'OnFailure' && code === 0);
      if (over || this.#ended.signal.aborted) return code;
      if (Date.now() - began > forgivenAfterMs) crashes = 0;
      this.#last = this.#state;
      await this.#backOff(crashes);
      if (this.#ended.signal.aborted) return code;
      this.#restarts += 1;
    }
  }

  /** Ends it: preStop, SIGTERM, and SIGKILL when the grace period is over. */
  async end(graceMs: number): Promise<void> {
    this.#ended.abort();
    const { preStop } = this.spec.lifecycle ?? {};
    if (!this.#process) return;
    this.#around.record('Normal', 'Killing', `Stopping container ${this.spec.name}`);
    const first = preStop && (async (signal: AbortSignal) => await this.#runHook(preStop, graceMs, signal));
    await this.#process.terminate(graceMs, first);
  }

  async execute(command: readonly string[], timeoutMs: number): Promise<number> {
    return (await this.#process?.execute(command, timeoutMs)) ?? 126;
  }

  #wait(reason: string, message: string): void {
    this.#state = { waiting: { reason, message } };
    this.#around.changed();
  }

  async #runEmbodied(): Promise<number> {
    this.#state = { running: { startedAt: timestamp() } };
    [this.#started, this.#ready] = [true, true];
    this.#around.changed();
    if (!this.#ended.signal.aborted)
      await new Promise((resolve) => this.#ended.signal.addEventListener('abort', resolve, { once: true }));
    this.#state = { terminated: { exitCode: 0, reason: 'Completed', finishedAt: timestamp() } };
    return 0;
  }

  /** Waits until image and values are there. */
  async #prepare(): Promise<{ image: FoundImage; variables: Record<string, string> } | undefined> {
    const { cluster, images, record, pod } = this.#around;
    const name = this.spec.image ?? '';
    for (let tries = 0; !this.#ended.signal.aborted; tries += 1) {
      try {
        const image = await images.find(name).catch(() => undefined);
        if (image) {
          refuseUnsupported(pod(), this.spec, image);
          return { image, variables: variablesOf(cluster, pod(), this.spec) };
        }
        record('Warning', 'Failed', `Failed to pull image "${name}": not found`);
        this.#wait('ErrImagePull', `failed to pull image "${name}": not found`);
        await pause(Math.min(500, this.#around.backOff.first), this.#ended.signal);
        this.#wait('ImagePullBackOff', `Back-off pulling image "${name}": not found`);
        await pause(this.#pauseAfter(tries), this.#ended.signal);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        record('Warning', 'Failed', `Error: ${error.message}`);
        this.#wait('CreateContainerConfigError', error.message);
        await pause(1_000, this.#ended.signal);
      }
    }
    return undefined;
  }

  #pauseAfter(tries: number): number {
    const { first, longest } = this.#around.backOff;
    return Math.min(longest, first * 2 ** tries);
  }

  async #backOff(crashes: number): Promise<void> {
    if (crashes === 0) return;
    const wait = this.#pauseAfter(crashes - 1);
    const { name, namespace, uid } = this.#around.pod().metadata;
    const about = `restarting failed container=${this.spec.name} pod=${name}_${namespace}(${uid})`;
    this.#around.record('Warning', 'BackOff', `Back-off ${about}`);
    this.#wait('CrashLoopBackOff', `back-off ${wait / 1000}s ${about}`);
    await pause(wait, this.#ended.signal);
  }

  async #runOnce(image: FoundImage, variables: Record<string, string>): Promise<number> {
    const startedAt = timestamp();
    for (const port of containerPorts(this.spec, image, variables)) this.#ports.set(port, await takePort());
    const probes = new AbortController();
    let exit: Exit = { code: 0, reason: 'Completed' };
    try {
      const process = await this.#start(image, variables);
      this.#process = process;
      if (process?.pid !== undefined) this.#supervise(startedAt, probes.signal);
      if (process) exit = await process.exit;
    } catch (error) {
      exit = { code: 128, reason: 'StartError', message: (error as Error).message };
    }
    probes.abort();
    this.#process = undefined;
    returnPorts(this.#ports.values());
    this.#ports.clear();
    [this.#started, this.#ready] = [false, false];
    const { code: exitCode, reason, message = this.#lastWords(exit) } = exit;
    const said = message ? { message } : {};
    this.#state = { terminated: { exitCode, reason, ...said, startedAt, finishedAt: timestamp() } };
    this.#around.changed();
    return exitCode;
  }

  async #start(image: FoundImage, variables: Record<string, string>): Promise<ContainerProcess | undefined> {
    const { pod, networkVariables, directory } = this.#around;
    const root = join(this.directory, 'root');
    await makeRoot(image, root, this.spec, join(directory, 'volumes'));
    if (this.#ended.signal.aborted) return undefined;
    const own = { ...portVariables({ ...image.config.env, ...variables }, this.#ports), ...networkVariables };
    return new ContainerProcess(launchOf(pod(), this.spec, image, root, variables, own), this.directory);
  }

  #supervise(startedAt: string, signal: AbortSignal): void {
    const { postStart } = this.spec.lifecycle ?? {};
    this.#state = { running: { startedAt } };
    this.#around.record('Normal', 'Started', `Started container ${this.spec.name}`);
    if (postStart) void this.#runHook(postStart, 30_000, signal);
    this.#probe(signal);
  }

  #lastWords(exit: Exit): string {
    const wanted = this.spec.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.code !== 0;
    return wanted ? lastLines(logPath(this.directory, false), 80).slice(-2048) : '';
  }

  /** Start-up first; then readiness and liveness side by side. */
  #probe(signal: AbortSignal): void {
    const { startupProbe, readinessProbe, livenessProbe } = this.spec;
    const { record, changed } = this.#around;
    const unhealthy = (kind: string) => (problem: string) =>
      record('Warning', 'Unhealthy', `${kind} probe failed: ${problem}`);
    const started = (): void => {
      this.#started = true;
      this.#ready = !readinessProbe;
      changed();
      const ready = (healthy: boolean): void => {
        this.#ready = healthy;
        changed();
      };
      if (readinessProbe)
        void watchProbe(readinessProbe, this, signal, {
          eager: true,
          onFailure: unhealthy('Readiness'),
          onVerdict: ready,
        });
      const alive = AbortSignal.any([signal, this.#ended.signal]);
      const verdict = (healthy: boolean): void => void (healthy || this.#restart('liveness'));
      if (livenessProbe)
        void watchProbe(livenessProbe, this, alive, {
          eager: false,
          onFailure: unhealthy('Liveness'),
          onVerdict: verdict,
        });
    };
    if (!startupProbe) return started();
    const starting = new AbortController();
    void watchProbe(startupProbe, this, AbortSignal.any([signal, starting.signal]), {
      eager: true,
      onFailure: unhealthy('Startup'),
      onVerdict: (healthy) => {
        starting.abort();
        if (healthy) started();
        else this.#restart('startup');
      },
    });
  }

  #restart(probe: string): void {
    const { pod, record } = this.#around;
    record('Normal', 'Killing', `Container ${this.spec.name} failed ${probe} probe, will be restarted`);
    void this.#process?.terminate((pod().spec.terminationGracePeriodSeconds ?? 30) * 1000);
  }

  async #runHook(hook: LifecycleHandler, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { seconds } = (hook as { sleep?: { seconds: number } }).sleep ?? {};
    if (seconds !== undefined) await pause(seconds * 1000, signal);
    else if (hook.exec) await this.execute(hook.exec.command ?? [], timeoutMs);
    else if (hook.httpGet) await probeOnce({ httpGet: hook.httpGet, timeoutSeconds: timeoutMs / 1000 }, this);
  }
}
