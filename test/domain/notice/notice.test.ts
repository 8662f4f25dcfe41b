/** Messages to people: harmless whatever is in them, and understandable without knowing the source. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import { block, code, plain, visible } from '../../../lambdas/domain/notice/escape.ts';
import {
  failedMessage,
  readyMessage,
  removedMessage,
  buildingMessage,
} from '../../../lambdas/domain/notice/messages.ts';
import { duration, notification, threadOf } from '../../../lambdas/domain/notice/notice.ts';
import { readTaskError } from '../../../lambdas/domain/task-error.ts';

const HOSTILE = [
  '<!channel>',
  '<@U123>',
  '<https://evil.example|click>',
  '`code`',
  '```',
  '*bold*',
  '\u202etxt.exe',
  '&lt;',
];

describe('text from outside', () => {
  it.each(HOSTILE)('%s is no mention, link or format', (text) => {
    for (const shown of [plain(text), code(text), block(text)]) {
      expect(shown).not.toMatch(/<[!@#h]/);
      expect(shown).not.toMatch(/\u202e/);
    }
    expect(code(text).slice(1, -1)).not.toContain('`');
    expect(block(text).slice(3, -3)).not.toContain('`');
  });

  it('never contains a bracket, a control character or an unescaped ampersand, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(plain(text)).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
        expect(code(text)).not.toMatch(/[<>\n]/);
        expect(visible(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it('stays readable when it is harmless', () => {
    expect(plain('Fix the 2nd login')).toBe('Fix the 2nd login');
    expect(code('feature/login')).toBe('`feature/login`');
  });
});

describe('a message', () => {
  const record = newRecord('feature-x', 'feature', 'feature/<!channel>', 0);
  const about = { record, service: 'orders', commit: 'a'.repeat(40), story: { author: 'Ada', title: 'Fix <b>' } };

  it('has exactly the shape that the chat takes', () => {
    const notice = notification(threadOf('shop', record), buildingMessage(about));
    expect(notice).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'orders is on its way to feature-x',
        description: [
          'Branch `feature/&lt;!channel&gt;`',
          'Commit `aaaaaaaaaa` Fix &lt;b&gt; (Ada)',
          'It is built, deployed and checked now; the link follows.',
        ].join('\n'),
      },
      metadata: { threadId: 'shop-feature-x-1', summary: 'orders is on its way to feature-x', eventType: 'building' },
    });
  });

  it('of readiness gives the link and how long each step took', () => {
    const steps = [
      { message: 'Built aaaaaaaa', took: 61_000 },
      { message: 'No time' },
      { message: 'Deployed', took: 1_240 },
    ];
    const { lines } = readyMessage({ ...about, url: 'http://orders.localhost/', steps });
    expect(lines.slice(1)).toEqual([
      'http://orders.localhost/',
      'Commit `aaaaaaaaaa` Fix &lt;b&gt; (Ada)',
      '• Built aaaaaaaa: 1 min 1 s',
      '• Deployed: 1.2 s',
    ]);
  });

  it('of a failure says what keeps serving and what to do', () => {
    const failure = { kind: 'rejected', reason: 'espalier.yaml:3:1: prot: unknown key' } as const;
    const message = failedMessage({
      record,
      service: 'orders',
      what: 'deliver',
      story: undefined,
      failure,
      triedAgain: false,
      serving: 'b'.repeat(40),
    });
    expect(message.title).toBe('orders could not be delivered to feature-x');
    expect(message.lines.join('\n')).toContain('espalier.yaml:3:1: prot: unknown key');
    expect(message.lines.at(-1)).toBe('Commit `bbbbbbbbbb` keeps serving.');
    expect(message.nextSteps?.[0]).toBe('Mend what is said above and push again.');
  });

  it('of a failure that passes asks for nothing', () => {
    const failure = { kind: 'transient', reason: 'throttled' } as const;
    const message = failedMessage({
      record,
      service: 'orders',
      what: 'deliver',
      story: undefined,
      failure,
      triedAgain: true,
    });
    expect(message.nextSteps?.[0]).toMatch(/^Nothing:/);
  });

  it('of a removal by hand says how the environment comes back', () => {
    const desired = { kind: 'absent', because: 'by-hand', since: 0 } as const;
    const orders = { repository: 'orders', generation: 1, desired, touched: false, held: 'a'.repeat(40) };
    expect(removedMessage({ ...record, services: { orders } }).lines.at(-1)).toContain('comes back with the next push');
  });

  it('says durations as people do', () => {
    expect([450, 9_960, 61_000, 3_599_600].map(duration)).toEqual(['0.5 s', '10.0 s', '1 min 1 s', '60 min 0 s']);
  });
});

describe('the error of a task', () => {
  const cause = (errorMessage: string): string => JSON.stringify({ errorType: 'x', errorMessage, trace: [] });

  it.each([
    ['RejectedError', 'rejected'],
    ['TransientError', 'transient'],
    ['Lambda.TooManyRequestsException', 'transient'],
    ['States.Timeout', 'transient'],
    ['CodeBuild.AccountLimitExceededException', 'transient'],
    ['TypeError', 'bug'],
    ['States.Runtime', 'bug'],
    ['States.QueryEvaluationError', 'bug'],
  ])('%s is %s', (name, kind) => {
    expect(readTaskError({ Error: name, Cause: cause('why') }).kind).toBe(kind);
  });

  it.each(['ABORTED', 'TIMED_OUT'])('of an execution that was waited for and is %s is tried again', (Status) => {
    const Cause = JSON.stringify({ Name: 'feature-x-orders-2', Status });
    expect(readTaskError({ Error: 'States.TaskFailed', Cause })).toEqual({
      kind: 'transient',
      reason: 'The execution feature-x-orders-2, which was waited for, was stopped before it had ended.',
    });
  });

  it('gives the reason of the function, not its envelope', () => {
    expect(readTaskError({ Error: 'RejectedError', Cause: cause('no such file') }).reason).toBe('no such file');
  });

  it('is read whatever the cause is', () => {
    for (const Cause of ['', 'null', '17', '{', '{"errorMessage": 5}', 'x'.repeat(40_000)]) {
      const { reason } = readTaskError({ Error: 'RejectedError', Cause });
      expect(reason.length).toBeLessThanOrEqual(1_500);
    }
  });
});
