/** Who may decide what: groups of people, how many, and never the author. */
import { describe, expect, it } from 'vitest';
import { authorship } from '../../../lambdas/domain/approval/authors.ts';
import {
  describeRule,
  mayDecide,
  needsPerson,
  ruleFor,
  ruleProblems,
} from '../../../lambdas/domain/approval/decision-rules.ts';
import { describePerson, isNamedBy, personOf, PRINCIPAL_PATTERN } from '../../../lambdas/domain/approval/person.ts';

const ACCOUNT = '123456789012';
const session = (role: string, name: string): string => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const user = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const GROUPS = { leads: [`arn:aws:iam::${ACCOUNT}:role/Leads`], product: [user('pia')] };

describe('a person', () => {
  it.each([
    [session('Leads', 'ann@example.com'), 'ann@example.com', 'ann@example.com (role Leads)'],
    [user('team/ann'), 'ann', 'ann'],
    [`arn:aws:iam::${ACCOUNT}:root`, 'root', 'root'],
    [`arn:aws-cn:sts::${ACCOUNT}:federated-user/ann`, 'ann', 'ann'],
  ])('%s is %s', (arn, name, shown) => {
    expect(personOf(arn)).toBe(name);
    expect(describePerson(arn)).toContain(shown.split(' ')[0]);
  });

  it.each([
    [`arn:aws:iam::${ACCOUNT}:role/Leads`, session('Leads', 'ann'), true],
    [`arn:aws:iam::${ACCOUNT}:role/Leads`, session('Leads2', 'ann'), false],
    [`arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/Leads`, session('Leads', 'ann'), true],
    [`arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Lead_*`, session('AWSReservedSSO_Lead_0a1b', 'ann'), true],
    [`arn:aws:iam::*:role/Leads`, session('Leads', 'ann'), true],
    [`arn:aws:iam::210987654321:role/Leads`, session('Leads', 'ann'), false],
    [session('Leads', 'ann@example.com'), session('Leads', 'ann@example.com'), true],
    [session('Leads', 'ann@example.com'), session('Leads', 'annXexample.com'), false],
    [session('Leads', '*@example.com'), session('Leads', 'bob@example.com'), true],
    [user('ann'), user('ann'), true],
    [user('ann'), user('annabel'), false],
    ['*', user('ann'), true],
    [user('ann'), 'scheduler.amazonaws.com', false],
  ])('%s names %s: %s', (pattern, arn, named) => {
    expect(pattern).toMatch(PRINCIPAL_PATTERN);
    expect(isNamedBy(pattern, arn)).toBe(named);
  });
});

describe('a rule', () => {
  it('lets everybody decide whom IAM lets, when nothing is written', () => {
    const rule = ruleFor(GROUPS, {}, 'approve');
    expect(needsPerson(rule)).toBe(false);
    expect(mayDecide(rule, user('anybody'))).toBe(true);
  });

  it('of a group lets its members decide and nobody else', () => {
    const rule = ruleFor(GROUPS, { approve: 'leads' }, 'approve');
    expect(needsPerson(rule)).toBe(true);
    expect([mayDecide(rule, session('Leads', 'ann')), mayDecide(rule, user('pia'))]).toEqual([true, false]);
    expect(describeRule(rule)).toBe('the group leads');
  });

  it('for approve holds for promote and skip too, which pass what it guards', () => {
    const written = { approve: { group: 'leads', approvals: 2, notByAuthor: true } };
    for (const word of ['promote', 'skip'] as const) {
      expect(ruleFor(GROUPS, written, word)).toEqual(ruleFor(GROUPS, written, 'approve'));
    }
    expect(describeRule(ruleFor(GROUPS, { ...written, promote: 'product' }, 'promote'))).toBe('the group product');
  });

  it('by default holds for what has none, and stopping never takes several people or another one', () => {
    const written = { default: { group: 'leads', approvals: 2, notByAuthor: true }, release: 'product' };
    expect(describeRule(ruleFor(GROUPS, written, 'approve'))).toBe(
      '2 of the group leads, never the author of the commit',
    );
    expect(describeRule(ruleFor(GROUPS, written, 'abort'))).toBe('the group leads');
    expect(describeRule(ruleFor(GROUPS, written, 'release'))).toBe('the group product');
  });

  it('that cannot hold is refused with what is allowed', () => {
    expect(ruleProblems(GROUPS, { approve: 'lead', abort: { approvals: 2 }, reject: { notByAuthor: true } })).toEqual([
      { word: 'approve', message: 'found the group "lead"; allowed: leads, product. Did you mean "leads"?' },
      { word: 'reject', message: expect.stringContaining('one person must always be able to do') as string },
      { word: 'abort', message: expect.stringContaining('one person must always be able to do') as string },
    ]);
  });
});

describe('the author', () => {
  it('is whoever pushed, whatever role they have now', () => {
    const authors = { pushers: [user('ann')], emails: [] };
    expect(authorship(authors, session('Leads', 'ann'))).toContain('ann pushed it');
    expect(authorship(authors, session('Leads', 'bob'))).toBeUndefined();
  });

  it('is whoever the commit names as author or committer, by address or by the name in it', () => {
    const authors = { pushers: [], emails: ['Ann@example.com'] };
    expect(authorship(authors, session('Leads', 'ann@example.com'))).toContain('Ann@example.com');
    expect(authorship(authors, user('ann'))).toContain('Ann@example.com');
    expect(authorship(authors, user('anna'))).toBeUndefined();
  });
});
