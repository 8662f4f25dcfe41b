/** What was answered is never lost: killed at any moment, torn lines, a rewritten journal. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createObjects } from '../../../../local/cluster/api/objects.ts';
import { Store } from '../../../../local/cluster/api/store.ts';

const writer = fileURLToPath(new URL('writer-to-kill.ts', import.meta.url));

describe('the journal', () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs the writer for a while, kills it, and answers the lines that it had told. */
  const killed = async (round: number): Promise<string[]> => {
    const child = spawn(process.execPath, [writer, directory, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', (part: Buffer) => {
      told += part.toString();
      // Somewhere in the middle of the writing, not at a quiet moment.
      if (told.split('\n').length > 40 + round * 37) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    return told.split('\n').slice(0, -1);
  };

  it('has everything that was answered before kill -9, and goes on with later versions', async () => {
    let before = 0;
    for (const round of [0, 1, 2]) {
      const told = await killed(round);
      const objects = createObjects({ stateDirectory: directory });
      expect(told.length).toBeGreaterThanOrEqual(40);
      for (const line of told) {
        const [name = '', version, fate] = line.split(' ');
        const found = objects.get('v1', 'ConfigMap', 'default', name);
        expect(found?.metadata.resourceVersion).toBe(fate === 'kept' ? version : undefined);
        expect(Number(version)).toBeGreaterThan(before);
      }
      const next = objects.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `after-${round}` } });
      before = Number(next.metadata.resourceVersion);
      expect(before).toBeGreaterThan(Number(told.at(-1)?.split(' ')[1]));
    }
  });

  it('leaves out a line that was being written when the process died', () => {
    const kept = mkdtempSync(join(tmpdir(), 'journal-'));
    const store = new Store(kept);
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'whole', uid: 'u', resourceVersion: '', creationTimestamp: '' },
    };
    store.put(object);
    store.close();
    appendFileSync(join(kept, 'objects.jsonl'), '{"type":"ADDED","object":{"apiVersion":"v1","kind":"Conf');
    const again = new Store(kept);
    expect(again.list('v1/ConfigMap').map((one) => one.metadata.name)).toEqual(['whole']);
    expect(again.put(object).metadata.resourceVersion).toBe('3');
    rmSync(kept, { recursive: true });
  });

  it('is rewritten at the start to what is there, without giving a version twice', () => {
    const kept = mkdtempSync(join(tmpdir(), 'journal-'));
    const store = new Store(kept);
    const named = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
    });
    for (let number = 0; number < 50; number += 1) store.put(named('often'));
    store.delete(store.put(named('gone')));
    const { revision } = store;
    store.close();
    const again = new Store(kept);
    expect(readFileSync(join(kept, 'objects.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(again.revision).toBe(revision);
    expect(again.changesSince(revision - 1)).toBeUndefined();
    rmSync(kept, { recursive: true });
  });
});
