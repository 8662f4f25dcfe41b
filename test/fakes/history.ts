/** Histories in memory. */
import type { History, HistoryEvent } from '../../lambdas/ports/history.ts';
import { copyOf } from './copy.ts';

export class FakeHistory implements History {
  readonly events: HistoryEvent[] = [];

  async append(event: HistoryEvent): Promise<void> {
    this.events.push(copyOf(event));
    return Promise.resolve();
  }

  async of(environment: string, filter: Parameters<History['of']>[1] = {}): Promise<readonly HistoryEvent[]> {
    const { service, generation, after } = filter;
    return Promise.resolve(
      this.events
        .filter((event) => event.environment === environment)
        .filter((event) => service === undefined || event.service === service)
        .filter((event) => generation === undefined || event.generation === generation)
        .filter((event) => after === undefined || event.at > after)
        .toSorted((one, other) => one.at - other.at),
    );
  }
}
