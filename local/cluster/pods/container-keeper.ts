/**
 * One container's life: wait for what it needs, start, probe, restart with growing pauses, end. Separate from the pod, which only
 * decides in which order its containers live and what they say together.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Container, ContainerState, ContainerStatus, LifecycleHandler } from 'kubernetes-types/core/v1.js';
import type { FoundImage, ImageFinder } from '../../image.ts';
import type { Cluster, Pod } from '../kinds.ts';
import { timestamp } from '../kinds.ts';
import { containerPorts, portVariables } from './container-ports.ts';
import { commandHere, launchOf, makeRoot } from './launch.ts';
import type { Launch } from './launch.ts';
import { lastLines, logPath, openLog } from './log-files.ts';
import { ConfigurationError, variablesOf } from './pod-values.ts';
import { returnPorts, takePort } from './ports.ts';
import { pause, probeOnce, watchProbe } from './probe.ts';
import type { ProbeTarget } from './probe.ts';
import { forgetProcess, rememberProcess, signalGroup } from './processes.ts';

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
/** Even a preStop that used up all its time leaves a process two seconds after SIGTERM, as the kubelet does. */
const leastGraceMs = 2_000;

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
  #launch: Launch | undefined;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  /** `before` is what was known of it when this process started; what ran then runs no more. */
  constructor(spec: Container, around: Surroundings, before: ContainerStatus | undefined) {
    this.spec = spec;
    this.#around = around;
    this.directory = join(around.directory, spec.name);
    mkdirSync(this.directory, { recursive: true });
    const { running } = before?.state ?? {};
    const gone = { exitCode: 255, reason: 'Unknown', startedAt: running?.startedAt ?? '', finishedAt: timestamp() };
    this.#restarts = (before?.restartCount ?? 0) + (running ? 1 : 0);
    this.#last = running ? { terminated: gone } : before?.lastState;
  }

  get running(): boolean {
    return this.#state.running !== undefined;
  }

  status(): ContainerStatus {
    const { name, image = '' } = this.spec;
    const id = this.#child?.pid === undefined ? {} : { containerID: `process://${this.#child.pid}` };
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
    if (this.#child) await this.#terminate(graceMs, true);
  }

  /** Runs a command in this container's place. */
  async execute(command: readonly string[], timeoutMs: number): Promise<number> {
    if (!this.#launch) return 126;
    const { cwd, env } = this.#launch;
    const { file, args } = commandHere(command, cwd, (value) => value);
    const child = spawn(file, args, { cwd, env, detached: true, stdio: 'ignore' });
    const timer = setTimeout(() => child.pid && signalGroup(child.pid, 'SIGKILL'), timeoutMs);
    return await new Promise((resolve) => {
      child.on('error', () => resolve(127)).on('exit', (code) => resolve(code ?? 137));
      child.on('close', () => clearTimeout(timer));
    });
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
    const { pod, networkVariables, record, changed, directory } = this.#around;
    const root = join(this.directory, 'root');
    for (const port of containerPorts(this.spec, image, variables)) this.#ports.set(port, await takePort());
    await makeRoot(image, root, this.spec, join(directory, 'volumes'));
    if (this.#ended.signal.aborted) return 0;
    const own = { ...portVariables({ ...image.config.env, ...variables }, this.#ports), ...networkVariables };
    const launch = launchOf(pod(), this.spec, image, root, variables, own);
    this.#launch = launch;
    mkdirSync(launch.cwd, { recursive: true });
    const log = openLog(this.directory);
    const { file, args, cwd, env } = launch;
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    if (child.pid !== undefined) rememberProcess(this.directory, child.pid);
    const startedAt = timestamp();
    const exit = new Promise<{ code: number; reason?: string; message?: string }>((resolve) => {
      child.on('error', (error) =>
        resolve({ code: 128, reason: 'StartError', message: `cannot start ${file}: ${error.message}` }),
      );
      child.on('exit', (code, signal) => resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0) }));
    });
    this.#exited = exit;
    const probes = new AbortController();
    if (child.pid !== undefined) {
      this.#state = { running: { startedAt } };
      record('Normal', 'Started', `Started container ${this.spec.name}`);
      if (this.spec.lifecycle?.postStart) void this.#runHook(this.spec.lifecycle.postStart, 30_000);
      this.#probe(probes.signal);
    }
    const { code, reason, message } = await exit;
    probes.abort();
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    forgetProcess(this.directory);
    returnPorts(this.#ports.values());
    this.#ports.clear();
    this.#child = undefined;
    const said = this.spec.terminationMessagePolicy === 'FallbackToLogsOnError' && code !== 0;
    const last = said ? lastLines(logPath(this.directory, false), 80).slice(-2048) : '';
    const words = message ?? last;
    const outcome = {
      exitCode: code,
      reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
      ...(words ? { message: words } : {}),
    };
    this.#state = { terminated: { ...outcome, startedAt, finishedAt: timestamp() } };
    [this.#started, this.#ready] = [false, false];
    changed();
    return code;
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
    this.#around.record('Normal', 'Killing', `Container ${this.spec.name} failed ${probe} probe, will be restarted`);
    void this.#terminate((this.#around.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000, false);
  }

  async #terminate(graceMs: number, told: boolean): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    const deadline = Date.now() + graceMs;
    if (told) this.#around.record('Normal', 'Killing', `Stopping container ${this.spec.name}`);
    const over = new AbortController();
    void this.#exited.then(() => over.abort());
    const { preStop } = this.spec.lifecycle ?? {};
    if (preStop && graceMs > 0)
      await Promise.race([this.#runHook(preStop, graceMs, over.signal), pause(graceMs, over.signal)]);
    if (this.#child === child) child.kill('SIGTERM');
    const left = deadline - Date.now();
    await pause(graceMs === 0 ? 0 : Math.max(left, Math.min(graceMs, leastGraceMs)), over.signal);
    if (this.#child === child) signalGroup(child.pid, 'SIGKILL');
    await this.#exited;
  }

  async #runHook(hook: LifecycleHandler, timeoutMs: number, signal = new AbortController().signal): Promise<void> {
    const { seconds } = (hook as { sleep?: { seconds: number } }).sleep ?? {};
    if (seconds !== undefined) await pause(seconds * 1000, signal);
    else if (hook.exec) await this.execute(hook.exec.command ?? [], timeoutMs);
    else if (hook.httpGet) await probeOnce({ httpGet: hook.httpGet, timeoutSeconds: timeoutMs / 1000 }, this);
  }
}

/** What a real kubelet would refuse, and what only this one cannot do. */
function refuseUnsupported(pod: Pod, container: Container, image: FoundImage): void {
  const { runAsNonRoot, runAsUser } = { ...pod.spec.securityContext, ...container.securityContext };
  const [user = ''] = image.config.user.split(':');
  if (runAsNonRoot && (runAsUser === 0 || (runAsUser === undefined && ['', 'root', '0'].includes(user))))
    throw new ConfigurationError('container has runAsNonRoot and image will run as root');
  if (runAsNonRoot && runAsUser === undefined && !/^\d+$/.test(user))
    throw new ConfigurationError(
      `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`,
    );
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  if (probes.some((probe) => probe?.grpc))
    throw new ConfigurationError('grpc probes are not done here; use httpGet, tcpSocket or exec');
}
