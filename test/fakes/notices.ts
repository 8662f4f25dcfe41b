/** Notices as they would have been published. */
import type { ChatNotification } from '../../lambdas/contracts/notices.ts';
import type { Notices } from '../../lambdas/ports/notices.ts';

export class FakeNotices implements Notices {
  readonly published: ChatNotification[] = [];

  async publish(notice: ChatNotification): Promise<void> {
    this.published.push(notice);
    return Promise.resolve();
  }

  /** The titles, for assertions. */
  titles(): string[] {
    return this.published.map(({ content }) => content.title);
  }
}
