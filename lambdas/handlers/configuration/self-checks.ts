/**
 * What pods say about themselves: whether they are well, and which version of the configuration they run. Asked through the API server.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { CONFIGURATION_HEADER } from '../../contracts/variables.ts';
import { LABELS } from '../../contracts/kubernetes.ts';
import { baselineSelector } from '../../domain/manifests/baseline.ts';
import { readsConfiguration } from '../../domain/manifests/configuration.ts';
import { componentLabels, namespace, sideSelector } from '../../domain/manifests/manifest.ts';
import { processSelector } from '../../domain/manifests/processes.ts';
import { protocolOf } from '../../domain/service/reach.ts';
import type { SideOf } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';

/** A self-check that takes longer hangs. */
const ANSWER_MS = 3_000;

/** A process of a side, and what it answered. */
export interface Checked {
  readonly pod: Pod & { readonly metadata: { readonly name: string } };
  /** `well` with the version that it says it runs. */
  readonly said:
    | { readonly kind: 'well'; readonly version: string | undefined }
    | { readonly kind: 'ill'; readonly because: string }
    | { readonly kind: 'silent'; readonly because: string };
}

/** Path on which a service answers whether it works. */
export function selfCheckOf({ definition }: SideOf): string {
  return definition.selfCheck ?? definition.health;
}

/** Pods of a side that shall run: those that are going or have ended are none. */
export function podsOf(ports: ConfigurationPorts, of: SideOf): Promise<readonly Checked['pod'][]> {
  return podsThatRun(ports, of, sideSelector(of.place, of.side));
}

/**
 * Pods of the baseline of a judged rollout, while the side is the one for which it stands: they read its configuration and get a share
 * of its requests. When the side's own pods are replaced, rollout replaces these.
 */
export async function baselinePods(ports: ConfigurationPorts, of: SideOf): Promise<readonly Checked['pod'][]> {
  const pods = await podsThatRun(ports, of, baselineSelector(of.place));
  return pods.filter((pod) => readsConfiguration(pod.spec, of.place.name, of.side));
}

async function podsThatRun(
  { cluster }: ConfigurationPorts,
  of: SideOf,
  selector: Readonly<Record<string, string>>,
): Promise<readonly Checked['pod'][]> {
  const labels = { ...selector, [LABELS.commit]: of.commit };
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(of.place) }, labels);
  return (pods as unknown as readonly Checked['pod'][]).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
}

/** A Deployment that is there. */
export type Present = Deployment & { readonly metadata: { readonly name: string } };

/** What runs with the configuration of a side. */
export interface Running {
  /** The process that gets requests, and can be asked. */
  readonly main: readonly Present[];
  /** Those that get none: nobody can ask them, so that they are replaced and count as confirmed once their pods are. */
  readonly processes: readonly Present[];
}

/** Deployments that read the configuration of a side. */
export async function deploymentsOf({ cluster }: ConfigurationPorts, { place, side }: SideOf): Promise<Running> {
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespace(place) };
  const all = (await cluster.list(kind, componentLabels(place, 'workload'))) as unknown as readonly Present[];
  return {
    main: all.filter(({ metadata }) => metadata.labels?.[LABELS.side] === side),
    processes: all.filter(
      (each) =>
        each.metadata.labels?.[LABELS.process] !== undefined &&
        readsConfiguration(each.spec?.template.spec, place.name, side),
    ),
  };
}

/** Pods of a process that gets no requests. */
export async function podsOfProcess(
  { cluster }: ConfigurationPorts,
  { place }: SideOf,
  { metadata }: Present,
): Promise<readonly Pod[]> {
  const labels = processSelector(place, metadata.labels?.[LABELS.process] ?? '');
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) }, labels);
  return pods as unknown as readonly Pod[];
}

/** Asks every pod of a side at once, and of its baseline those that are ready: for the others the rollout waits. */
export async function checkPods(ports: ConfigurationPorts, of: SideOf): Promise<readonly Checked[]> {
  const [pods, beside] = await Promise.all([podsOf(ports, of), baselinePods(ports, of)]);
  return Promise.all(
    [...pods, ...beside.filter(isReady)].map(async (pod) => ({ pod, said: await ask(ports, of, pod) })),
  );
}

/** Who speaks another protocol than HTTP is asked by the cluster alone, by the probe of its protocol. */
async function ask(ports: ConfigurationPorts, of: SideOf, pod: Checked['pod']): Promise<Checked['said']> {
  if (pod.status?.phase !== 'Running') return { kind: 'silent', because: `is ${pod.status?.phase ?? 'not there yet'}` };
  if (protocolOf(of.definition) !== 'http') {
    return isReady(pod) ? { kind: 'well', version: undefined } : { kind: 'silent', because: 'is not ready' };
  }
  const path = selfCheckOf(of);
  const answer = await ports.pods.ask({
    namespace: namespace(of.place),
    pod: pod.metadata.name,
    port: of.definition.port,
    path,
    timeoutMs: ANSWER_MS,
  });
  if (answer.kind === 'unreachable') return { kind: 'silent', because: `does not answer on ${path}: ${answer.reason}` };
  const well = answer.status >= 200 && answer.status < 300;
  if (!well) return { kind: 'ill', because: `answers ${String(answer.status)} on ${path}` };
  return { kind: 'well', version: answer.headers[CONFIGURATION_HEADER] };
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}
