/** Whether a check of a service file holds. Separate because what was expected and what came are told to the author. */
import type { Check } from '../service/reach.ts';

/** What a prober said, with the beginning of the text when it was asked for. */
export type CheckAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly text?: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What is wrong, in words; undefined when all is well. */
export function judgeCheck(answer: CheckAnswer, { path, status, contains }: Check): string | undefined {
  const expected = `${path} should answer ${String(status)}${contains === undefined ? '' : ` with ${JSON.stringify(contains)}`}`;
  if (answer.kind === 'unreachable') return `${expected}, and cannot be reached: ${answer.reason}`;
  if (answer.status !== status) return `${expected}, and answers ${String(answer.status)}`;
  if (contains === undefined || (answer.text ?? '').includes(contains)) return undefined;
  return `${expected}, and answers ${JSON.stringify((answer.text ?? '').slice(0, 120))}`;
}
