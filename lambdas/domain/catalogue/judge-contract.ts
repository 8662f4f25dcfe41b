/**
 * Whether a pod keeps what its service file declares, from what it answered when it was asked. Separate because the sentences go to the
 * author: what was asked, what was expected, what came.
 */
import type { ServiceDefinition } from '../service/definition.ts';
import { protocolOf } from '../service/reach.ts';

/** One question to a pod. */
export interface ContractQuestion {
  readonly what: 'health' | 'selfCheck';
  readonly path: string;
}

/** What came back. */
export type ContractAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What a pod is asked: the endpoints that its service file declares. */
export function contractQuestions(definition: ServiceDefinition): readonly ContractQuestion[] {
  if (protocolOf(definition) !== 'http') return [];
  const { health, selfCheck } = definition;
  const questions: ContractQuestion[] = [{ what: 'health', path: health }];
  return selfCheck === undefined ? questions : [...questions, { what: 'selfCheck', path: selfCheck }];
}

/** Header in which a self-check may say which versions of its interface the service answers. */
export const OFFERS_HEADER = 'espalier-offers';

/** What is wrong with an answer, in words; undefined when it is as declared. `commitHeader` is where a service says its commit. */
export function judgeContract(
  question: ContractQuestion,
  answer: ContractAnswer,
  expected: { readonly commit: string; readonly offers: readonly string[]; readonly commitHeader: string },
): string | undefined {
  const asked = `${question.what} (GET ${question.path})`;
  if (answer.kind === 'unreachable') return `${asked}: expected an answer with status 200, but ${answer.reason}`;
  if (answer.status !== 200) return `${asked}: expected status 200, but ${String(answer.status)} came`;
  const commit = answer.headers[expected.commitHeader];
  if (commit !== undefined && commit !== expected.commit) {
    return `${asked}: expected commit ${expected.commit} in the header ${expected.commitHeader}, but "${shortened(commit)}" came`;
  }
  const said = question.what === 'selfCheck' ? answer.headers[OFFERS_HEADER] : undefined;
  if (said === undefined) return undefined;
  const offered = said.split(',').map((version) => version.trim());
  const missing = expected.offers.filter((version) => !offered.includes(version));
  return missing.length === 0
    ? undefined
    : `${asked}: expected the declared versions ${expected.offers.join(', ')} in the header ${OFFERS_HEADER}, but "${shortened(said)}" came`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
