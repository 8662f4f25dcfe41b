/** Inputs of functions: what state machines send is taken, what people type is explained, everything else is named. */
import { describe, expect, it } from 'vitest';
import { parseBuildInput } from '../../../lambdas/boundary/inputs/build.ts';
import { parseDeployInput } from '../../../lambdas/boundary/inputs/deploy.ts';
import { parseEnvironmentInput } from '../../../lambdas/boundary/inputs/environment.ts';
import { parseIntakeRequest } from '../../../lambdas/boundary/inputs/intake.ts';
import { parseNoticeInput } from '../../../lambdas/boundary/inputs/notice.ts';
import { parseProbeInput } from '../../../lambdas/boundary/inputs/probe.ts';
import { parseRolloutInput } from '../../../lambdas/boundary/inputs/rollout.ts';
import { parseSweepClusterInput, parseSweepInput } from '../../../lambdas/boundary/inputs/sweep.ts';

const execution = 'feature-x-orders-3';
const claim = { environment: 'feature-x', service: 'orders', generation: 3 };
const removal = { environment: 'feature-x', generation: 2 };
const delivery = {
  ...claim,
  kind: 'feature',
  tier: 'branch',
  branch: 'feature/<x>',
  repository: 'orders',
  commit: 'a'.repeat(40),
};
const digest = `sha256:${'b'.repeat(64)}`;
const error = { Error: 'RejectedError', Cause: '{}' };
const PARSERS = {
  intake: parseIntakeRequest,
  build: parseBuildInput,
  environment: parseEnvironmentInput,
  deploy: parseDeployInput,
  rollout: parseRolloutInput,
  notice: parseNoticeInput,
  sweep: parseSweepInput,
} as const;

describe('what a state machine sends', () => {
  it.each([
    ['intake', { action: 'look', repository: 'orders', branch: 'a$(id)' }],
    ['intake', { action: 'resume', environment: 'feature-x' }],
    ['intake', { action: 'claim-delivery', execution, input: claim }],
    ['intake', { action: 'claim-withdrawal', execution, input: claim }],
    ['intake', { action: 'claim-withdrawal', execution, input: removal }],
    ['intake', { action: 'record-name', execution, claim: delivery }],
    [
      'intake',
      {
        action: 'record-applied',
        execution,
        claim: delivery,
        digest,
        commit: 'a'.repeat(40),
        url: 'http://x/',
        side: 'blue',
      },
    ],
    ['intake', { action: 'record-failure', execution, claim, error }],
    ['intake', { action: 'record-failure', execution, claim: removal, error }],
    ['intake', { action: 'step-aside', execution, claim: { repository: 'orders', branch: 'feature/x' } }],
    ['intake', { action: 'record-withdrawn', execution, claim }],
    ['intake', { action: 'record-removed', execution, removal }],
    ['build', { action: 'claim-build', execution, delivery }],
    ['build', { action: 'explain-failure', execution, delivery, error }],
    ['build', { action: 'stop-builds', execution, claim: removal }],
    ['environment', { action: 'prepare', execution, delivery }],
    ['environment', { action: 'remove-namespace', execution, removal }],
    ['environment', { action: 'remove-orphan', execution, namespace: 'shop-feature-x' }],
    ['deploy', { action: 'apply', execution, delivery, digest, side: 'green', beside: true }],
    ['deploy', { action: 'withdraw', execution, claim }],
    ['rollout', { action: 'read-back', execution, delivery, digest, side: 'green' }],
    ['notice', { action: 'announce', what: 'building', execution, claim: delivery }],
    [
      'notice',
      { action: 'announce', what: 'failed', execution, claim: removal, failure: { kind: 'bug', reason: 'why' } },
    ],
    ['notice', { action: 'announce', what: 'removed', execution, claim: removal }],
    ['sweep', { action: 'finish', execution, questions: ['?'], failures: [] }],
  ] as const)('to %s is taken as it is: %j', (to, input) => {
    expect(PARSERS[to](input)).toEqual(input);
  });

  it('may know more than a task needs', () => {
    expect(parseIntakeRequest({ action: 'record-withdrawn', execution, claim: delivery })).toMatchObject({ claim });
    expect(parseSweepClusterInput({ action: 'compare-namespaces', execution, more: true })).toEqual({
      action: 'compare-namespaces',
      execution,
    });
  });

  it('to the probe is an address over HTTP', () => {
    const probe = { url: 'https://x.example/', commit: 'a'.repeat(40) };
    expect(parseProbeInput({ action: 'probe', execution, probe })).toMatchObject({ probe });
    expect(() =>
      parseProbeInput({ action: 'probe', execution, probe: { ...probe, url: 'file:///etc/passwd' } }),
    ).toThrow('probe.url');
  });

  it.each([
    ['an unknown action', { action: 'delete-everything', execution }, 'action'],
    ['a wrong commit', { action: 'record-name', execution, claim: { ...delivery, commit: 'main' } }, 'claim.commit'],
    ['an id that could leave its namespace', { action: 'resume', environment: '../kube-system' }, 'environment'],
    [
      'a generation that is none',
      { action: 'record-withdrawn', execution, claim: { ...claim, generation: 0 } },
      'claim.generation',
    ],
  ])('with %s is refused by the field', (_what, input, field) => {
    expect(() => parseIntakeRequest(input)).toThrow(
      expect.objectContaining({ name: 'InputError', message: expect.stringContaining(field) as unknown }),
    );
  });

  it('about a failure nobody can be named for is taken all the same', () => {
    const asked = { action: 'record-failure', execution, claim: 'nonsense', error: { Error: 'RejectedError' } };
    expect(parseIntakeRequest(asked)).toMatchObject({ claim: { environment: '' }, error: { Cause: '' } });
  });
});

describe('what a person types', () => {
  const deliver = (input: unknown) => parseIntakeRequest({ action: 'claim-delivery', execution, input });
  const withdraw = (input: unknown) => parseIntakeRequest({ action: 'claim-withdrawal', execution, input });

  it('is taken in the documented forms', () => {
    expect(deliver({ repository: 'orders', branch: 'feature/x' })).toMatchObject({ input: { branch: 'feature/x' } });
    expect(withdraw({ environment: 'feature-x' })).toMatchObject({ input: { environment: 'feature-x' } });
    expect(withdraw({ environment: 'feature-x', service: 'web' })).toMatchObject({ input: { service: 'web' } });
  });

  it.each([{}, { repo: 'orders' }, { repository: 'orders' }, { repository: 'orders', branch: '' }, 'orders', null])(
    '%j to deliver is rejected with the form that is allowed',
    (input) => {
      expect(() => deliver(input)).toThrow(
        expect.objectContaining({
          name: 'RejectedError',
          message: expect.stringContaining('{"repository": "orders"') as unknown,
        }),
      );
    },
  );

  it.each([{}, { environment: 'Feature X' }, { environment: 'a', servcie: 'web' }])(
    '%j to withdraw is rejected with the form that is allowed',
    (input) => {
      expect(() => withdraw(input)).toThrow(
        expect.objectContaining({
          name: 'RejectedError',
          message: expect.stringContaining('{"environment": "feature-login"}') as unknown,
        }),
      );
    },
  );
});
