/**
 * Answers to what checkers of templates find: which rule, and why it does not hold here. They travel in the resource's metadata, where
 * cfn-lint and checkov look for them themselves; `npm run supply` holds findings and answers against each other.
 * Separate because a reason stands beside its resource, and how three checkers want it written does not.
 */
import { CfnResource } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

export interface Answer {
  readonly checker: 'cfn-lint' | 'checkov' | 'parliament';
  readonly rule: string;
  readonly reason: string;
}

/**
 * Writes answers into the metadata of the resource that a construct stands for.
 * Sources: https://github.com/aws-cloudformation/cfn-lint#metadata and
 * https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html; parliament has no place of its own.
 */
export function answer(construct: IConstruct, ...answers: readonly Answer[]): void {
  const resource = construct.node.defaultChild ?? construct;
  if (!(resource instanceof CfnResource)) {
    throw new Error(`${construct.node.path} is no resource of a template: answer at the construct that makes it.`);
  }
  for (const { checker, rule, reason } of answers) {
    const before = (resource.getMetadata(checker) ?? {}) as Partial<Written>;
    const skip = [...(before.skip ?? []), { id: rule, comment: reason }];
    resource.addMetadata(checker, {
      ...(checker === 'cfn-lint' && { config: { ignore_checks: skip.map(({ id }) => id) } }),
      skip,
    });
  }
}

interface Written {
  readonly skip: readonly { readonly id: string; readonly comment: string }[];
}

/** Answers at the policy that holds what a role may do; it is there once something was allowed. */
export function answerPolicy(role: Role, ...answers: readonly Answer[]): void {
  answer(role.node.findChild('DefaultPolicy'), ...answers);
}

/** CDK makes a resource wait for its role and the role's policy together. */
export const WAITS_FOR_ROLE: Answer = {
  checker: 'cfn-lint',
  rule: 'W3005',
  reason:
    'CDK writes the wait for a role and its policy together; the one for the role alone is redundant and harmless.',
};

/** Parliament's list knows executions of express state machines only; ours are standard ones. */
export const NAMED_EXECUTIONS: Answer = {
  checker: 'parliament',
  rule: 'RESOURCE_MISMATCH',
  reason:
    'states:DescribeExecution takes executions of standard state machines, arn:…:execution:NAME:*, which parliament’s list of resources does not have yet.',
};

/** Logs of ours. */
export const LOG_KEY: Answer = {
  checker: 'checkov',
  rule: 'CKV_AWS_158',
  reason:
    'CloudWatch Logs encrypts every log with a key of its own. A key of the account would guard against who may read logs and not use the key; logs hold no secrets.',
};
