/** Which branch gets which kind of environment. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classifyBranch,
  describeRules,
  targetBranch,
  type BranchRules,
} from '../../../lambdas/domain/branches/classify.ts';
import { fits } from '../../../lambdas/domain/branches/pattern.ts';

const RULES: BranchRules = {
  feature: ['feature/*', 'fix/*-urgent'],
  integration: ['integration'],
  performance: [],
  'pre-release': ['main'],
  production: [],
};

describe('a pattern', () => {
  it('fits any characters where it has a star, "/" included, and only itself elsewhere', () => {
    expect(fits('feature/a/b', 'feature/*')).toBe(true);
    expect(fits('feature/', 'feature/*')).toBe(true);
    expect(fits('Feature/a', 'feature/*')).toBe(false);
    expect(fits('fix/a-urgent', 'fix/*-urgent')).toBe(true);
    expect(fits('fix/a-urgent-not', 'fix/*-urgent')).toBe(false);
    expect(fits('aXb', 'a.b')).toBe(false);
    expect(fits('ab', 'a*b*b')).toBe(false);
    expect(fits('aba', 'ab*ba')).toBe(false);
  });

  it('agrees with the regular expression that it means', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 6 });
    fc.assert(
      fc.property(letters, pattern, (name, glob) => {
        const meant = new RegExp(`^${glob.replaceAll('*', '[^]*')}$`);
        expect(fits(name, glob)).toBe(meant.test(name));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes no time for patterns that would stop a regular expression', () => {
    const begun = performance.now();
    expect(fits('a'.repeat(256), `${'*a'.repeat(60)}b`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(50);
  });
});

describe('a branch', () => {
  it('that fits a pattern gets an environment of its own', () => {
    expect(classifyBranch('feature/login', RULES)).toEqual({ kind: 'branch-environment', environmentKind: 'feature' });
  });

  it('that is named for a lasting kind feeds that one', () => {
    expect(classifyBranch('main', RULES)).toEqual({
      kind: 'lasting-environment',
      environmentKind: 'pre-release',
      id: 'pre-release',
    });
  });

  it('that is named for a lasting kind feeds it even when a pattern fits everything', () => {
    const all = { ...RULES, feature: ['*'] };
    expect(classifyBranch('integration', all).kind).toBe('lasting-environment');
    expect(classifyBranch('integrations', all).kind).toBe('branch-environment');
  });

  it('that fits nothing gets nothing', () => {
    expect(classifyBranch('wip/login', RULES)).toEqual({ kind: 'none' });
  });

  it('is checked against the branch that its changes go to next', () => {
    expect(targetBranch('feature', RULES)).toBe('integration');
    expect(targetBranch('integration', RULES)).toBe('main');
    expect(targetBranch('pre-release', RULES)).toBeUndefined();
  });

  it('has rules that people can read', () => {
    expect(describeRules(RULES)).toBe(
      'feature: feature/*, fix/*-urgent · integration: integration · pre-release: main',
    );
  });
});
