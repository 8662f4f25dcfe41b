/**
 * Who may decide what, how many of them must agree, and whether the author may. Separate from judging a decision, because settings are
 * checked by it at synth and notices name the same people.
 */
import { DECISIONS, type DecisionWord } from '../../contracts/payloads.ts';
import { nearest } from '../naming/nearest.ts';
import { isNamedBy } from './person.ts';

/** Patterns of ARNs by the name of a group. */
export type Groups = Readonly<Record<string, readonly string[]>>;

/** A rule as people write it; a group by itself means one of its members. */
export type WrittenRule =
  | string
  | {
      readonly group?: string | undefined;
      readonly approvals?: number | undefined;
      readonly notByAuthor?: boolean | undefined;
    };

/** Rules of one environment kind by decision; `default` holds for those without one. */
export type WrittenRules = Readonly<Partial<Record<DecisionWord | 'default', WrittenRule | undefined>>>;

/** What holds for one decision. Without a group everybody may decide whom IAM lets. */
export interface DecisionRule {
  readonly group?: { readonly name: string; readonly members: readonly string[] };
  readonly approvals: number;
  readonly notByAuthor: boolean;
}

/** Decisions that let a version go on. Only these may need several people or somebody else than the author. */
export const FORWARD: readonly DecisionWord[] = ['approve', 'promote', 'skip', 'release', 'resume', 'retry'];
/** More people than this never agree in time. */
export const MOST_APPROVALS = 10;

/** The rule for a decision. `promote` and `skip` pass what `approve` guards, and so follow its rule when they have none. */
export function ruleFor(groups: Groups, written: WrittenRules, word: DecisionWord): DecisionRule {
  const passing = word === 'promote' || word === 'skip' ? written.approve : undefined;
  const rule = written[word] ?? passing ?? written.default ?? {};
  const { group, approvals = 1, notByAuthor = false } = typeof rule === 'string' ? { group: rule } : rule;
  // INVARIANT: what stops or goes back never needs more than one person, and the author may always do it.
  const forward = FORWARD.includes(word);
  return {
    ...(group !== undefined && { group: { name: group, members: groups[group] ?? [] } }),
    approvals: forward ? approvals : 1,
    notByAuthor: forward && notByAuthor,
  };
}

/** Whether it must be known who decides; without need for it, being let to decide by IAM is enough. */
export function needsPerson({ group, approvals, notByAuthor }: DecisionRule): boolean {
  return group !== undefined || approvals > 1 || notByAuthor;
}

/** Whether this person is one of those who may decide. */
export function mayDecide({ group }: DecisionRule, arn: string): boolean {
  return group === undefined || group.members.some((pattern) => isNamedBy(pattern, arn));
}

/** Who may decide, as people read it. */
export function describeRule({ group, approvals, notByAuthor }: DecisionRule): string {
  const who = group === undefined ? 'everybody who may call Espalier' : `the group ${group.name}`;
  const count = approvals === 1 ? who : `${String(approvals)} of ${who}`;
  return `${count}${notByAuthor ? ', never the author of the commit' : ''}`;
}

/** Everything that is wrong with the rules of a kind, by the decision that it is about. */
export function ruleProblems(
  groups: Groups,
  written: WrittenRules,
): readonly { readonly word: string; readonly message: string }[] {
  return [...DECISIONS, 'default' as const].flatMap((word) => {
    const rule = written[word];
    if (rule === undefined) return [];
    const { group, approvals, notByAuthor } = typeof rule === 'string' ? { group: rule } : rule;
    return [
      ...unknownGroup(groups, group),
      ...(word === 'default' || FORWARD.includes(word) ? [] : stopping(word, approvals, notByAuthor)),
    ].map((message) => ({ word, message }));
  });
}

function unknownGroup(groups: Groups, group: string | undefined): readonly string[] {
  if (group === undefined || Object.hasOwn(groups, group)) return [];
  const names = Object.keys(groups);
  const guess = nearest(group, names);
  return [
    `found the group ${JSON.stringify(group)}; allowed: ${names.join(', ') || 'none yet: name it in approvals.groups'}${guess === undefined ? '' : `. Did you mean "${guess}"?`}`,
  ];
}

function stopping(word: DecisionWord, approvals = 1, notByAuthor = false): readonly string[] {
  return approvals > 1 || notByAuthor
    ? [
        `"${word}" stops or goes back, which one person must always be able to do; leave approvals and notByAuthor out. They belong to ${FORWARD.join(', ')}`,
      ]
    : [];
}
