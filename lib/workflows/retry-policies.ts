/**
 * The named policies by which tasks are tried again. Separate because a reader of a state machine should see a word, not numbers,
 * and the tests check that every task has one of these.
 */
import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { TRANSIENT_ERROR, TRANSIENT_SERVICE_ERRORS } from '../../lambdas/contracts/errors.ts';

export type RetryPolicy =
  | 'passing-trouble'
  | 'quick-look'
  | 'until-seen'
  | 'runner-busy'
  | 'service-trouble'
  | 'until-decided'
  | 'starter-busy';

/** Every policy by its name. */
export const RETRY_POLICIES: Readonly<Record<RetryPolicy, RetryProps>> = {
  /**
   * Throttling, a dead process, an API that is away for a minute. Without jitter 1 + 2 + 4 + 8 + 16 + 5 × 20 = 131 s of waiting:
   * twice the minute that a Kubernetes API may be away. Full jitter halves that on average and spreads many environments.
   */
  'passing-trouble': {
    errors: [TRANSIENT_ERROR, ...TRANSIENT_SERVICE_ERRORS],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(20),
    maxAttempts: 10,
    jitterStrategy: JitterType.FULL,
  },
  /** A look that is worth nothing when it comes late: whoever needs it goes on without, and looks again. */
  'quick-look': {
    errors: [TRANSIENT_ERROR, ...TRANSIENT_SERVICE_ERRORS],
    interval: Duration.seconds(1),
    backoffRate: 1,
    maxAttempts: 1,
  },
  /** A route that is not there yet: each attempt itself looks for 20 s, so 9 attempts are three minutes. */
  'until-seen': {
    errors: [TRANSIENT_ERROR, ...TRANSIENT_SERVICE_ERRORS],
    interval: Duration.seconds(1),
    backoffRate: 1,
    maxAttempts: 8,
  },
  /**
   * CodeBuild's own refusals, up to 10 + 20 + 40 + 60 × 3 = 250 s: inside the five minutes for which its idempotency token holds,
   * so that a build whose answer was lost is found again. A failed build (States.TaskFailed) is never tried again.
   */
  'runner-busy': {
    errors: [
      'CodeBuild.AccountLimitExceededException',
      'CodeBuild.CodeBuildException',
      'CodeBuild.AWSCodeBuildException',
      'CodeBuild.SdkClientException',
    ],
    interval: Duration.seconds(10),
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    maxAttempts: 6,
  },
  /** A function whose TransientError is its answer: only Lambda's own trouble is tried again. */
  'service-trouble': {
    errors: [...TRANSIENT_SERVICE_ERRORS],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(20),
    maxAttempts: 6,
    jitterStrategy: JitterType.FULL,
  },
  /** A state whose time limit is its wait: States.Timeout is its answer, never a reason to try again. */
  'until-decided': {
    errors: [TRANSIENT_ERROR, ...TRANSIENT_SERVICE_ERRORS.filter((name) => name !== 'States.Timeout')],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(10),
    maxAttempts: 4,
  },
  /** Step Functions itself is busy when an execution is to be started. */
  'starter-busy': {
    errors: [
      'StepFunctions.ExecutionLimitExceededException',
      'StepFunctions.SdkClientException',
      'StepFunctions.SfnException',
      'StepFunctions.ThrottlingException',
    ],
    interval: Duration.seconds(2),
    backoffRate: 2,
    maxDelay: Duration.seconds(30),
    maxAttempts: 8,
  },
};
