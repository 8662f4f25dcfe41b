/** What holds for every state machine, whatever it does. */
import { describe, expect, it } from 'vitest';
import aslValidator from 'asl-validator';
import { ERROR_NAMES, TRANSIENT_ERROR, TRANSIENT_SERVICE_ERRORS } from '../../lambdas/contracts/errors.ts';
import { TIERS } from '../../lambdas/contracts/kinds.ts';
import { SHARED_WORKFLOWS, stateMachineName, WORKFLOWS } from '../../lambdas/contracts/stages.ts';
import { RETRY_POLICIES } from '../../lib/workflows/retry-policies.ts';
import { machinesOf, WITH_PUBLIC, type Machine, type State } from '../workflows/machines.ts';

const machines = [...machinesOf(WITH_PUBLIC).values()];
const tasksOf = ({ states }: Machine): readonly (readonly [string, State])[] =>
  [...states].filter(([, { Type }]) => Type === 'Task');

/** Errors that Step Functions and CodeBuild themselves report; everything else must be a name of the contracts. */
const SERVICE_ERRORS = [
  ...TRANSIENT_SERVICE_ERRORS,
  'States.ALL',
  ...(RETRY_POLICIES['runner-busy'].errors ?? []),
  ...(RETRY_POLICIES['starter-busy'].errors ?? []),
];

describe('all state machines', () => {
  it('are those of the contracts, with the names by which functions and people find them', () => {
    const expected = TIERS.flatMap((tier) =>
      WORKFLOWS.filter((workflow) => tier === 'branch' || !SHARED_WORKFLOWS.includes(workflow)).map((workflow) =>
        stateMachineName('espalier', workflow, tier),
      ),
    );
    expect(machines.map(({ name }) => name).sort()).toEqual(expected.sort());
  });
});

describe.each(machines.map((machine) => [machine.name, machine] as const))('%s', (_name, machine) => {
  it('is valid by the rules of the language', () => {
    const { isValid, errorsText } = aslValidator(JSON.parse(machine.definition));
    expect([isValid, errorsText()]).toEqual([true, '']);
  });

  it('bounds every task, gives it a named retry policy, and catches what is left', () => {
    for (const [name, task] of tasksOf(machine)) {
      // A state that waits for people is bounded by the time of its wait.
      const limit = task.Resource?.endsWith('.waitForTaskToken') === true ? 'string' : 'number';
      expect([name, typeof task.TimeoutSeconds]).toEqual([name, limit]);
      expect([name, policyOf(task)]).toEqual([name, expect.any(String)]);
      expect([name, task.Catch?.at(-1)?.ErrorEquals]).toEqual([name, ['States.ALL']]);
    }
  });

  it('knows errors by the names of the contracts only', () => {
    const names = [...machine.states.values()].flatMap(({ Retry = [], Catch = [] }) =>
      [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    const known = new Set<string>([...ERROR_NAMES, ...SERVICE_ERRORS]);
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('has short sentences for state names', () => {
    for (const name of machine.states.keys()) {
      expect(name).toMatch(/^[A-Z][a-z]*,?( [a-z,]+)*\??$/);
      expect(name.length).toBeLessThanOrEqual(60);
    }
  });

  it('says what it does, and how a person starts it', () => {
    const { Comment } = JSON.parse(machine.definition) as { readonly Comment: string };
    expect(Comment).toMatch(/\{.*\}/);
  });
});

describe('retry policies', () => {
  it('try a passing error again for longer than the minute that an API may be away', () => {
    const { interval, backoffRate, maxDelay, maxAttempts, errors } = RETRY_POLICIES['passing-trouble'];
    const seconds = Array.from({ length: maxAttempts ?? 0 }, (_, attempt) =>
      Math.min((interval?.toSeconds() ?? 0) * (backoffRate ?? 1) ** attempt, maxDelay?.toSeconds() ?? Infinity),
    );
    // Full jitter waits half of it on average.
    expect(seconds.reduce((sum, each) => sum + each, 0) / 2).toBeGreaterThan(60);
    expect(errors).toContain(TRANSIENT_ERROR);
  });

  it('never try again what the author must change', () => {
    for (const { errors = [] } of Object.values(RETRY_POLICIES)) {
      expect(errors).not.toContain('RejectedError');
      expect(errors).not.toContain('SupersededError');
      expect(errors).not.toContain('States.ALL');
      expect(errors).not.toContain('States.TaskFailed');
    }
  });
});

/** The policy whose errors the task's retrier has. */
function policyOf({ Retry = [] }: State): string | undefined {
  return Object.entries(RETRY_POLICIES).find(
    ([, { errors }]) => JSON.stringify(Retry[0]?.ErrorEquals) === JSON.stringify(errors),
  )?.[0];
}
