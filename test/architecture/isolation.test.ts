/** The table of attacks leads to tests that are there: no row promises what nobody tries. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './imports.ts';

const PAGE = join(ROOT, 'docs', 'isolation.md');
const HEADINGS = ['attack', 'refused by', 'enforced here', 'test'];
const ENFORCED = ['cluster', 'test', 'object', 'AWS'];

const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const attacks = rows.filter(([first]) => first !== HEADINGS[0]);

/** Titles of tests as they are written, without quotes. */
function titlesIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(['`])((?:(?!\1).)+)\1/g)].map(([, , title]) => title ?? '');
}

describe('what keeps environments apart', () => {
  test('is told in tables that say what refuses it, where that was seen, and by which test', () => {
    expect(rows.filter(([first]) => first === HEADINGS[0])).toEqual([HEADINGS, HEADINGS, HEADINGS]);
    for (const row of attacks) {
      expect(row).toHaveLength(HEADINGS.length);
      expect(row[1]).not.toBe('');
      for (const where of (row[2] ?? '').split(', ')) expect(ENFORCED).toContain(where);
    }
  });

  test.each(attacks.map((row) => [row[0] ?? '', row[3] ?? '']))('%s: its test is there', (_attack, cell) => {
    const [, path = '', title = ''] = /^\[[\w ]+\]\(([^)]+)\) `([^`]+)`$/.exec(cell) ?? [];
    const found = titlesIn(join(dirname(PAGE), path)).filter((each) => each.includes(title));
    expect([title, found.length > 0]).toEqual([title, true]);
    expect(title).not.toBe('');
  });

  test('leaves out no attack of the cluster’s tests', () => {
    const file = join(ROOT, 'test', 'cluster', 'isolation.test.ts');
    const tried = [...readFileSync(file, 'utf8').matchAll(/^ {2}(?:test|\]\)|test\.each\(\w+\))\('([^']+)'/gm)].map(
      ([, title]) => title ?? '',
    );
    expect(tried.length).toBeGreaterThan(15);
    const told = attacks.map((row) => row[3] ?? '').join('\n');
    // That what is allowed is let through is no attack.
    const allowed = ['a Service is another name of one of its own namespace'];
    const missing = tried.filter((title) => !allowed.includes(title) && !told.includes(title));
    expect(missing).toEqual([]);
  });
});
