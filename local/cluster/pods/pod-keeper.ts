/**
 * One pod's life: a node, an address, volumes, init containers one after the other, then all containers, and an orderly end.
 * Separate because a pod is what the API knows; its containers know nothing of each other.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, Pod } from '../kinds.ts';
import { timestamp } from '../kinds.ts';
import type { RecordEvent } from '../controllers/record-event.ts';
import { canonical } from '../controllers/template-hash.ts';
import { ContainerKeeper } from './container-keeper.ts';
import type { Surroundings } from './container-keeper.ts';
import { nodeName } from './node.ts';
import { podStatus } from './pod-status.ts';
import { makeVolumes } from './pod-values.ts';
import { pause } from './probe.ts';

/** What all pods share. */
export interface PodSurroundings extends Pick<Surroundings, 'images' | 'backOff' | 'embodiment'> {
  readonly cluster: Cluster;
  readonly record: RecordEvent;
  /** Where the files of persistent volumes are. */
  readonly claims: string;
  readonly proxyAddress: string;
  /** Where this pod's files are. */
  readonly directory: string;
}

export class PodKeeper {
  readonly podIP: string;
  #around: PodSurroundings;
  #pod: Pod;
  #ended = new AbortController();
  #silent = false;
  #initialized = false;
  #mounted = false;
  #outcome: 'Succeeded' | 'Failed' | undefined;
  #init: ContainerKeeper[];
  #containers: ContainerKeeper[];
  #startTime: string;
  #life: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(pod: Pod, podIP: string, around: PodSurroundings) {
    this.#pod = pod;
    this.podIP = podIP;
    this.#around = around;
    this.#startTime = pod.status?.startTime ?? timestamp();
    // Some clients send a user name only beside a password.
    const proxy = `http://${pod.metadata.uid}:pod@${around.proxyAddress}`;
    const outward = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy };
    const surroundings: Surroundings = {
      ...around,
      networkVariables: { ...outward, NO_PROXY: '', no_proxy: '', NODE_USE_ENV_PROXY: '1' },
      pod: () => this.#pod,
      record: (type, reason, message) => this.#silent || around.record(this.#pod, type, reason, message),
      changed: () => this.#publish(),
    };
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const keeper = (spec: Pod['spec']['containers'][number]): ContainerKeeper =>
      new ContainerKeeper(
        spec,
        surroundings,
        [...containerStatuses, ...initContainerStatuses].find((own) => own.name === spec.name),
      );
    this.#init = (pod.spec.initContainers ?? []).map(keeper);
    this.#containers = pod.spec.containers.map(keeper);
  }

  /** Begins its life. */
  start(): void {
    this.#life = this.#live().catch((error: unknown) => {
      this.#around.record(this.#pod, 'Warning', 'Failed', `Error: ${String(error)}`);
    });
  }

  /** Takes a new state of its object on; a deletion mark begins its end. */
  update(pod: Pod): void {
    const looked = canonical(this.#pod.metadata.annotations) === canonical(pod.metadata.annotations);
    this.#pod = pod;
    if (!looked) this.refresh();
    const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    if (!deletionTimestamp || this.#ending) return;
    const grace = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#ending = this.#endInOrder(grace * 1000);
  }

  /**
   * Brings mounted ConfigMaps and Secrets up to date. The kubelet does so about once a minute, and at once when the pod itself changed.
   * https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
   */
  refresh(): void {
    if (this.#mounted && !this.#ended.signal.aborted) this.#mount(join(this.#around.directory, 'volumes'));
  }

  /** Ends it without a word: its object is gone, or this process stops and will start it again. */
  async leave(graceMs: number, forGood: boolean): Promise<void> {
    this.#silent = true;
    await this.#endAll(graceMs);
    if (forGood) rmSync(this.#around.directory, { recursive: true, force: true });
  }

  /** A container by name, or the only one. */
  container(name: string | undefined): ContainerKeeper | undefined {
    const all = [...this.#containers, ...this.#init];
    if (name === undefined && this.#containers.length > 1) return undefined;
    return name === undefined ? this.#containers[0] : all.find((container) => container.spec.name === name);
  }

  /** Where one of its ports is reached. */
  address(port: number): { host: string; port: number } | undefined {
    return this.#containers.map((container) => container.address(port)).find((found) => found !== undefined);
  }

  async #endInOrder(graceMs: number): Promise<void> {
    await this.#endAll(graceMs);
    this.#silent = true;
    rmSync(this.#around.directory, { recursive: true, force: true });
    this.#around.cluster.objects.finishRemoval(this.#pod);
  }

  async #endAll(graceMs: number): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#init, ...this.#containers].map((container) => container.end(graceMs)));
    await this.#life;
  }

  async #live(): Promise<void> {
    const { cluster, record, directory } = this.#around;
    if (!this.#pod.spec.nodeName) {
      const spec = { ...this.#pod.spec, nodeName };
      this.#pod = cluster.objects.update({ ...this.#pod, spec }) as Pod;
      const { namespace, name } = this.#pod.metadata;
      record(this.#pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
    }
    this.#publish();
    while (!this.#ended.signal.aborted && !this.#mount(join(directory, 'volumes')))
      await pause(1_000, this.#ended.signal);
    const { restartPolicy = 'Always' } = this.#pod.spec;
    for (const container of this.#init) {
      const code = await container.run(restartPolicy === 'Never' ? 'Never' : 'OnFailure');
      if (this.#ended.signal.aborted) return;
      if (code !== 0) return this.#finish('Failed');
    }
    if (this.#ended.signal.aborted) return;
    this.#initialized = true;
    const codes = await Promise.all(this.#containers.map((container) => container.run(restartPolicy)));
    if (restartPolicy === 'Always') this.#publish();
    else this.#finish(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  #mount(directory: string): boolean {
    try {
      makeVolumes(this.#around.cluster, this.#pod, directory, this.#around.claims);
      this.#mounted = true;
      return true;
    } catch (error) {
      this.#around.record(this.#pod, 'Warning', 'FailedMount', `MountVolume.SetUp failed: ${(error as Error).message}`);
      return false;
    }
  }

  #finish(outcome: 'Succeeded' | 'Failed'): void {
    this.#outcome = outcome;
    this.#publish();
  }

  #publish(): void {
    if (this.#silent) return;
    const { cluster } = this.#around;
    const { namespace, name, uid } = this.#pod.metadata;
    const current = cluster.get('Pod', namespace, name);
    if (current?.metadata.uid !== uid) return;
    const status = podStatus(current, {
      podIP: this.podIP,
      startTime: this.#startTime,
      initialized: this.#initialized,
      outcome: this.#outcome,
      initContainers: this.#init.map((container) => container.status()),
      containers: this.#containers.map((container) => container.status()),
    });
    if (canonical(current.status) === canonical(status)) return;
    this.#pod = cluster.objects.updateStatus({ ...current, status }) as Pod;
  }
}
