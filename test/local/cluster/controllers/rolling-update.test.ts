/** The arithmetic of rolling updates, for every size and every order in which pods become available. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitsOf, nextScales } from '../../../../local/cluster/controllers/rolling-update.ts';
import type { Scale } from '../../../../local/cluster/controllers/rolling-update.ts';

test('percentages: surge rounds up, unavailable rounds down, never both 0', () => {
  expect(limitsOf(3, '25%', '25%')).toEqual({ replicas: 3, maxSurge: 1, maxUnavailable: 0 });
  expect(limitsOf(10, '25%', '25%')).toEqual({ replicas: 10, maxSurge: 3, maxUnavailable: 2 });
  expect(limitsOf(1, 0, '25%')).toEqual({ replicas: 1, maxSurge: 0, maxUnavailable: 1 });
});

test('never has too many pods nor too few available ones, and always arrives', () => {
  const scenario = fc.record({
    replicas: fc.integer({ min: 1, max: 12 }),
    maxSurge: fc.integer({ min: 0, max: 4 }),
    maxUnavailable: fc.integer({ min: 0, max: 4 }),
    old: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 }),
    order: fc.infiniteStream(fc.nat(100)),
  });
  fc.assert(
    fc.property(scenario, ({ replicas, maxSurge, maxUnavailable, old, order }) => {
      const limits = limitsOf(replicas, maxSurge, maxUnavailable);
      let fresh: Scale = { name: 'fresh', replicas: 0, available: 0 };
      // The old ones serve completely, or not at all: what does not serve may go at once.
      let rest = old.map((count, index): Scale => ({
        name: `old-${index}`,
        replicas: count,
        available: index === 0 ? count : 0,
      }));
      const startedWith = rest.reduce((sum, scale) => sum + scale.replicas, 0);
      const startedAvailable = rest.reduce((sum, scale) => sum + scale.available, 0);
      for (let round = 0; round < 400; round += 1) {
        const next = nextScales(limits, fresh, rest);
        const scaled = (scale: Scale): Scale => {
          const count = next.get(scale.name) ?? scale.replicas;
          // Pods that are taken away are the unavailable ones first.
          return { ...scale, replicas: count, available: Math.min(scale.available, count) };
        };
        [fresh, rest] = [scaled(fresh), rest.map(scaled)];
        const all = [fresh, ...rest];
        const total = all.reduce((sum, scale) => sum + scale.replicas, 0);
        const available = all.reduce((sum, scale) => sum + scale.available, 0);
        expect(total).toBeLessThanOrEqual(Math.max(startedWith, replicas + limits.maxSurge));
        expect(available).toBeGreaterThanOrEqual(Math.min(startedAvailable, replicas - limits.maxUnavailable));
        if (fresh.available === replicas && total === replicas) return;
        const more = Number(order.next().value) % 3 === 0 ? 1 : 0;
        if (next.size === 0 || more) fresh = { ...fresh, available: Math.min(fresh.replicas, fresh.available + 1) };
      }
      throw new Error(`did not arrive: ${JSON.stringify({ limits, fresh, rest })}`);
    }),
    { numRuns: 300 },
  );
});
