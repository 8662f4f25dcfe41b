/** Chance that can be repeated: the same moments and choices for the same seed. Separate because every kind of run needs it. */

export interface Chance {
  /** From 0 up to 1. */
  next(): number;
  /** One of them; the list must not be empty. */
  one<Value>(of: readonly Value[]): Value;
  /** All of them in another order. */
  shuffled<Value>(all: readonly Value[]): readonly Value[];
}

/** A linear congruential generator: https://en.wikipedia.org/wiki/Linear_congruential_generator (Numerical Recipes' constants). */
export function chanceOf(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    next,
    one: (of) => of[Math.floor(next() * of.length)] ?? (of[0] as never),
    shuffled: (all) =>
      all
        .map((value) => ({ value, place: next() }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ value }) => value),
  };
}
