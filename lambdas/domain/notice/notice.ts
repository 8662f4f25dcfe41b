/**
 * What messages share: the envelope and the thread. Separate because each message of an environment must land in the same thread.
 */
import type { ChatNotification } from '../../contracts/notices.ts';
import type { EnvironmentRecord } from '../environment/record.ts';
import { code, plain } from './escape.ts';

/** A message before it is put into its envelope; all text already harmless. */
export interface Message {
  readonly title: string;
  readonly lines: readonly string[];
  readonly nextSteps?: readonly string[];
  readonly eventType: string;
}

/** One thread per life of an environment: a branch that is created again begins a new one. */
export function threadOf(installation: string, record: Pick<EnvironmentRecord, 'id' | 'incarnation'>): string {
  return `${installation}-${record.id}-${String(record.incarnation)}`;
}

/** The message as Amazon Q Developer takes it. */
export function notification(threadId: string, message: Message): ChatNotification {
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: message.title,
      description: message.lines.join('\n'),
      ...(message.nextSteps !== undefined && message.nextSteps.length > 0 && { nextSteps: message.nextSteps }),
    },
    metadata: { threadId, summary: message.title, eventType: message.eventType },
  };
}

/** A commit as people recognise it: short id, title and author when known. */
export function commitLine(
  commit: string,
  known: { readonly author: string; readonly title: string } | undefined,
): string {
  const id = code(commit.slice(0, 10));
  return known === undefined ? `Commit ${id}` : `Commit ${id} ${plain(known.title)} (${plain(known.author)})`;
}

/** Milliseconds as people say them. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 60 ? `${String(seconds)} s` : `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}
