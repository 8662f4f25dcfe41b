/** Virtual time moves on only when nothing else can happen, and always in order. */
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../local/aws/step-functions/virtual-clock.ts';

test('wakes sleepers in the order of their times, those of the same time in the order they came', async () => {
  const clock = new VirtualClock(0);
  const woken: string[] = [];
  const sleeper = async (name: string, milliseconds: number) => {
    await clock.sleep(milliseconds);
    woken.push(`${name} ${clock.now()}`);
  };
  await clock.run(Promise.all([sleeper('c', 300), sleeper('a', 100), sleeper('b', 100)]));
  expect(woken).toEqual(['a 100', 'b 100', 'c 300']);
});

test('holds still while outside work is under way', async () => {
  const clock = new VirtualClock(0);
  const outside = clock.during(new Promise<number>((resolve) => setTimeout(() => resolve(clock.now()), 20)));
  await clock.run(Promise.all([clock.sleep(1000), outside]));
  expect(await outside).toBe(0);
});

test('an aborted sleep ends with the reason and leaves no timer behind', async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const sleep = clock.sleep(1000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleep).rejects.toThrow('enough');
  await clock.run(clock.sleep(10));
  expect(clock.now()).toBe(10);
});

test('says so when nothing is left to happen', async () => {
  await expect(new VirtualClock().run(new Promise(() => undefined))).rejects.toThrow(/Nothing is left to happen/);
});

test('advances by so much and no more', async () => {
  const clock = new VirtualClock(0);
  let woken = false;
  void clock.sleep(1001).then(() => (woken = true));
  await clock.advance(1000);
  expect([clock.now(), woken]).toEqual([1000, false]);
  await clock.advance(1);
  expect(woken).toBe(true);
});
