/** The inventory shows every resource and every permission that a change adds or takes away. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { permissionLines, resourceLines } from './inventory.ts';
import { LOOKING_OUTSIDE } from '../workflows/machines.ts';
import { EXISTING_CLUSTER, PLAIN, synthesized } from './synthesize.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'inventory');
const created = synthesized(PLAIN);
const imported = synthesized(PLAIN + EXISTING_CLUSTER);
const outside = synthesized(LOOKING_OUTSIDE);
const added = (lines: readonly string[], before: readonly string[]): readonly string[] =>
  lines.filter((line) => !before.includes(line));

const INVENTORIES = {
  'resources.txt': resourceLines(created),
  'resources-existing-cluster.txt': resourceLines(imported),
  'permissions.txt': permissionLines(created),
  'permissions-existing-cluster.txt': permissionLines(imported),
  // What comes with rollouts that have to know what is outside the network.
  'looking-outside.txt': [
    ...added(resourceLines(outside), resourceLines(created)),
    ...added(permissionLines(outside), permissionLines(created)),
  ],
};

describe('inventory', () => {
  it.each(Object.entries(INVENTORIES))(
    '%s says what is deployed (after a wanted change: npm run inventory)',
    (file, lines) => {
      const path = join(FOLDER, file);
      if (process.env['ESPALIER_UPDATE_INVENTORY'] === 'true') writeFileSync(path, `${lines.join('\n')}\n`);
      expect(lines).toEqual(readFileSync(path, 'utf8').trimEnd().split('\n'));
    },
  );
});
