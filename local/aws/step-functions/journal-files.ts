/**
 * Executions in files: one line says what was started, then one line per journal entry. Separate because it is the only
 * part that touches the disk. Each line is one write, so after kill -9 at most the last line is torn; it is cut off.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, JournalEntry } from './history.ts';

/** What was started. */
export interface ExecutionHeader {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly input: string;
  readonly startDate: number;
  /** Digest of the definition it runs to its end, also when the machine has a newer one. */
  readonly definition: string;
}

/** The files of all executions. */
export class JournalFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'executions'), { recursive: true });
    mkdirSync(join(folder, 'definitions'), { recursive: true });
  }

  /** Keeps a definition; answers its digest. */
  keepDefinition(text: string): string {
    const digest = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(this.#folder, 'definitions', digest), text);
    return digest;
  }

  definition(digest: string): string {
    return readFileSync(join(this.#folder, 'definitions', digest), 'utf8');
  }

  /** Every execution that was started here, with its entries. */
  *all(): Generator<{ header: ExecutionHeader; entries: readonly JournalEntry[] }> {
    for (const file of readdirSync(join(this.#folder, 'executions'))) {
      const lines = this.#lines(join(this.#folder, 'executions', file));
      const [header, ...entries] = lines;
      if (header !== undefined) yield { header: header as ExecutionHeader, entries: entries as JournalEntry[] };
    }
  }

  create(header: ExecutionHeader): void {
    writeFileSync(this.#path(header.executionArn), `${JSON.stringify(header)}\n`, { flag: 'wx' });
  }

  entries(executionArn: string): readonly JournalEntry[] {
    return this.#lines(this.#path(executionArn)).slice(1) as JournalEntry[];
  }

  remove(executionArn: string): void {
    rmSync(this.#path(executionArn), { force: true });
  }

  /** A journal that goes on in the execution's file. */
  journal(executionArn: string, earlier: readonly JournalEntry[]): Journal {
    const path = this.#path(executionArn);
    const entries = [...earlier];
    return {
      entries,
      append(entry) {
        appendFileSync(path, `${JSON.stringify(entry)}\n`);
        entries.push(entry);
      },
    };
  }

  /** Execution names may have characters and lengths that file names may not. */
  #path(executionArn: string): string {
    const digest = createHash('sha256').update(executionArn).digest('hex').slice(0, 32);
    return join(this.#folder, 'executions', `${digest}.jsonl`);
  }

  #lines(path: string): unknown[] {
    const content = readFileSync(path);
    const whole = content.lastIndexOf(0x0a) + 1;
    if (whole < content.length) truncateSync(path, whole);
    const lines = content.subarray(0, whole).toString().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown);
  }
}
