/** Whatever happens to an environment in whatever order, its record stays one that makes sense. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueWork, ownerOf } from '../../../lambdas/domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../../lambdas/domain/environment/record.ts';
import { retriesDue } from '../../../lambdas/domain/environment/retry.ts';
import { broken } from '../../model/invariants.ts';
import { apply, begin, changeOf, facts, SERVICES, type Life } from './facts.ts';

const RUNS = { numRuns: 800 };

describe('a record', () => {
  it.each(['feature', 'integration'] as const)('of the kind %s keeps its invariants after every fact', (kind) => {
    fc.assert(
      fc.property(facts, (all) => {
        const life = begin(kind);
        for (const fact of all) {
          const before = life.record;
          apply(life, fact);
          expect(broken(before, life.record)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('is changed by a look at its branch once: the same look again changes nothing', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const life = begin('feature');
        for (const fact of all) {
          const change = apply(life, fact);
          if (change.kind !== 'changed' || (fact.kind !== 'push' && fact.kind !== 'gone')) continue;
          expect(changeOf(life, fact).kind).toBe('unchanged');
        }
      }),
      RUNS,
    );
  });

  it('is never stuck: as long as it is not at rest, something is due, in work, or waits for its time', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const life = begin('feature');
        for (const fact of all) apply(life, fact);
        expect(atRest(life.record) || isMoving(life)).toBe(true);
      }),
      RUNS,
    );
  });

  it('reaches rest when everybody does what is due', () => {
    fc.assert(
      fc.property(facts, (all) => {
        const life = begin('feature');
        for (const fact of all) apply(life, fact);
        for (let round = 0; round < 40 && !atRest(life.record); round += 1) doWhatIsDue(life);
        expect(atRest(life.record)).toBe(true);
      }),
      RUNS,
    );
  });
});

/** Nothing is left to do: everything wanted is applied or failed for good, everything else is gone. */
function atRest(record: EnvironmentRecord): boolean {
  const owned = [undefined, ...Object.keys(record.services)].some((key) => ownerOf(record, key) !== undefined);
  const services = Object.values(record.services);
  const settled = services.every(({ desired, applied, failure, touched }) =>
    desired.kind === 'absent'
      ? !touched && applied === undefined
      : applied?.commit === desired.commit || (failure !== undefined && failure.retry !== true),
  );
  const wanted = services.some(({ desired }) => desired.kind === 'commit');
  return !owned && settled && dueWork(record).length === 0 && record.phase === (wanted ? 'active' : 'removed');
}

function isMoving({ record, now }: Life): boolean {
  const owned = [undefined, ...SERVICES].some((key) => ownerOf(record, key) !== undefined);
  const later = now + 3_600_000;
  return owned || dueWork(record).length > 0 || retriesDue(record, later).length > 0;
}

function doWhatIsDue(life: Life): void {
  apply(life, { kind: 'time', minutes: 61 });
  for (let index = 0; index < SERVICES.length; index += 1) {
    const service = SERVICES[index] ?? '';
    const owner = ownerOf(life.record, service);
    if (owner === undefined) continue;
    if (owner.workflow === 'withdraw-service') apply(life, { kind: 'withdrawn', service: index, back: 0 });
    else {
      apply(life, { kind: 'step-aside', service: index, back: 0 });
      apply(life, { kind: 'applied', service: index, back: 0 });
    }
  }
  if (life.record.removal.owner !== undefined) apply(life, { kind: 'removed', back: 0 });
  apply(life, { kind: 'retry' });
  apply(life, { kind: 'claim', which: 0, byHand: false });
}
