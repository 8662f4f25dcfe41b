/** The whole laptop, killed in the middle of deliveries: a few of the kills of which `npm run faults` makes as many as are asked for. */
import { expect, it } from 'vitest';
import { killLaptop } from '../../../bench/faults/laptop-kills.ts';
import { chanceOf } from '../../../bench/faults/random-numbers.ts';

/** Milliseconds on a machine that does much else; by itself it takes half a minute. */
const PATIENCE = 600_000;

it(
  'goes on where it was: what git says becomes true, and nothing is left',
  async () => {
    await expect(killLaptop(2, chanceOf(5))).resolves.toBeUndefined();
  },
  PATIENCE,
);

it('chance repeats itself by its seed', () => {
  const numbers = (seed: number): readonly number[] => {
    const chance = chanceOf(seed);
    return Array.from({ length: 20 }, () => chance.next());
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  expect(chanceOf(7).shuffled(['a', 'b', 'c']).toSorted()).toEqual(['a', 'b', 'c']);
});
