/** Messages to people. */
import type { ChatNotification } from '../contracts/notices.ts';

export interface Notices {
  publish(notice: ChatNotification): Promise<void>;
}
