/**
 * What pods say about themselves: whether they are well, and which version of the configuration they run. Asked through the API server.
 */
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { CONFIGURATION_HEADER } from '../../contracts/variables.ts';
import { LABELS } from '../../contracts/kubernetes.ts';
import { componentLabels, namespace, sideSelector } from '../../domain/manifests/manifest.ts';
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
export async function podsOf({ cluster }: ConfigurationPorts, of: SideOf): Promise<readonly Checked['pod'][]> {
  const labels = { ...sideSelector(of.place, of.side), [LABELS.commit]: of.commit };
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(of.place) }, labels);
  return (pods as unknown as readonly Checked['pod'][]).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
}

/** Deployments of a side: one for each process of the service. */
export async function deploymentsOf(
  { cluster }: ConfigurationPorts,
  { place, side }: SideOf,
): Promise<readonly (Deployment & { readonly metadata: { readonly name: string } })[]> {
  const labels = { ...componentLabels(place, 'workload'), [LABELS.side]: side };
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: namespace(place) };
  return (await cluster.list(kind, labels)) as unknown as Awaited<ReturnType<typeof deploymentsOf>>;
}

/** Asks every pod of a side at once. */
export async function checkPods(ports: ConfigurationPorts, of: SideOf): Promise<readonly Checked[]> {
  const pods = await podsOf(ports, of);
  return Promise.all(pods.map(async (pod) => ({ pod, said: await ask(ports, of, pod) })));
}

async function ask(ports: ConfigurationPorts, of: SideOf, pod: Checked['pod']): Promise<Checked['said']> {
  if (pod.status?.phase !== 'Running') return { kind: 'silent', because: `is ${pod.status?.phase ?? 'not there yet'}` };
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
