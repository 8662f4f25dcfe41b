/**
 * Asks new pods what their service file declares. Separate because deliveries in place ask before traffic is pointed to them, and
 * rollouts before the first share. Asked through the API server, so that no network policy needs a hole.
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { LABELS, type Side } from '../contracts/kubernetes.ts';
import { COMMIT_HEADER } from '../contracts/variables.ts';
import { contractQuestions, judgeContract } from '../domain/catalogue/judge-contract.ts';
import { namespace, sideSelector, type ServicePlace } from '../domain/manifests/manifest.ts';
import type { ServiceDefinition } from '../domain/service/definition.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { PodProxy } from '../ports/pod-proxy.ts';

/** Milliseconds for one answer: an endpoint that takes longer than this hangs. */
const ANSWER_LIMIT = 5_000;

/** What the pods of this commit do not keep; undefined when they keep it. */
export async function brokenContract(
  { cluster, pods }: { readonly cluster: Pick<Cluster, 'list'>; readonly pods: PodProxy },
  place: ServicePlace,
  definition: ServiceDefinition,
  { side, commit }: { readonly side: Side; readonly commit: string },
): Promise<string | undefined> {
  const questions = contractQuestions(definition);
  if (questions.length === 0) return undefined;
  const labels = { ...sideSelector(place, side), [LABELS.commit]: commit };
  const found = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: namespace(place) }, labels);
  // One pod speaks for all: they run the same image with the same variables.
  const pod = (found as unknown as readonly Pod[]).find(isReady);
  if (pod?.metadata?.name === undefined) return undefined;
  const of = { namespace: namespace(place), pod: pod.metadata.name, port: definition.port, timeoutMs: ANSWER_LIMIT };
  const expected = { commit, offers: definition.offers ?? [], commitHeader: COMMIT_HEADER };
  const answers = await Promise.all(
    questions.map(async (question) =>
      judgeContract(question, await pods.ask({ ...of, path: question.path }), expected),
    ),
  );
  const broken = answers.filter((wrong) => wrong !== undefined);
  if (broken.length === 0) return undefined;
  return `Pod ${of.pod} does not keep what its service file declares. ${broken.join('. ')}.`;
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return ready && metadata?.deletionTimestamp === undefined;
}
