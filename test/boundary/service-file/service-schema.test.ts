/** The JSON Schema that editors use: made from the parser, as fresh as the parser, and never stricter than it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { JsonSchema } from '../../../lambdas/boundary/json-schema.ts';
import { serviceSchema } from '../../../lambdas/boundary/service-file/service-schema.ts';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { serviceDocument } from './documents.ts';
import { EXAMPLES } from './examples.ts';

const FILE = join(import.meta.dirname, '../../../schema/espalier.dev-v1.json');

/** What is wrong with a value by the few keywords that our schema uses; any other keyword is refused. */
function wrongs(schema: JsonSchema, value: unknown, at = ''): readonly string[] {
  const rules: Readonly<Record<string, (rule: never) => readonly string[]>> = {
    type: (type: string) => (isType(type, value) ? [] : [`${at} is no ${type}`]),
    const: (one: unknown) => (value === one ? [] : [`${at} is not ${String(one)}`]),
    enum: (words: readonly unknown[]) => (words.includes(value) ? [] : [`${at} is none of ${words.join()}`]),
    anyOf: (all: readonly JsonSchema[]) =>
      all.some((one) => wrongs(one, value, at).length === 0) ? [] : [`${at} has none of ${String(all.length)} shapes`],
    pattern: (text: string) =>
      typeof value !== 'string' || new RegExp(text, 'u').test(value) ? [] : [`${at} does not match ${text}`],
    minimum: (least: number) => (typeof value !== 'number' || value >= least ? [] : [`${at} is too small`]),
    maximum: (most: number) => (typeof value !== 'number' || value <= most ? [] : [`${at} is too large`]),
    exclusiveMinimum: (least: number) => (typeof value !== 'number' || value > least ? [] : [`${at} is too small`]),
    exclusiveMaximum: (most: number) => (typeof value !== 'number' || value < most ? [] : [`${at} is too large`]),
    minLength: (least: number) => (typeof value !== 'string' || value.length >= least ? [] : [`${at} is too short`]),
    maxLength: (most: number) => (typeof value !== 'string' || value.length <= most ? [] : [`${at} is too long`]),
    minItems: (least: number) => (!Array.isArray(value) || value.length >= least ? [] : [`${at} has too few`]),
    maxItems: (most: number) => (!Array.isArray(value) || value.length <= most ? [] : [`${at} has too many`]),
    maxProperties: (most: number) => (sizeOf(value) <= most ? [] : [`${at} has too many`]),
    items: (item: JsonSchema) =>
      Array.isArray(value) ? value.flatMap((one, index) => wrongs(item, one, `${at}[${String(index)}]`)) : [],
    required: (keys: readonly string[]) =>
      keys.filter((key) => !(key in (value as object))).map((key) => `${key} lacks`),
    properties: (properties: Readonly<Record<string, JsonSchema>>) =>
      entriesOf(value).flatMap(([key, inner]) => wrongs(properties[key] ?? {}, inner, `${at}.${key}`)),
    propertyNames: (names: JsonSchema) => entriesOf(value).flatMap(([key]) => wrongs(names, key, `${at}.${key}`)),
    additionalProperties: (rule: false | JsonSchema) => {
      const known = Object.keys(schema['properties'] ?? {});
      const others = entriesOf(value).filter(([key]) => !known.includes(key));
      if (rule === false) return others.map(([key]) => `${at}.${key} is unknown`);
      return others.flatMap(([key, inner]) => wrongs(rule, inner, `${at}.${key}`));
    },
  };
  return Object.entries(schema)
    .filter(([keyword]) => !['$schema', 'title', 'description', 'default'].includes(keyword))
    .flatMap(([keyword, rule]) => {
      const check = rules[keyword];
      if (check === undefined)
        throw new Error(`The schema uses the keyword ${keyword}, which this test does not know.`);
      return check(rule as never);
    });
}

function isType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isType('object', value) ? Object.entries(value as object) : [];
}

function sizeOf(value: unknown): number {
  return entriesOf(value).length;
}

describe('the JSON Schema of service files', () => {
  it('lies in the repository as the parser says it (npm run schema writes it)', () => {
    const fresh = `${JSON.stringify(serviceSchema(), null, 2)}\n`;
    if (process.env['ESPALIER_UPDATE_SCHEMA'] === 'true') writeFileSync(FILE, fresh);
    expect(readFileSync(FILE, 'utf8')).toBe(fresh);
  });

  it('says of every key what it is for', () => {
    const { properties } = serviceSchema() as { properties: Record<string, { description?: string }> };
    expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([]);
  });

  it('has every key in the table of the README', () => {
    const { properties } = serviceSchema() as { properties: Record<string, unknown> };
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    const missing = Object.keys(properties).filter((key) => !rows.some((row) => row.includes(`\`${key}`)));
    expect(missing).toEqual([]);
  });

  it('takes whatever the parser takes', () => {
    const schema = serviceSchema();
    fc.assert(
      fc.property(serviceDocument, (document) => {
        expect(parseServiceFile(stringify(document)).kind).toBe('read');
        expect(wrongs(schema, document)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a typo, a wrong number and a wrong pattern as the parser does', () => {
    const schema = serviceSchema();
    expect(wrongs(schema, { name: 'orders', prot: 80 })).toEqual(['.prot is unknown']);
    expect(wrongs(schema, { name: 'orders', port: 80 })).toEqual(['.port is too small']);
    expect(wrongs(schema, { name: 'Orders' })).toHaveLength(1);
    expect(wrongs(schema, {})).toEqual(['name lacks']);
    expect(wrongs(schema, { name: 'orders', rollout: { strategy: 'canary', steps: [{ wait: 3 }] } })).toHaveLength(1);
  });

  it.each(EXAMPLES)('is named by %s, which it takes', (_name, text, document) => {
    expect(text).toContain('# yaml-language-server: $schema=../../schema/espalier.dev-v1.json');
    expect(wrongs(serviceSchema(), document)).toEqual([]);
    expect(parseServiceFile(text).kind).toBe('read');
  });
});
