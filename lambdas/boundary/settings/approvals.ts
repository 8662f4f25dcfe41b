/**
 * Settings of decisions: groups of people, and per environment kind who of them may decide what. Separate because the rules of a kind
 * are checked against groups that stand elsewhere in the file.
 */
import * as v from 'valibot';
import { DECISIONS, type DecisionWord } from '../../contracts/payloads.ts';
import { MOST_APPROVALS, type WrittenRule, type WrittenRules } from '../../domain/approval/decision-rules.ts';
import { PRINCIPAL_PATTERN } from '../../domain/approval/person.ts';
import { allowed, found, list, table, text, whole } from '../values.ts';

const principal = text(
  PRINCIPAL_PATTERN,
  'an ARN or a pattern of one, such as arn:aws:iam::123456789012:role/Leads (all sessions of the role), ' +
    'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Release_*/ann@example.com, or arn:aws:iam::123456789012:user/ann',
);

const GROUP_NAME = /^[a-z][-a-z0-9]{0,39}$/;
const groupName = text(GROUP_NAME, 'the name of a group: 1 to 40 of a-z, 0-9 and "-", beginning with a letter');

/** Groups of people by name. */
export const groupSettings = v.optional(
  table({
    groups: v.optional(
      v.pipe(
        v.record(
          v.string(),
          v.pipe(list(principal), v.minLength(1, allowed('at least one ARN or pattern'))),
          allowed('a mapping from names of groups to lists of ARNs'),
        ),
        v.check(
          (groups) => Object.keys(groups).every((name) => GROUP_NAME.test(name)),
          (issue) =>
            `found the group names ${found(Object.keys(issue.input))}; allowed: 1 to 40 of a-z, 0-9 and "-", beginning with a letter`,
        ),
      ),
      {},
    ),
  }),
  {},
);

const rule = v.lazy((input) =>
  typeof input === 'string'
    ? groupName
    : table({
        group: v.exactOptional(groupName),
        approvals: v.exactOptional(whole(1, MOST_APPROVALS)),
        notByAuthor: v.exactOptional(v.boolean(allowed('true or false'))),
      }),
) as unknown as v.GenericSchema<WrittenRule>;

/** Who may decide what in one kind. */
export const decisionSettings = v.optional(
  table(
    Object.fromEntries([...DECISIONS, 'default'].map((word) => [word, v.exactOptional(rule)])) as Record<
      DecisionWord | 'default',
      v.ExactOptionalSchema<typeof rule, undefined>
    >,
  ) as unknown as v.GenericSchema<WrittenRules>,
  {},
);
