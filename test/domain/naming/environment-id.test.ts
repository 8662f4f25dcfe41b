/** Ids of environments: readable when they can be, unique always, and fit for everything they become part of. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namespaceOf } from '../../../lambdas/contracts/kubernetes.ts';
import { environmentIds, LONGEST_ID, RESERVED_IDS } from '../../../lambdas/domain/naming/environment-id.ts';
import { executionName, unmistakableExecutionName } from '../../../lambdas/domain/naming/execution-name.ts';
import { hostLabel } from '../../../lambdas/domain/naming/host.ts';
import { LONGEST_SERVICE, serviceKey } from '../../../lambdas/domain/naming/service-key.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Claims ids for all branches, one after the other, as intake does. */
function claimAll(branches: Iterable<string>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const branch of branches) {
    const id = environmentIds(branch).find((candidate) => !owners.has(candidate));
    if (id === undefined) throw new Error(`No id is left for ${branch}.`);
    owners.set(id, branch);
    ids.set(branch, id);
  }
  return ids;
}

/** Names that people, tools and attackers give: many of them with the same slug. */
function* branchNames(count: number): Generator<string> {
  const words = [
    'login',
    'Login',
    'LOGIN',
    'log-in',
    'log_in',
    'log.in',
    'x',
    'ORDERS-17',
    '日本語',
    'ä',
    '<!channel>',
  ];
  const hostile = ['a$(id)', 'a;id', 'a`id`', "'; drop table", '../..', '\u202egnp', 'main', 'integration', '--', ' '];
  for (let number = 0; number < count; number += 1) {
    const word = words[number % words.length] ?? '';
    const join = ['/', '-', '_', '.', '//'][Math.floor(number / words.length) % 5] ?? '/';
    const tail = Math.floor(number / (words.length * 5));
    yield tail % 7 === 0
      ? `${hostile[tail % hostile.length] ?? ''}${join}${word}${String(tail)}`
      : `feature${join}${word}${join}${tail % 3 === 0 ? 'a very long description of what it does '.repeat(tail % 4) : ''}${String(tail)}`;
  }
}

describe('an id of an environment', () => {
  it('is the slug of the branch when nothing speaks against it', () => {
    expect(environmentIds('feature/login')[0]).toBe('feature-login');
    expect(environmentIds('Feature/ABC_17: really')[0]).toBe('feature-abc-17-really');
  });

  it('keeps five branches of one slug apart', () => {
    const five = ['Feature/X', 'feature/x', 'feature-x', 'feature_x', 'feature.x'];
    const ids = claimAll(five);
    expect(new Set(ids.values()).size).toBe(5);
    expect(ids.get('Feature/X')).toBe('feature-x');
    for (const branch of five.slice(1)) expect(ids.get(branch)).toMatch(/^feature-x-[0-9a-f]{8}$/);
  });

  it('gives 100,000 names each their own, fit for namespaces, hosts and executions', () => {
    const names = new Set(branchNames(101_000));
    expect(names.size).toBeGreaterThan(100_000);
    const ids = claimAll(names);
    expect(new Set(ids.values()).size).toBe(names.size);
    const wrong = [...ids].filter(
      ([, id]) => id.length > LONGEST_ID || !LABEL.test(id) || RESERVED_IDS.includes(id) || id.includes('--'),
    );
    expect(wrong).toEqual([]);
  });

  it('never is a reserved word, empty or too long, for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }), (branch) => {
        for (const id of environmentIds(branch)) {
          expect(id).toMatch(LABEL);
          expect(id.length).toBeLessThanOrEqual(LONGEST_ID);
          expect(RESERVED_IDS).not.toContain(id);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(['integration', 'Production', 'pre-release', 'gateway/system', 'Environment'])(
    'is hashed for %s, which would be one of our own words',
    (branch) => {
      expect(environmentIds(branch)[0]).toMatch(/-[0-9a-f]{8}$/);
    },
  );

  it('has three more candidates with ever longer digests', () => {
    expect(environmentIds('feature/x').map((id) => id.length)).toEqual([9, 18, 22, 26]);
  });

  it('stays within the limits of everything it becomes part of', () => {
    const id = environmentIds('x'.repeat(256))[0] ?? '';
    const service = serviceKey('y'.repeat(100));
    expect(id).toHaveLength(LONGEST_ID);
    expect(service).toHaveLength(LONGEST_SERVICE);
    expect(namespaceOf('a'.repeat(12), id).length).toBeLessThanOrEqual(63);
    expect(hostLabel(service, id).length).toBeLessThanOrEqual(63);
    expect(executionName(id, service, 999_999_999_999).length).toBeLessThanOrEqual(80);
    expect(unmistakableExecutionName(id, service, 9_999_999).length).toBeLessThanOrEqual(80);
  });
});
