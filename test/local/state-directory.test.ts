import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePorts, lock } from '../../local/state-directory.ts';

describe('the state directory', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'state-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is refused to a second run, and says which process has it', () => {
    const release = lock(directory);
    expect(() => lock(directory)).toThrow(`Process ${process.pid} already runs on ${directory}`);
    release();
    lock(directory)();
  });

  it('is taken over from a process that was killed', () => {
    const { pid } = spawnSync('true');
    writeFileSync(join(directory, 'laptop.lock'), String(pid));
    const release = lock(directory);
    expect(readFileSync(join(directory, 'laptop.lock'), 'utf8')).toContain(String(process.pid));
    release();
  });

  it('keeps its ports, and says so when one of them is taken by somebody else', async () => {
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const first = await choosePorts(directory, say);
    expect(new Set(Object.values(first)).size).toBe(3);
    expect(await choosePorts(directory, say)).toEqual(first);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(first.gateway, '127.0.0.1', resolve));
    const again = await choosePorts(directory, say);
    other.close();
    expect(again).toEqual({ ...first, gateway: again.gateway });
    expect(again.gateway).not.toBe(first.gateway);
    expect(lines).toEqual([expect.stringContaining(`Port ${first.gateway} of the gateway address is taken`)]);
  });
});
