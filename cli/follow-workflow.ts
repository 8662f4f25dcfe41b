/**
 * Watches what a command has started until it has ended, with the environment's events as they come.
 * Separate because deliveries and removals are followed alike.
 */
import type { ExecutionState } from '../lambdas/ports/workflows.ts';
import { CommandError, type World } from './command.ts';
import { eventLine } from './event-lines.ts';
import { followEvents } from './follow-events.ts';
import { printable } from './terminal.ts';

const POLL_MS = 500;

/**
 * Waits for the execution, and then until nobody works on it any more: a delivery that finds another one at work hands its wish over to
 * that one. `environment` may become known only once the branch was claimed.
 */
export async function followWorkflow(
  world: World,
  execution: string,
  environment: () => Promise<string | undefined>,
  settled: (environment: string) => Promise<boolean>,
): Promise<void> {
  const since = world.clock.now();
  let next: ReturnType<typeof followEvents> | undefined;
  let id: string | undefined;
  for (;;) {
    const state = await world.workflows.state(execution);
    id ??= await environment();
    if (id !== undefined) next ??= followEvents(world.history, id, since);
    for (const event of (await next?.()) ?? []) world.output.note(eventLine(event));
    if (state.kind === 'failed') throw new CommandError(causeText(state));
    if (state.kind === 'succeeded' && (id === undefined || (await settled(id)))) return;
    await world.clock.sleep(POLL_MS);
  }
}

/**
 * Why it failed, for people: a workflow that fails on purpose has the reason as its cause; the cause of a function's error is JSON; and
 * what Step Functions itself reports is told with its name.
 */
function causeText({ error, cause }: Extract<ExecutionState, { kind: 'failed' }>): string {
  const text = printable(functionMessage(cause) ?? cause);
  return text === '' || error.startsWith('States.') ? `${printable(error)}: ${text || 'without a reason'}` : text;
}

function functionMessage(cause: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(cause);
    return typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed
      ? String(parsed.errorMessage)
      : undefined;
  } catch {
    // A sentence, not JSON.
    return undefined;
  }
}
