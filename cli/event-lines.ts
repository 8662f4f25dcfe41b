/**
 * Events of an environment as lines. Separate because `show`, `events` and a followed delivery print them alike.
 */
import type { HistoryEvent } from '../lambdas/ports/history.ts';
import { duration, indented, printable } from './terminal.ts';

const MARKS = { info: ' ', warning: '!', error: '✗' } as const;

/** `20:14:03 ✗ deploy       orders  What happened. (2.1 s)`; further lines of a message stand below its first. */
export function eventLine(event: HistoryEvent): string {
  const time = new Date(event.at).toISOString().slice(11, 19);
  const took = event.took === undefined ? '' : ` (${duration(event.took)})`;
  const service = printable(event.service ?? '').padEnd(10);
  const head = `${time} ${MARKS[event.level]} ${event.stage.padEnd(11)} ${service} `;
  return `${head}${indented(event.message, head.length)}${took}`;
}
