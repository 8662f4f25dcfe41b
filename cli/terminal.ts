/**
 * What reaches a terminal: text in which nothing can act on it, tables, times. Separate because branch names, reasons and authors
 * come from strangers, and no command may print them in another way.
 */

/**
 * Characters that move the cursor, change colours, reverse the reading direction or are invisible.
 * Cc: control · Cf: format (bidirectional overrides, zero width) · Zl, Zp: line and paragraph separators · Cs: lone surrogates.
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with every acting character shown as its number. */
export function printable(text: string): string {
  return text.replace(ACTING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A text of several lines: each printable, and all but the first moved to the right by so many columns. */
export function indented(text: string, columns: number): string {
  return text
    .trimEnd()
    .split('\n')
    .map(printable)
    .join(`\n${' '.repeat(columns)}`);
}

/** Rows below their headings, columns as wide as their widest cell; cells are made printable. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [headings, ...rows.map((row) => row.map(printable))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A stretch of time in the unit that says most: `0.4 s`, `12 s`, `5 min`, `3 h`, `9 d`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${String(Math.round(seconds))} s`;
  if (seconds < 7_200) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3_600))} h`;
  return `${String(Math.round(seconds / 86_400))} d`;
}

/** A commit as people read it. */
export function short(commit: string): string {
  return printable(commit.slice(0, 8));
}

/** Where commands write. One document per call with `--json`, lines for people without. */
export interface Output {
  /** A result, or one item of a stream. */
  show(json: unknown, lines: readonly string[]): void;
  /** Something for people only, on the way to a result. */
  note(line: string): void;
}

/** Results go to standard output, notes to standard error, so that `--json` can be piped. */
export function terminalOutput(json: boolean): Output {
  return {
    show: (value, lines) => console.log(json ? JSON.stringify(value) : lines.join('\n')),
    note: (line) => {
      if (!json) console.error(line);
    },
  };
}
