/**
 * Begin and finish of a sweep: never two at once, and people are asked once. Separate from the comparison, which may fail between
 * the two.
 */
import { mustAsk, releaseLease, takeLease } from '../../domain/sweep/state.ts';
import { TransientError } from '../../domain/errors.ts';
import { askedMessage } from '../../domain/notice/messages.ts';
import { notification } from '../../domain/notice/notice.ts';
import type { SweepPorts } from './sweep-ports.ts';

/** Questions that one notice and the state keep; more would fit no chat. */
const MOST_QUESTIONS = 50;

/** Takes the lease. `busy`: another sweep runs. */
export async function beginSweep(
  { states, clock }: SweepPorts,
  { execution }: { readonly execution: string },
): Promise<{ readonly kind: 'go' | 'busy' }> {
  const taken = takeLease(await states.load(), execution, clock.now());
  if (taken === undefined) return { kind: 'busy' };
  return { kind: (await states.save(taken)) === 'saved' ? 'go' : 'busy' };
}

/** Asks people what the sweep does not decide, and gives the lease back. */
export async function finishSweep(
  { states, notices, rules, clock }: SweepPorts,
  input: { readonly execution: string; readonly questions: readonly string[]; readonly failures: readonly string[] },
): Promise<{ readonly kind: 'finished'; readonly asked: boolean }> {
  const state = await states.load();
  if (state === undefined) return { kind: 'finished', asked: false };
  const questions = [...new Set(input.questions)].slice(0, MOST_QUESTIONS);
  const now = clock.now();
  const asked = mustAsk(state, questions, now);
  if (asked) {
    const message = askedMessage(questions, input.failures);
    await notices.publish(notification(`${rules.installation}-sweep`, message));
  }
  const { asked: _before, ...released } = releaseLease(state, input.execution);
  const remembered = asked ? { questions, at: now } : state.asked;
  const kept = questions.length === 0 ? undefined : remembered;
  const saved = await states.save({ ...released, ...(kept !== undefined && { asked: kept }) });
  if (saved === 'conflict') throw new TransientError('The state of the sweep was changed while it was to be saved.');
  return { kind: 'finished', asked };
}
