/** Messages about rollouts: what people read, what they paste, and that nothing in it can act on a chat. */
import { describe, expect, it } from 'vitest';
import type { DecisionRule } from '../../../lambdas/domain/approval/decision-rules.ts';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { startPage } from '../../../lambdas/domain/notice/console.ts';
import { notification, type Message } from '../../../lambdas/domain/notice/notice.ts';
import { decisionMessage, progressMessage } from '../../../lambdas/domain/notice/rollout-messages.ts';
import type { Rollout } from '../../../lambdas/domain/rollout/rollout.ts';
import { WITH_APPROVAL } from '../../workflows/rollout-plans.ts';

const arnIn = (partition: string, region: string): string =>
  `arn:${partition}:states:${region}:123456789012:stateMachine:espalier-decide-approval`;
const RULE: DecisionRule = {
  group: { name: 'leads', members: ['arn:aws:iam::123456789012:role/Leads'] },
  approvals: 2,
  notByAuthor: true,
};
const ROLLOUT: Rollout = {
  plan: WITH_APPROVAL,
  candidate: { side: 'green', commit: 'b'.repeat(40), digest: 'sha256:b' },
  stable: { side: 'blue', commit: 'a'.repeat(40), digest: 'sha256:a' },
  phase: 'stepping',
  step: 1,
  stepSince: 0,
  startedAt: 0,
  shifted: { candidatePercent: 10, at: 0 },
  pausedFor: 0,
  stableReplicas: 2,
  deadline: 600_000,
  tally: NO_TALLY,
};
const about = {
  record: newRecord('pre-release', 'pre-release', 'main', 0),
  service: 'orders',
  commit: 'b'.repeat(40),
  story: { author: 'Ada <!here>', title: 'Ask `twice` <!channel>' },
};
const asked = (change: Partial<Parameters<typeof decisionMessage>[0]> = {}): Message =>
  decisionMessage({
    ...about,
    question: 'Does it look <!channel> well?',
    rollout: ROLLOUT,
    approval: '0123456789ab',
    machine: arnIn('aws', 'eu-central-1'),
    until: Date.UTC(2030, 0, 2, 3, 4),
    ruleFor: (word) => (word === 'reject' ? { approvals: 1, notByAuthor: false } : RULE),
    ...change,
  });
const textOf = ({ title, lines, nextSteps = [] }: Message): string => [title, ...lines, ...nextSteps].join('\n');

describe('the message that asks', () => {
  it('holds weights, until when, who may, the page, and the exact input to paste', () => {
    const text = textOf(asked());
    expect(text).toContain('10 % of the requests are on this version (green), 90 % on `aaaaaaaaaa`');
    expect(text).toContain('Until 2030-01-02 03:04 UTC. Without an answer by then it returns to what served before.');
    expect(text).toContain('May approve: 2 of the group leads, never the author of the commit.');
    expect(text).toContain('May reject: everybody who may call Espalier.');
    expect(text).toContain('`{"approval":"0123456789ab","decision":"approve"}`');
    expect(text).toContain('`npx espalier decide 0123456789ab reject`');
  });

  it('lets nothing hostile act', () => {
    const text = textOf(asked());
    expect(text).not.toMatch(/<!/);
    expect(text).toContain('&lt;!channel&gt;');
  });

  it.each([
    ['aws', 'eu-central-1', 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#'],
    ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#'],
    [
      'aws-us-gov',
      'us-gov-west-1',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#',
    ],
  ])('links to the state machine in the console of %s', (partition, region, begin) => {
    const arn = arnIn(partition, region);
    expect(startPage(arn)).toBe(`${begin}/statemachines/view/${arn}`);
    expect(textOf(asked({ machine: arn }))).toContain(startPage(arn));
  });
});

describe('the message about progress', () => {
  it('shows weights, what was done and measured, where it is and what comes next', () => {
    const told = ['10 % of the requests to green', 'Step 2 of 3: ask (success-rate 99.8 %)'];
    const text = textOf(progressMessage({ ...about, rollout: ROLLOUT, told }));
    expect(text).toContain('orders in pre-release: 10 % of the requests on the new version');
    expect(text).toContain('• Step 2 of 3: ask (success-rate 99.8 %)');
    expect(text).toContain('Now step 2 of 3: ask: Does it look well?');
    expect(text).toContain('Then: 100 % of the requests');
  });
});

describe('a message that is too long', () => {
  it('keeps whole lines, says that more was left out, and fits what Slack shows', () => {
    const lines = Array.from({ length: 200 }, (_, line) => `line ${String(line)} ${'x'.repeat(40)}`);
    const { content } = notification('thread', { title: 't'.repeat(400), lines, eventType: 'ready' });
    expect(content.title.length).toBe(150);
    expect(content.description.length).toBeLessThanOrEqual(3_000);
    expect(content.description).toMatch(/^line 0 .*\n… and more, see npx espalier events$/s);
  });
});
