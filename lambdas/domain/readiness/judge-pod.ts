/**
 * What one pod says about its future. Separate because each reason of Kubernetes needs its own words for the author.
 */
import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';

export type PodVerdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly on: string }
  /** `passing`: not by the author's fault; another delivery brings what lacks. */
  | { readonly kind: 'never'; readonly because: string; readonly passing?: true };

/** What every delivery brings before its pods, and somebody took away meanwhile, or a cluster that lost it. */
const LOST = /\b(secret|configmap) "[^"]*" not found/i;

/** A service may crash while what it needs comes up; after as many restarts (back-off of 10 s and 20 s) it is hopeless. */
export const CRASHES = 2;

/** Words in a failed pull that no second attempt changes. */
const UNPULLABLE = /not found|notfound|manifest unknown|denied|unauthorized|forbidden|no match for platform/i;

/**
 * What runc says of a command or a folder that its image does not hold, which no second attempt changes. The same words about anything
 * else (a sandbox, a control group) are trouble of the node, which starts the container again.
 */
const UNSTARTABLE =
  /\b(exec|chdir)\b.*(not found|no such file|permission denied|not a directory|is a directory|exec format)/is;

/**
 * Words in a failed preparation that no second attempt changes. Anything else is the kubelet's own trouble: what it watches for a new pod
 * is there within a second, or the container is refused with "failed to sync configmap cache" and tried again.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/util/manager/watch_based_manager.go (objectCache.Get); the words
 * that last are those of the kubelet's makeEnvironmentVariables and verifyRunAsNonRoot.
 */
const UNUSABLE = /couldn't find key|runAsNonRoot|non-root/i;

/** How the kubelet begins to tell that a pod exceeded what it may write itself, and not that its node ran short. */
const TOO_MUCH =
  /^(Usage of EmptyDir volume|Pod ephemeral local storage usage|Container \S+ exceeded its local ephemeral)/;

/** Judges one pod of the newest template. */
export function judgePod(pod: Pod): PodVerdict {
  const name = `pod ${pod.metadata?.name ?? ''}`;
  const conditions = pod.status?.conditions ?? [];
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return { kind: 'ready' };
  const scheduling = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduling?.status === 'False') {
    return { kind: 'waiting', on: `a place for ${name}: ${scheduling.message ?? 'not scheduled yet'}` };
  }
  if (isEvicted(pod))
    return { kind: 'waiting', on: `another one for ${name}, which the cluster ended (${toldOf(pod)})` };
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const verdicts = containers.filter(({ ready }) => !ready).map((container) => judgeContainer(name, container));
  return (
    verdicts.find(({ kind }) => kind === 'never') ?? verdicts[0] ?? { kind: 'waiting', on: `${name} to be started` }
  );
}

/** Whether the kubelet ended it: it used more than it may, or its node ran short. */
export function isEvicted({ status }: Pod): boolean {
  return status?.phase === 'Failed' && status.reason === 'Evicted';
}

/**
 * Why a pod was ended that wrote more than it may, with what to do; undefined for one that was ended for something else.
 * Source of the words: https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/eviction/eviction_manager.go (localStorageEviction)
 */
export function wroteTooMuch(pod: Pod): string | undefined {
  if (!isEvicted(pod) || !TOO_MUCH.test(pod.status?.message ?? '')) return undefined;
  return `it wrote more than it may (${toldOf(pod)}). Raise \`resources.disk\` in the service file, write less below /tmp and to the log, or declare \`volumes\`.`;
}

function toldOf({ status }: Pod): string {
  return (status?.message ?? 'evicted').trim().replace(/\.$/, '');
}

function judgeContainer(pod: string, container: ContainerStatus): PodVerdict {
  const waiting = container.state?.waiting;
  const detail = waiting?.message === undefined ? '' : ` (${waiting.message})`;
  const reason = waiting?.reason ?? '';
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return UNPULLABLE.test(detail)
        ? never(pod, `its image ${container.image} cannot be pulled${detail}. Push again to build it anew.`)
        : { kind: 'waiting', on: `${pod}: its image is pulled${detail}` };
    case 'InvalidImageName':
      return never(pod, `its image name ${container.image} is not valid${detail}.`);
    case 'CreateContainerConfigError':
      if (LOST.test(detail)) return { ...never(pod, `its configuration is gone${detail}.`), passing: true };
      return UNUSABLE.test(detail)
        ? never(pod, `its configuration cannot be used${detail}.`)
        : { kind: 'waiting', on: `${pod}: its configuration is read${detail}` };
    case 'CreateContainerError':
    case 'RunContainerError':
      return UNSTARTABLE.test(detail)
        ? never(pod, `its container cannot be started${detail}. Check \`command\` in the service file.`)
        : { kind: 'waiting', on: `${pod}: its container is started${detail}` };
    default:
      return judgeRestarts(pod, container);
  }
}

function judgeRestarts(pod: string, container: ContainerStatus): PodVerdict {
  const ended = container.lastState?.terminated ?? container.state?.terminated;
  if (container.restartCount >= CRASHES && ended !== undefined) return never(pod, describeEnd(container, ended));
  if (container.state?.terminated !== undefined || container.state?.waiting?.reason === 'CrashLoopBackOff') {
    const code = ended === undefined ? '' : ` (exit code ${String(ended.exitCode)})`;
    return { kind: 'waiting', on: `${pod}: its container ended${code} and is started again` };
  }
  if (container.state?.running === undefined) return { kind: 'waiting', on: `${pod} to be started` };
  return { kind: 'waiting', on: `${pod} to answer on its health path` };
}

/** A line of a log that names what went wrong, in the manner of the languages that services are written in. */
const NAMES_ERROR = /^(?:[\w.]*(?:Error|Exception)\b|panic:|fatal\b)/i;
/** Longest part of a log's line that is told. */
const LONGEST_LINE = 200;

function describeEnd(
  container: ContainerStatus,
  ended: { exitCode: number; reason?: string; message?: string },
): string {
  const times = `${String(container.restartCount)} restarts`;
  if (ended.reason === 'OOMKilled') {
    return `it needs more memory than it asks for (OOMKilled, ${times}). Raise \`resources.memory\` in the service file.`;
  }
  const crash = `it crashes: exit code ${String(ended.exitCode)}, ${times}.`;
  const line = tellingLine(ended.message ?? '');
  return line === undefined
    ? `${crash} Its log says nothing; it may have been stopped for not answering on its health path.`
    : `${crash} Its log says: ${line}`;
}

/** The termination message holds the end of the log: the line that names the error, else the last one. */
function tellingLine(log: string): string | undefined {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.find((candidate) => NAMES_ERROR.test(candidate)) ?? lines.at(-1);
  return line === undefined || line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}…`;
}

export function never(pod: string, because: string): Extract<PodVerdict, { kind: 'never' }> {
  return { kind: 'never', because: `${pod[0]?.toUpperCase() ?? ''}${pod.slice(1)}: ${because}` };
}
