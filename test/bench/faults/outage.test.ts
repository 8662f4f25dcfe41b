/** Programs that are taken away come back by themselves: as they were, under the name by which they were called. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenerOf } from '../../../bench/faults/listeners.ts';
import { restarts, standsStill } from '../../../bench/faults/outage.ts';

/** Listens at a port that was free a moment ago; answers by which name it was called, and a variable. */
const SERVER = `require('node:http')
  .createServer((_, response) => response.end(process.argv0 + ' ' + process.env.FLAVOUR))
  .listen(Number(process.argv[1]), '127.0.0.1')`;

let directory = '';
let child: ChildProcess;
let port = 0;

async function asked(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${String(port)}/`, { signal: AbortSignal.timeout(500) })).text();
}

const answering = (): Promise<string> => vi.waitFor(asked, { timeout: 10_000, interval: 20 });

// Programs are found by what Linux says of processes.
describe.runIf(process.platform === 'linux')('a program', () => {
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'espalier-outage-'));
    symlinkSync(process.execPath, join(directory, 'called-so'));
    port = 20_000 + Math.floor(Math.random() * 10_000);
    const environment = { ...process.env, FLAVOUR: 'sweet' };
    child = spawn(join(directory, 'called-so'), ['-e', SERVER, String(port)], {
      cwd: directory,
      env: environment,
      stdio: 'ignore',
    });
    writeFileSync(join(directory, 'program.pid'), String(child.pid));
    await answering();
  });

  afterEach(() => {
    process.kill(listenerOf({ host: '127.0.0.1', port }), 'SIGKILL');
    rmSync(directory, { recursive: true });
  });

  it('is found by the address at which it listens', () => {
    expect(listenerOf({ host: '127.0.0.1', port })).toBe(child.pid);
    expect(() => listenerOf({ host: '127.0.0.1', port: 1 })).toThrow('No program of this machine listens');
  });

  it('that is killed is started again with its name and variables, and its pid file follows', async () => {
    const before = await asked();
    expect(before).toBe(`${join(directory, 'called-so')} sweet`);
    await restarts(child.pid ?? 0, 0, directory);
    expect(await answering()).toBe(before);
    const successor = listenerOf({ host: '127.0.0.1', port });
    expect(successor).not.toBe(child.pid);
    expect(Number(readFileSync(join(directory, 'program.pid'), 'utf8'))).toBe(successor);
  });

  it('that stands still goes on', async () => {
    await standsStill(child.pid ?? 0, 0);
    expect(await answering()).toContain('sweet');
    expect(listenerOf({ host: '127.0.0.1', port })).toBe(child.pid);
  });
});
