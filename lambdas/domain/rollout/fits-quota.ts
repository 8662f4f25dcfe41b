/**
 * Whether an environment's quota has room for a version of a service, or for both sides of it. Separate because it is asked before anything is touched: a
 * cluster that refuses the last pods of a canary says so only when half the requests have moved.
 */
import type { Quota } from '../manifests/environment.ts';
import { candidateReplicas } from './sizes.ts';
import { bytesOf } from '../images/container-rules.ts';
import type { ServiceDefinition } from '../service/definition.ts';

/** What is counted of a service file: pods that take requests, their containers and nothing that comes and goes. */
export type Sized = Pick<ServiceDefinition, 'name' | 'replicas' | 'resources' | 'containers'>;

interface Room {
  readonly pods: number;
  /** Thousandths of a processor. */
  readonly cpu: number;
  readonly memory: number;
}

/** The least that a delivery comes to; with autoscalers it may be more, which only the cluster knows. */
export interface Rolling {
  /** What goes on beside the candidate; absent: the candidate takes its place, pod by pod. */
  readonly stable?: Sized;
  readonly candidate: Sized;
  /** The largest share that a baseline gets, which runs beside both; absent: none. */
  readonly baselinePercent?: number;
  /** Services of the environment beside it, as they are applied. */
  readonly others: readonly Sized[];
}

/** Why it does not fit; undefined when it does. */
export function quotaProblem(
  { stable, candidate, baselinePercent = 0, others }: Rolling,
  quota: Quota,
): string | undefined {
  // With all requests the candidate is as large as what it takes over from.
  const pods = Math.max(stable?.replicas ?? 0, candidate.replicas);
  // The candidate gets its size for the next share while the baseline is still there.
  const fresh = baselinePercent === 0 ? 0 : candidateReplicas(pods, baselinePercent);
  const old = stable === undefined ? [] : [roomOf(stable, stable.replicas + fresh)];
  const sides = sum([...old, roomOf(candidate, pods)]);
  const beside = sum(others.map((other) => roomOf(other, other.replicas)));
  const needs = sum([sides, beside]);
  const short = [
    needs.pods > quota.pods && `${String(needs.pods)} pods where ${String(quota.pods)} are allowed`,
    needs.cpu > millisOf(quota.cpu) && `${processors(needs.cpu)} processors where ${quota.cpu} are allowed`,
    needs.memory > bytesOf(quota.memory) && `${mebibytes(needs.memory)} of memory where ${quota.memory} are allowed`,
  ].filter((one) => one !== false);
  if (short.length === 0) return undefined;
  const baseline = fresh === 0 ? '' : ` and ${String(fresh)} of the baseline`;
  const counted =
    stable === undefined ? `${String(pods)} pods` : `${String(stable.replicas)} old and ${String(pods)} new pods`;
  const who = others.length === 0 ? '' : ` and ${others.map(({ name }) => name).join(', ')}`;
  return `${counted}${baseline} of ${candidate.name}${who} come to ${short.join(', and to ')}`;
}

function roomOf({ resources, containers = {} }: Sized, pods: number): Room {
  const all = [resources, ...Object.values(containers).map((sidecar) => sidecar.resources)];
  const cpu = all.reduce((total, one) => total + millisOf(one.cpu), 0);
  const memory = all.reduce((total, one) => total + bytesOf(one.memory), 0);
  return { pods, cpu: pods * cpu, memory: pods * memory };
}

function sum(rooms: readonly Room[]): Room {
  const add = (one: Room, other: Room): Room => ({
    pods: one.pods + other.pods,
    cpu: one.cpu + other.cpu,
    memory: one.memory + other.memory,
  });
  return rooms.reduce(add, { pods: 0, cpu: 0, memory: 0 });
}

/** Thousandths of a number of processors as Kubernetes writes it, such as 250m or 0.5. */
function millisOf(amount: string): number {
  return amount.endsWith('m') ? Number(amount.slice(0, -1)) : Math.round(Number(amount) * 1_000);
}

function processors(millis: number): string {
  return String(millis / 1_000);
}

function mebibytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1_048_576))}Mi`;
}
