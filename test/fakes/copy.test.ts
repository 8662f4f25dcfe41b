/** Copies of fakes: what a wire would do to data. */
import { describe, expect, it } from 'vitest';
import { copyOf, frozenCopyOf } from './copy.ts';

describe('a copy', () => {
  const data = { name: 'orders', list: [{ weight: 1 }, null], nothing: undefined, none: null, yes: true };

  it('says the same and shares nothing', () => {
    const copied = copyOf(data);
    expect(copied).toStrictEqual(data);
    expect(copied.list).not.toBe(data.list);
    expect(copied.list[0]).not.toBe(data.list[0]);
  });

  it('that is frozen cannot be changed at any depth', () => {
    const copied = frozenCopyOf(data);
    expect(() => Object.assign(copied.list[0]!, { weight: 2 })).toThrow(TypeError);
    expect(() => copied.list.push(null)).toThrow(TypeError);
  });

  it('of what no wire carries is refused', () => {
    expect(() => copyOf({ at: new Date(0) })).toThrow('An object of Date is no plain data.');
    expect(() => copyOf([() => 1])).toThrow('function is no plain data.');
  });
});
