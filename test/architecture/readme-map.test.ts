/**
 * The README's map leads to what is there, and nothing that is there is missing from it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STAGES } from '../../lambdas/contracts/stages.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const HEADINGS = ['stage', 'construct', 'handler', 'domain', 'tests', 'runbook'];

/** The rows of the first table below the heading "Map", as cells. */
function mapRows(): string[][] {
  const section = README.split(/^### Map$/m)[1]?.split(/^##/m)[0] ?? '';
  const cells = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(cells[0]).toEqual(HEADINGS);
  const end = cells.findIndex((row) => row.length !== HEADINGS.length);
  return cells.slice(2, end === -1 ? undefined : end);
}

const targets = (text: string): string[] => [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');

/** The anchor that a Markdown heading gets. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

describe('the map in the README', () => {
  const rows = mapRows();
  const stages = rows.map(([stage = '']) => stage.replaceAll('*', ''));

  it('has its rows in the order in which a push passes the stages', () => {
    expect(stages).toEqual(STAGES.filter((stage) => stages.includes(stage)));
  });

  it('has a row for every stage that has a construct or a handler', () => {
    const built = STAGES.filter(
      (stage) =>
        existsSync(join(ROOT, 'lib/constructs', `${stage}.ts`)) || existsSync(join(ROOT, 'lambdas/handlers', stage)),
    );
    expect(stages).toEqual(built);
  });

  it.each(rows.map((row) => [row[0] ?? '', row] as const))('leads somewhere in every cell of %s', (_stage, row) => {
    for (const cell of row.slice(1)) expect(targets(cell), cell).not.toEqual([]);
  });

  it('shows every function and every part of the domain', () => {
    const shown = rows.flatMap((row) => row.flatMap(targets));
    const handlers = readdirSync(join(ROOT, 'lambdas/handlers'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `lambdas/handlers/${entry.name}`);
    const domain = readdirSync(join(ROOT, 'lambdas/domain'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `lambdas/domain/${entry.name}`);
    const missing = [...handlers, ...domain].filter(
      (folder) => !shown.some((target) => target === folder || target.startsWith(`${folder}/`)),
    );
    expect(missing).toEqual([]);
  });
});

describe('links in the README', () => {
  it.each([...new Set(targets(README))].filter((target) => !target.startsWith('http')))(
    '%s leads somewhere',
    (target) => {
      const [path = '', fragment] = target.split('#');
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      if (fragment === undefined) return;
      const headings = [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
        anchor(match[1] ?? ''),
      );
      expect(headings).toContain(fragment);
    },
  );
});
