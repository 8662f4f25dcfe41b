/** Whoever says that nothing is left has looked for what runs, and not at what is just ending. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { processesLeft } from '../../tour/processes-left.ts';

const directory = mkdtempSync(join(tmpdir(), 'espalier-left-'));
const shown = existsSync('/proc/self/cwd');
const started: ReturnType<typeof spawn>[] = [];
const run = (milliseconds: number) => {
  const program = `setTimeout(() => undefined, ${String(milliseconds)})`;
  const child = spawn(process.execPath, ['-e', program], { cwd: directory, stdio: 'ignore' });
  started.push(child);
  return child;
};
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe.runIf(shown)('what is left of a directory', () => {
  test('is nothing where nobody works', async () => {
    expect(await processesLeft(mkdtempSync(join(tmpdir(), 'espalier-left-')))).toEqual([]);
  });

  test('is not who ends in the next moment', async () => {
    const child = run(200);
    expect(await processesLeft(directory)).toEqual([]);
    expect(child.exitCode).toBe(0);
  });

  test('is who goes on, by number and command', async () => {
    const child = run(60_000);
    expect(await processesLeft(directory, 100)).toEqual([expect.stringContaining(`${String(child.pid)} `) as string]);
    child.kill('SIGKILL');
    expect(await processesLeft(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});
