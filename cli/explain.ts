/**
 * Any error as a sentence for the person at the terminal. Separate because what the SDK throws speaks to programmers.
 */
import { REJECTED_ERROR } from '../lambdas/contracts/errors.ts';
import { errorName } from '../lambdas/domain/errors.ts';
import { CommandError } from './command.ts';

/** Names of errors that mean one thing for people, and what to do about it. */
const KNOWN: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'No AWS credentials were found. Sign in (`aws sso login`, or AWS_PROFILE), or use --local DIR for a laptop.',
  TokenProviderError: 'The AWS session has ended. Sign in again (`aws sso login`).',
  ExpiredToken: 'The AWS session has ended. Sign in again (`aws sso login`).',
  ExpiredTokenException: 'The AWS session has ended. Sign in again (`aws sso login`).',
  ResourceNotFoundException:
    'There is no such installation in this account and region. Check AWS_REGION and AWS_PROFILE, or name it with --installation.',
};

/** What to print. Bugs keep their stack; everything expected is a sentence. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError || error.name === 'SettingsError') return error.message;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  for (const known of [error, cause]) {
    const sentence = known === undefined ? undefined : KNOWN[known.name];
    if (sentence !== undefined) return `${sentence}\n(${known?.message ?? ''})`;
  }
  if (isRefused(error) || isRefused(cause)) {
    return `Nothing answers at the AWS endpoint. If it is a laptop, start it: npm run local -- --state DIR\n(${error.message})`;
  }
  if (errorName(error) === REJECTED_ERROR) return error.message;
  if (errorName(error) !== undefined || '$metadata' in error) return `${error.name}: ${error.message}`;
  if (error.message === 'Region is missing') return 'Set AWS_REGION to the region of the installation.';
  return error.stack ?? error.message;
}

function isRefused(error: (Error & { code?: unknown }) | undefined): boolean {
  return error?.code === 'ECONNREFUSED' || error?.message.includes('ECONNREFUSED') === true;
}
