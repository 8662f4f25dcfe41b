/**
 * What messages share: the envelope and the thread. Separate because each message of an environment must land in the same thread.
 */
import type { ChatNotification } from '../../contracts/notices.ts';
import type { EnvironmentRecord } from '../environment/record.ts';
import { code, plain } from './escape.ts';

/**
 * What Slack shows of a header, and of a section; longer messages are refused by it as a whole.
 * Source: https://docs.slack.dev/reference/block-kit/blocks (header, section)
 */
const LONGEST_TITLE = 150;
const LONGEST_TEXT = 3_000;
/** Room for the line that says that something was left out. */
const LEFT_OUT = '… and more, see npx espalier events';

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
  const title = message.title.length > LONGEST_TITLE ? `${message.title.slice(0, LONGEST_TITLE - 1)}…` : message.title;
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title,
      description: fitting(message.lines),
      ...(message.nextSteps !== undefined && message.nextSteps.length > 0 && { nextSteps: message.nextSteps }),
    },
    metadata: { threadId, summary: title, eventType: message.eventType },
  };
}

/** What is known about a commit's author. */
export type CommitStory = { readonly author: string; readonly title: string } | undefined;

/** The branch of an environment that has one. */
export function branchLine(record: Pick<EnvironmentRecord, 'branch'>): readonly string[] {
  return record.branch === null ? [] : [`Branch ${code(record.branch)}`];
}

/** Whom people ask about a service, by its key or its name, when its service file says so: the newest, which messages are about. */
export function ownerLine(record: Pick<EnvironmentRecord, 'services'>, service: string): readonly string[] {
  const known = record.services[service] ?? Object.values(record.services).find(({ name }) => name === service);
  const owner = (known?.promised ?? known?.applied?.promised)?.owner;
  return owner === undefined ? [] : [`Owner ${plain(owner)}`];
}

/** Addresses are ours; only what could end a link is taken out. */
export function plainUrl(url: string): string {
  return url.replaceAll(/[<>|]/g, '');
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

/** As many whole lines as fit: cut inside of one, a block of code would never end. */
function fitting(lines: readonly string[]): string {
  const whole = lines.join('\n');
  if (whole.length <= LONGEST_TEXT) return whole;
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + LEFT_OUT.length + 2 > LONGEST_TEXT) break;
    text += `${line}\n`;
  }
  return `${text}${LEFT_OUT}`;
}
