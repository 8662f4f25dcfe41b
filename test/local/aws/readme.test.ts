import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typesWithoutEffect } from '../../../local/aws/assembly/no-effect.ts';
import { resourceKinds } from '../../../local/aws/assembly/resource-kinds.ts';
import { withLaptop } from './laptop.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../local/aws/README.md'), 'utf8');
const section = (from: string, to: string) => readme.slice(readme.indexOf(from), readme.indexOf(to));

describe("the README's lists", () => {
  it('name every resource type that runs', () => {
    const listed = [...section('### It runs', '### No effect').matchAll(/`((?:AWS|Custom)::[\w:*]+)`/g)].map(
      ([, type]) => type,
    );
    expect(new Set(listed)).toEqual(new Set([...Object.keys(resourceKinds), 'Custom::*']));
  });

  it('name every resource type without effect, with its reason', () => {
    const rows = [...section('### No effect', '### Refused').matchAll(/^\| `([\w:*]+)` \| (.*) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, type, reason]) => [type, reason]))).toEqual(typesWithoutEffect);
  });

  it('name every API action', async () => {
    const rows = [...section('## API actions', '## What is different').matchAll(/^\| (\w+) \| ([\w, ]+) \|$/gm)];
    const listed = rows
      .filter(([, service]) => service !== 'service')
      .map(([, service = '', actions = '']) => [service, actions.split(', ').sort()]);
    await withLaptop({}, async ({ aws }) => {
      expect(Object.fromEntries(listed)).toEqual(
        Object.fromEntries(aws.services().map(({ name, actions }) => [name, Object.keys(actions).sort()])),
      );
    });
  });
});
