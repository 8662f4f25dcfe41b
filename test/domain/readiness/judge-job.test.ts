/** What an author is told about a job that failed. */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { expect, it } from 'vitest';
import { judgeJob } from '../../../lambdas/domain/readiness/judge-job.ts';

const FAILED: Job = { status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] } };

it('that wrote more than it may hears so, although its container was only killed', () => {
  const pod: Pod = {
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Pod ephemeral local storage usage exceeds the total limit of containers 16Mi. ',
      containerStatuses: [
        {
          name: 'service',
          image: 'orders',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 137, message: 'half way' } },
        },
      ],
    },
  };
  expect(judgeJob(FAILED, [pod], '5m')).toEqual({
    kind: 'failed',
    because: expect.stringMatching(
      /^it wrote more than it may \(Pod .* of containers 16Mi\)\. Raise `resources\.disk`.*The end of its log:\nhalf way$/s,
    ) as string,
  });
});
