/** Changes of a layer: each is a new version, wrong ones are refused when they are made. */
import { describe, expect, it } from 'vitest';
import {
  changeLayer,
  describeDifference,
  emptyVersion,
  meanwhile,
  nextVersion,
  type Changed,
  type DeclaredKeys,
  type LayerVersion,
} from '../../../lambdas/domain/configuration/version.ts';

const DECLARED: DeclaredKeys = new Map([
  ['greeting', [{ type: 'text', environment: 'integration' }]],
  ['limit', [{ type: 'number', environment: 'integration' }]],
  ['beta', [{ type: 'boolean', environment: 'integration' }]],
  ['colours', [{ type: 'list', environment: 'integration' }]],
  // A branch declares it anew.
  [
    'size',
    [
      { type: 'number', environment: 'integration' },
      { type: 'text', environment: 'feature-login' },
    ],
  ],
]);
const BY = { author: 'ada', reason: 'spring', at: 1, execution: 'one' };
const EMPTY = emptyVersion('integration', 'orders');

const set = (values: Record<string, string>, current: Parameters<typeof changeLayer>[0] = EMPTY): Changed =>
  changeLayer(current, { set: values, unset: [] }, DECLARED, BY);
function made(changed: Changed): LayerVersion {
  if (changed.kind !== 'changed') throw new Error(JSON.stringify(changed));
  return changed.version;
}
const messageOf = (changed: Changed): string => (changed.kind === 'refused' ? changed.message : changed.kind);

describe('a change', () => {
  it('is a new version with author, reason, time and difference', () => {
    const first = made(set({ greeting: 'Hello', limit: '5', beta: 'true', colours: 'red, blue' }));
    expect(first).toMatchObject({ version: 1, author: 'ada', reason: 'spring', at: 1, execution: 'one' });
    expect(first.values).toEqual({ greeting: 'Hello', limit: 5, beta: true, colours: ['red', 'blue'] });
    const second = made(set({ greeting: 'Hi' }, first));
    expect(second.version).toBe(2);
    expect(second.difference.map(describeDifference)).toEqual(['greeting: "Hello" → "Hi"']);
    expect(second.values).toMatchObject({ limit: 5 });
  });

  it('that changes nothing is none', () => {
    const first = made(set({ greeting: 'Hello' }));
    expect(set({ greeting: 'Hello' }, first)).toEqual({ kind: 'unchanged' });
  });

  it('of an unknown key is refused and names the allowed ones and the nearest', () => {
    expect(messageOf(set({ greting: 'Hi' }))).toBe(
      'greting: unknown key; allowed: beta, colours, greeting, limit, size. Did you mean "greeting"?',
    );
  });

  it.each([
    ['limit', 'many', 'a number such as 5 or 0.25'],
    ['limit', '', 'a number such as 5 or 0.25'],
    ['beta', 'yes', 'true or false'],
  ])('of %s to %j is refused with what is allowed', (key, written, allowed) => {
    expect(messageOf(set({ [key]: written }))).toBe(`${key}: found ${JSON.stringify(written)}; allowed: ${allowed}`);
  });

  it('names every problem at once', () => {
    expect(messageOf(set({ limit: 'x', beta: 'y' })).split('\n')).toHaveLength(2);
  });

  it('takes what one of several versions of the service declares', () => {
    expect(made(set({ size: '5' })).values).toEqual({ size: 5 });
    expect(made(set({ size: 'large' })).values).toEqual({ size: 'large' });
  });

  it('takes a word back, so that the layer below shows', () => {
    const first = made(set({ greeting: 'Hello', limit: '5' }));
    const unset = (keys: readonly string[]) => changeLayer(first, { set: {}, unset: keys }, DECLARED, BY);
    expect(made(unset(['greeting'])).values).toEqual({ limit: 5 });
    expect(messageOf(unset(['beta']))).toContain('the layer integration says nothing about it');
  });

  it('keeps values that no version of the service declares any more until they are unset', () => {
    const old = { ...EMPTY, version: 4, values: { gone: 'x' } };
    expect(made(set({ greeting: 'Hi' }, old)).values).toEqual({ gone: 'x', greeting: 'Hi' });
    expect(made(changeLayer(old, { set: {}, unset: ['gone'] }, DECLARED, BY)).values).toEqual({});
  });
});

describe('going back', () => {
  it('is a version of its own: no version is ever lost', () => {
    const first = made(set({ greeting: 'Hello' }));
    const second = made(set({ greeting: 'Bad' }, first));
    const third = made(nextVersion(second, first.values, { ...BY, reason: 'back to 1' }));
    expect(third).toMatchObject({ version: 3, values: { greeting: 'Hello' }, reason: 'back to 1' });
  });
});

describe('two changes at once', () => {
  const wish = { set: { greeting: 'Hi' }, unset: [] };
  it('of different keys both hold', () => {
    expect(meanwhile(wish, { greeting: 'Hello' }, { greeting: 'Hello', limit: 5 })).toEqual([]);
  });
  it('of the same key are a conflict', () => {
    expect(meanwhile(wish, { greeting: 'Hello' }, { greeting: 'Hey' })).toEqual(['greeting']);
  });
});
