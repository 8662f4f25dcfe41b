/**
 * From the SDK's errors to the three names, once. Separate because every adapter of AWS translates alike: what passes by itself is
 * transient, everything else that an adapter does not expect is a bug and keeps its own name.
 */
import { TransientError } from '../../domain/errors.ts';

/** The parts of an SDK error that we read. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: unknown;
  readonly $fault?: 'client' | 'server';
  readonly code?: string;
}

/** Names under which services refuse for now. Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const PASSING = [
  'AccountLimitExceededException',
  'InternalServerError',
  'LimitExceededException',
  'NetworkingError',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
];

/** A repository's key is somebody else's matter, and may be there again tomorrow. */
const KEY_TROUBLE = /^Encryption(Key|Integrity)\w*Exception$/;

/** Codes of connections that could not be made or broke. */
const BROKEN = ['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'];

/** Runs a call; passing trouble becomes a TransientError that says what was tried. */
export async function translated<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (isPassing(error)) throw new TransientError(`${what}: ${error.name}: ${error.message}`, { cause: error });
    throw error;
  }
}

function isPassing(error: unknown): error is ServiceError {
  if (!(error instanceof Error)) return false;
  const { $metadata, $retryable, $fault, code, name } = error as ServiceError;
  return (
    PASSING.includes(name) ||
    KEY_TROUBLE.test(name) ||
    (code !== undefined && BROKEN.includes(code)) ||
    isUnreadable(error) ||
    $retryable !== undefined ||
    $fault === 'server' ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}

/**
 * The service answered, and not in its protocol. CodeCommit throttles like this, in XML, of which the SDK says no more than that it is no JSON.
 * Source: https://github.com/boto/boto3/issues/3663, https://github.com/hashicorp/terraform-provider-aws/issues/7075
 */
function isUnreadable({ name, $metadata }: ServiceError): boolean {
  return name === 'SyntaxError' && $metadata?.httpStatusCode !== undefined;
}
