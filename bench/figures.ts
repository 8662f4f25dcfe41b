/**
 * Figures and how they are summed up and printed. Separate because every measurement reports in the same columns.
 */

/** One row of the table at the end. `limit` is what the project promises; `measured` is compared with it. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly unit: 's' | 'ms' | 'KB' | '' | '×';
  readonly limit?: number;
  /** What the figure was made of, or what it is compared with. */
  readonly note?: string;
  /** What would not fit into a column; printed below the table. */
  readonly details?: string;
}

/** The middle value; for an even count the higher of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The smallest value. */
export function smallest(values: readonly number[]): number {
  return Math.min(...values);
}

/** The largest value. */
export function largest(values: readonly number[]): number {
  return Math.max(...values);
}

/** Prints the table; answers how many figures are beyond their limit. */
export function printTable(figures: readonly Figure[]): number {
  const shown = (value: number, unit: Figure['unit']): string =>
    `${unit === 's' ? value.toFixed(2) : unit === '×' ? value.toFixed(1) : value.toFixed(0)}${unit === '' ? '' : ` ${unit}`}`;
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure.measured, figure.unit),
    figure.limit === undefined ? '' : `≤ ${shown(figure.limit, figure.unit)}`,
    figure.limit === undefined ? '' : figure.measured <= figure.limit ? '✓' : '✗',
    figure.note ?? '',
  ]);
  const headings = ['what', 'measured', 'promised', '', 'of'];
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [headings, widths.map((width) => '─'.repeat(width)), ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  for (const { what, details } of figures) if (details !== undefined) console.log(`\n${what}: ${details}`);
  return figures.filter((figure) => figure.limit !== undefined && !(figure.measured <= figure.limit)).length;
}
