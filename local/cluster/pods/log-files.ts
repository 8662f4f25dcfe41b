/**
 * What containers print, in files: the running one's and the one's before. Separate because `kubectl logs` reads what processes
 * write directly.
 */
import { existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which of a container's two logs. */
export function logPath(directory: string, previous: boolean): string {
  return join(directory, previous ? 'previous.log' : 'current.log');
}

/** A new log for a new process; the present one becomes the previous one. */
export function openLog(directory: string): number {
  const current = logPath(directory, false);
  if (existsSync(current)) renameSync(current, logPath(directory, true));
  return openSync(current, 'a', 0o600);
}

/** The last lines of a log, at most so many of them. */
export function lastLines(path: string, count: number): string {
  if (!existsSync(path) || count <= 0) return '';
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  return lines.slice(-count).join('');
}

/** A log as a stream: all of it or its last lines, and with `follow` what comes until `isOver`. */
export function readLog(path: string, options: { tail?: number; follow: boolean; isOver(): boolean }): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    if (!existsSync(path)) return;
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const start = options.tail === undefined ? '' : lastLines(path, options.tail);
      let position = options.tail === undefined ? 0 : size;
      if (start) yield Buffer.from(start);
      for (;;) {
        const over = !options.follow || options.isOver();
        const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, position);
        position += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
        else if (over) return;
        else await sleep(100);
      }
    } finally {
      await file.close();
    }
  }
  return Readable.from(chunks());
}
