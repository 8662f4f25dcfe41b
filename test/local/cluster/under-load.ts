/**
 * Constant requests while something happens, every one counted. Separate because updates and switches are judged alike.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './start-cluster.ts';
import type { Answer } from './start-cluster.ts';

/** About 130 requests a second, half on kept connections, from before `change` begins until after it ended. */
export async function underLoad(
  address: string,
  host: string,
  change: () => Promise<void>,
  path = '/',
): Promise<Answer[]> {
  const kept = new Agent({ keepAlive: true });
  const pending: Promise<Answer>[] = [];
  const over = new AbortController();
  const load = async (): Promise<void> => {
    for (let count = 0; !over.signal.aborted; count += 1) {
      pending.push(ask(address, path, { host, agent: count % 2 === 0 ? kept : new Agent() }));
      await sleep(7);
    }
  };
  const running = load();
  try {
    await sleep(150);
    await change();
    await sleep(150);
  } finally {
    over.abort();
    await running;
  }
  const answers = await Promise.all(pending);
  kept.destroy();
  return answers;
}
