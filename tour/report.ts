/**
 * What who watches the tour sees: each step with what is done in it, how long it took, and a table at the end.
 * Separate because the steps know nothing of colours and columns.
 */
import { duration, printable } from '../cli/terminal.ts';

interface Played {
  readonly title: string;
  readonly took: number;
  readonly result: string;
}

export interface Report {
  begin(title: string): void;
  say(line: string): void;
  done(result: string): void;
  failed(error: unknown): void;
  /** The table of all steps. */
  end(total: number): void;
}

/** Colours only where a person looks and did not forbid them (https://no-color.org). */
const COLOURS = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (COLOURS ? `\u001b[${String(code)}m${text}\u001b[0m` : text);
const dim = (text: string): string => paint(2, text);

/** Reports to standard output. */
export function terminalReport(): Report {
  const played: Played[] = [];
  let title = '';
  let begun = 0;
  const close = (result: string): number => {
    const took = performance.now() - begun;
    played.push({ title, took, result });
    return took;
  };
  return {
    begin(next) {
      title = next;
      begun = performance.now();
      console.log(`\n${String(played.length + 1).padStart(2)}. ${paint(1, title)}`);
    },
    say: (line) => console.log(dim(`    ${printable(line)}`)),
    done(result) {
      const took = close(result);
      for (const line of result.split('\n')) console.log(`    ${printable(line)}`);
      console.log(`    ${paint(32, '✓')} ${duration(took)}`);
    },
    failed(error) {
      const took = close('failed');
      console.log(`    ${paint(31, '✗')} ${duration(took)}`);
      const said =
        error instanceof Error ? (error.name === 'Deviation' ? error.message : (error.stack ?? '')) : String(error);
      for (const line of said.split('\n')) console.log(`    ${printable(line)}`);
    },
    end(total) {
      console.log('');
      const width = Math.max(...played.map((step) => step.title.length));
      for (const [index, step] of played.entries()) {
        console.log(`${String(index + 1).padStart(2)}. ${step.title.padEnd(width)} ${duration(step.took).padStart(7)}`);
      }
      console.log(`    ${'all of it'.padEnd(width)} ${duration(total).padStart(7)}`);
    },
  };
}
