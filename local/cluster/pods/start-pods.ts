/**
 * The keeper of all pods: a life for every Pod object, ended with it. Separate because it alone knows which pods there are, also
 * after this process was killed and started again.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ImageFinder } from '../../image.ts';
import { eventRecorder } from '../controllers/record-event.ts';
import { isKind, typedCluster } from '../kinds.ts';
import type { Pod } from '../kinds.ts';
import type { Objects } from '../objects.ts';
import { logPath, readLog } from './log-files.ts';
import { writeNode } from './node.ts';
import { PodKeeper } from './pod-keeper.ts';
import { endRemembered } from './processes.ts';

/** Which part of a container's log is asked for. */
export interface LogOptions {
  readonly follow?: boolean;
  /** At most so many lines from the end. */
  readonly tail?: number;
  /** The log of the run before the last restart. */
  readonly previous?: boolean;
}

/** An address of this machine. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What other parts may ask about the pods. */
export interface Pods {
  /** A container's log; throws an error with `reason` `NotFound` or `BadRequest` in the API's words. */
  log(namespace: string, pod: string, container: string | undefined, options: LogOptions): Readable;
  /** Where a pod's port is really reached, by the pod's address. */
  address(podIP: string, port: number): Address | undefined;
  /** The same by the pod's name, for the API's `pods/proxy`. */
  target(namespace: string, pod: string, port: number): Address | undefined;
  /** Ends all processes; the pods stay, and run again at the next start. */
  stop(): Promise<void>;
}

/** What keeping pods needs. */
export interface PodsOptions {
  readonly images: ImageFinder;
  /** Pods' files go to `pods/` below it. */
  readonly stateDirectory: string;
  /** `127.0.0.1:PORT` of the service network. */
  readonly proxyAddress: string;
  /** `127.0.0.1:PORT` of the gateway: pods of images that are gateways are there. */
  readonly gatewayAddress: string;
  readonly log: (line: string) => void;
  /** The kubelet's 10 s to 300 s unless said otherwise. */
  readonly backOff?: { readonly first: number; readonly longest: number };
}

/** Images whose work the cluster does itself: a pod of such an image is ready without a process. */
const embodied = /(^|\/)traefik([:@]|$)/;
/** How often mounted ConfigMaps and Secrets are looked at, as a kubelet does it. */
const refreshMs = 60_000;
/** How long processes may take to end when the whole cluster stops. */
const stopGraceMs = 1_500;

/** Runs every pod there is and every pod to come. */
export function startPods(objects: Objects, options: PodsOptions): Pods {
  const cluster = typedCluster(objects);
  const root = join(options.stateDirectory, 'pods');
  const record = eventRecorder(cluster, 'kubelet');
  const claims = join(options.stateDirectory, 'claims');
  const keepers = new Map<string, PodKeeper>();
  const byAddress = new Map<string, PodKeeper>();
  const [host = '127.0.0.1', port] = options.gatewayAddress.split(':');
  const gateway = { host, port: Number(port) };
  let lastAddress = 0;

  const freeAddress = (): string => {
    for (;;) {
      lastAddress = (lastAddress % 65_000) + 1;
      const address = `10.244.${lastAddress >> 8}.${lastAddress & 255}`;
      if (!byAddress.has(address)) return address;
    }
  };
  const begin = (pod: Pod): void => {
    const podIP = pod.status?.podIP ?? freeAddress();
    const keeper = new PodKeeper(pod, byAddress.has(podIP) ? freeAddress() : podIP, {
      cluster,
      record,
      images: options.images,
      proxyAddress: options.proxyAddress,
      embodiment: (image) => (embodied.test(image) ? gateway : undefined),
      backOff: options.backOff ?? {
        first: 1e4,
        longest: 3e5,
      },
      directory: join(root, pod.metadata.uid),
      claims,
    });
    keepers.set(pod.metadata.uid, keeper);
    byAddress.set(keeper.podIP, keeper);
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (!over && !pod.metadata.deletionTimestamp) keeper.start();
    keeper.update(pod);
  };
  const look = (pod: Pod): void => {
    const keeper = keepers.get(pod.metadata.uid);
    if (keeper) keeper.update(pod);
    else begin(pod);
  };
  const forget = (pod: Pod): void => {
    const keeper = keepers.get(pod.metadata.uid);
    keepers.delete(pod.metadata.uid);
    if (keeper) byAddress.delete(keeper.podIP);
    void keeper?.leave(0, true);
  };

  const orphans = endRemembered(root);
  if (orphans > 0) options.log(`pods: ended ${orphans} processes that an earlier run left behind`);
  writeNode(cluster);
  const pods = cluster.list('Pod');
  const uids = new Set(pods.map((pod) => pod.metadata.uid));
  for (const name of existing(root)) if (!uids.has(name)) rmSync(join(root, name), { recursive: true, force: true });
  const unsubscribe = objects.subscribe(({ type, object }) => {
    if (isKind(object, 'PersistentVolumeClaim') && type === 'DELETED')
      rmSync(join(claims, object.metadata.uid), { recursive: true, force: true });
    if (!isKind(object, 'Pod')) return;
    if (type === 'DELETED') forget(object);
    else look(object);
  });
  for (const pod of pods) look(pod);
  const refresh = setInterval(() => {
    for (const keeper of keepers.values()) keeper.refresh();
  }, refreshMs);
  refresh.unref();
  const atExit = (): void => void endRemembered(root);
  process.once('exit', atExit);

  const keeperOf = (namespace: string, name: string): PodKeeper | undefined =>
    keepers.get(cluster.get('Pod', namespace, name)?.metadata.uid ?? '');
  return {
    log(namespace, pod, name, { follow = false, tail, previous = false }) {
      const keeper = keeperOf(namespace, pod);
      if (!keeper) throw refusal('NotFound', `pods "${pod}" not found`);
      const container = keeper.container(name);
      if (!container) throw refusal('BadRequest', `container ${name ?? ''} is not valid for pod ${pod}`);
      const { state, restartCount, name: own } = container.status();
      if (previous && restartCount === 0)
        throw refusal('BadRequest', `previous terminated container "${own}" in pod "${pod}" not found`);
      if (state?.waiting && restartCount === 0 && state.waiting.reason !== 'CrashLoopBackOff')
        throw refusal('BadRequest', `container "${own}" in pod "${pod}" is waiting to start: ${state.waiting.reason}`);
      const isOver = (): boolean => previous || !container.running;
      return readLog(logPath(container.directory, previous), {
        follow,
        isOver,
        ...(tail === undefined ? {} : { tail }),
      });
    },
    address: (podIP, port) => byAddress.get(podIP)?.address(port),
    target: (namespace, pod, port) => keeperOf(namespace, pod)?.address(port),
    async stop() {
      unsubscribe();
      clearInterval(refresh);
      await Promise.all([...keepers.values()].map((keeper) => keeper.leave(stopGraceMs, false)));
      process.off('exit', atExit);
    },
  };
}

function existing(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

function refusal(reason: 'NotFound' | 'BadRequest', message: string): Error {
  return Object.assign(new Error(message), { reason });
}
