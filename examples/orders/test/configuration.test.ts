import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configuration, selfCheck } from '../src/configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'orders-'));
const file = join(folder, 'configuration.json');
const written = (version: string, most: number): string =>
  JSON.stringify({ version, values: { greeting: 'Hi', most } });
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !what();) {
    assert.ok(Date.now() < end, 'it did not come true within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

void test('takes a changed file up, and keeps what it had when the file is broken or gone', async () => {
  writeFileSync(file, written('one', 1));
  const now = configuration(file);
  assert.equal(now().version, 'one');
  writeFileSync(file, written('two', 2));
  await until(() => now().version === 'two');
  writeFileSync(file, '{"version": "thr');
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(now().version, 'two');
  rmSync(file);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(now().version, 'two');
});

void test('says which version it runs, and that it cannot work with a wrong one', async () => {
  const well = selfCheck({ version: 'one', values: { greeting: '', most: 1 } });
  assert.deepEqual([well.status, well.headers.get('espalier-configuration')], [200, 'one']);
  const ill = selfCheck({ version: 'two', values: { greeting: '', most: 0 } });
  assert.equal(ill.status, 500);
  assert.match(await ill.text(), /not 0/);
});
