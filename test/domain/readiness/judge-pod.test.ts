/** What an author is told about a pod that will never serve. */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { describe, expect, it } from 'vitest';
import { judgePod } from '../../../lambdas/domain/readiness/judge-pod.ts';

function crashed(message: string | undefined, exitCode = 1): Pod {
  return {
    metadata: { name: 'orders-blue-1' },
    status: {
      containerStatuses: [
        {
          name: 'service',
          image: 'orders',
          imageID: '',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode, ...(message !== undefined && { message }) } },
        },
      ],
    },
  };
}

function because(pod: Pod): string {
  const verdict = judgePod(pod);
  return verdict.kind === 'never' ? verdict.because : verdict.kind;
}

describe('a pod that crashes', () => {
  it.each([
    [
      'Node.js',
      "file:///app/src/main.ts:1\nthrow new Error('no database');\n^\n\nError: no database\n    at main.ts:1\n\nNode.js v24\n",
      'Error: no database',
    ],
    [
      'Python',
      'Traceback (most recent call last):\n  File "main.py", line 1\nValueError: no database\n',
      'ValueError: no database',
    ],
    ['Go', 'panic: no database\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x2d\n', 'panic: no database'],
    ['a shell', 'starting\nno database, giving up\n', 'no database, giving up'],
  ])('is told with the line of its log that says why: %s', (_language, log, line) => {
    expect(because(crashed(log))).toBe(`Pod orders-blue-1: it crashes: exit code 1, 3 restarts. Its log says: ${line}`);
  });

  it('is told with a bounded part of a long line', () => {
    expect(because(crashed(`Error: ${'x'.repeat(10_000)}`)).length).toBeLessThan(400);
  });

  it('without a log is told what may have happened', () => {
    expect(because(crashed(undefined, 137))).toContain('it may have been stopped for not answering on its health path');
  });
});
