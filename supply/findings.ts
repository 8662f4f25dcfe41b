/**
 * What checkers found, held against what is answered. Separate from running them so that the judgement is tested without Python.
 */
import type { Answered, Checker } from './templates.ts';

export interface Finding {
  readonly checker: Checker;
  readonly stack: string;
  readonly resource: string;
  readonly rule: string;
  readonly message: string;
}

export interface Verdict {
  /** Findings without an answer. */
  readonly open: readonly Finding[];
  /** Answers without a reason worth reading: it has fewer than four words. */
  readonly hollow: readonly Answered[];
  /** Answers to what nobody finds any more. */
  readonly stale: readonly Answered[];
  readonly answered: number;
}

const keyOf = ({ checker, stack, resource, rule }: Pick<Answered, 'checker' | 'stack' | 'resource' | 'rule'>) =>
  [checker, stack, resource, rule].join(' ');

/** Every finding needs an answer with a reason, and every answer a finding. */
export function judge(findings: readonly Finding[], answers: readonly Answered[]): Verdict {
  const found = new Set(findings.map(keyOf));
  const known = new Set(answers.map(keyOf));
  return {
    open: findings.filter((finding) => !known.has(keyOf(finding))),
    hollow: answers.filter(({ reason }) => reason.trim().split(/\s+/).length < 4),
    stale: answers.filter((answer) => !found.has(keyOf(answer))),
    answered: findings.filter((finding) => known.has(keyOf(finding))).length,
  };
}

/** A line of cfn-lint's report: where it points to in the template, and the rule. */
interface LintMatch {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** Findings of `cfn-lint --format json`; what lies outside of resources has no resource, and so no answer. */
export function lintFindings(report: unknown, stackOf: (file: string) => string): readonly Finding[] {
  return (report as readonly LintMatch[]).map(({ Filename, Message, Rule, Location }) => {
    const [section, id] = Location.Path ?? [];
    const resource = section === 'Resources' ? String(id) : '';
    return { checker: 'cfn-lint', stack: stackOf(Filename), resource, rule: Rule.Id, message: Message };
  });
}

/** Checkov's report of one framework. */
interface CheckovReport {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly file_path: string;
      readonly resource: string;
    }[];
  };
  readonly summary: { readonly parsing_errors: number };
}

/** Findings of `checkov --output json`. Throws on a template that it could not read. */
export function checkovFindings(report: unknown, stackOf: (file: string) => string): readonly Finding[] {
  const { results, summary } = report as CheckovReport;
  if (summary.parsing_errors > 0)
    throw new Error(`checkov could not read ${String(summary.parsing_errors)} templates.`);
  return results.failed_checks.map(({ check_id, check_name, file_path, resource }) => ({
    checker: 'checkov',
    stack: stackOf(file_path),
    resource: resource.split('.').at(-1) ?? '',
    rule: check_id,
    message: check_name,
  }));
}

/** Findings of check-policies.py, whose `at` is the stack and the resource. */
export function policyFindings(report: unknown): readonly Finding[] {
  return (
    report as readonly { readonly at: readonly [string, string]; readonly rule: string; readonly message: string }[]
  ).map(({ at: [stack, resource], rule, message }) => ({ checker: 'parliament', stack, resource, rule, message }));
}
