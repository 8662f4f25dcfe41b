/**
 * The names under which functions fail and state machines catch.
 * Separate because both sides must use the same literals: minified class names would break `ErrorEquals`.
 */

/** Passing trouble: tried again by a named policy. */
export const TRANSIENT_ERROR = 'TransientError';
/** What the author asked for cannot be done as it is: told to the author, never tried again by itself. */
export const REJECTED_ERROR = 'RejectedError';
/** Somebody newer is responsible: ends quietly. */
export const SUPERSEDED_ERROR = 'SupersededError';

/** The three names that a function of Espalier fails with on purpose; any other name is a bug. */
export const ERROR_NAMES = [TRANSIENT_ERROR, REJECTED_ERROR, SUPERSEDED_ERROR] as const;
export type ErrorName = (typeof ERROR_NAMES)[number];

/**
 * What Lambda and Step Functions themselves report for passing trouble of theirs. A function's process that ended or took too long is
 * `Lambda.Unknown`, or the name that Lambda gives in its payload, which Step Functions passes on as it does every `errorType`.
 * Sources: https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html,
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (Sandbox.Timedout),
 * https://repost.aws/knowledge-center/lambda-runtime-error (Runtime.ExitError).
 */
export const TRANSIENT_SERVICE_ERRORS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'States.Timeout',
] as const;
