/**
 * Whether an environment's quota has room for a version of a service, or for both sides of it, and its limits for each container. Separate
 * because it is asked before anything is touched: a cluster that refuses the last pods of a canary says so only when half the requests have
 * moved.
 */
import type { Limits, Quota } from '../manifests/environment.ts';
import { bytesOf } from '../service/amounts.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import { diskOf, type Resources } from '../service/processes.ts';
import { candidateReplicas } from './sizes.ts';

/** What is counted of a service file: pods that take requests, their containers and nothing that comes and goes. */
export type Sized = Pick<ServiceDefinition, 'name' | 'replicas' | 'resources' | 'containers'>;

interface Room {
  readonly pods: number;
  /** Thousandths of a processor. */
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
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
    needs.disk > bytesOf(quota.disk) && `${mebibytes(needs.disk)} of disk where ${quota.disk} are allowed`,
  ].filter((one) => one !== false);
  if (short.length === 0) return undefined;
  const baseline = fresh === 0 ? '' : ` and ${String(fresh)} of the baseline`;
  const counted =
    stable === undefined ? `${String(pods)} pods` : `${String(stable.replicas)} old and ${String(pods)} new pods`;
  const who = others.length === 0 ? '' : ` and ${others.map(({ name }) => name).join(', ')}`;
  return `${counted}${baseline} of ${candidate.name}${who} come to ${short.join(', and to ')}`;
}

/** Which containers, of whatever part of the service, are larger than one may be; undefined when none is. */
export function limitsProblem(definition: ServiceDefinition, limits: Limits): string | undefined {
  const { name, processes = {}, schedules = {}, jobs = {} } = definition;
  const all: (readonly [string, Resources])[] = [
    ...groupOf(name, definition),
    ...Object.entries(processes).flatMap(([process, group]) => groupOf(`the process ${process}`, group)),
    ...Object.entries(schedules).map(([schedule, { resources }]) => [`the schedule ${schedule}`, resources] as const),
    ...Object.values(jobs).flatMap((phase) => phase.map((job) => [`the job ${job.name}`, job.resources] as const)),
  ];
  const large = all.flatMap(([who, resources]) => [
    ...(millisOf(resources.cpu) > millisOf(limits.cpu)
      ? [`${who} asks for ${resources.cpu} processors where ${limits.cpu} are allowed`]
      : []),
    ...(bytesOf(resources.memory) > bytesOf(limits.memory)
      ? [`${who} asks for ${resources.memory} of memory where ${limits.memory} are allowed`]
      : []),
    ...(bytesOf(diskOf(resources)) > bytesOf(limits.disk)
      ? [`${who} asks for ${diskOf(resources)} of disk where ${limits.disk} are allowed`]
      : []),
  ]);
  return large.length === 0 ? undefined : large.join('; ');
}

function groupOf(
  who: string,
  { resources, containers = {} }: Pick<Sized, 'resources' | 'containers'>,
): readonly (readonly [string, Resources])[] {
  const beside = Object.entries(containers);
  return [
    [who, resources],
    ...beside.map(([name, sidecar]) => [`${who}, container ${name},`, sidecar.resources] as const),
  ];
}

function roomOf({ resources, containers = {} }: Sized, pods: number): Room {
  const all = [resources, ...Object.values(containers).map((sidecar) => sidecar.resources)];
  const cpu = all.reduce((total, one) => total + millisOf(one.cpu), 0);
  const memory = all.reduce((total, one) => total + bytesOf(one.memory), 0);
  const disk = all.reduce((total, one) => total + bytesOf(diskOf(one)), 0);
  return { pods, cpu: pods * cpu, memory: pods * memory, disk: pods * disk };
}

function sum(rooms: readonly Room[]): Room {
  const add = (one: Room, other: Room): Room => ({
    pods: one.pods + other.pods,
    cpu: one.cpu + other.cpu,
    memory: one.memory + other.memory,
    disk: one.disk + other.disk,
  });
  return rooms.reduce(add, { pods: 0, cpu: 0, memory: 0, disk: 0 });
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
