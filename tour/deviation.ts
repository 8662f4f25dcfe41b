/**
 * How the tour fails: a step did not go as told. Separate because every part of the tour may find one and only `main.ts` reports it.
 */

/** Says what was expected and what was seen instead. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
  constructor(expected: string, seen: unknown) {
    super(`expected: ${expected}\nseen:     ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
  }
}

/** Throws unless it holds. */
export function expect(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (!holds) throw new Deviation(expected, seen);
}

const POLL_MS = 100;

/**
 * Looks again and again until `look` answers a value, and throws a Deviation with what was last seen when that takes too long.
 * `look` says what it saw by the second function.
 */
export async function until<Value>(
  expected: string,
  seconds: number,
  look: (saw: (what: unknown) => void) => Promise<Value | undefined>,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown = 'nothing';
  for (;;) {
    const value = await look((what) => {
      last = what;
    });
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Deviation(`${expected} within ${String(seconds)} s`, last);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
