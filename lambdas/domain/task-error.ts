/**
 * Reads what Step Functions says about a failed task. Separate because every failure of a workflow passes through here on its way
 * into the record and to people.
 */
import { REJECTED_ERROR, SUPERSEDED_ERROR, TRANSIENT_ERROR, TRANSIENT_SERVICE_ERRORS } from '../contracts/errors.ts';
import type { FailureAnswer, TaskError } from '../contracts/inputs.ts';

/** Reasons are read in chats and kept in records: longer ones are cut. */
const LONGEST_REASON = 1_500;

/** What kind of failure it was and its reason in words. */
export function readTaskError(error: TaskError): FailureAnswer {
  const inner = error.Error === 'States.TaskFailed' ? failedExecution(error.Cause) : undefined;
  if (inner?.kind === 'failed') return readTaskError(inner);
  if (inner?.kind === 'stopped') {
    return {
      kind: 'transient',
      reason: cut(`The execution ${inner.name}, which was waited for, was stopped before it had ended.`),
    };
  }
  const said = saidBy(error.Cause);
  if (error.Error === REJECTED_ERROR) return { kind: 'rejected', reason: cut(said) };
  if (error.Error === TRANSIENT_ERROR || error.Error === SUPERSEDED_ERROR)
    return { kind: 'transient', reason: cut(said) };
  if (error.Error === 'States.Timeout') {
    return { kind: 'transient', reason: 'A step got no answer within its time limit.' };
  }
  const service = (TRANSIENT_SERVICE_ERRORS as readonly string[]).includes(error.Error);
  if (service || /^(Lambda|CodeBuild)\./.test(error.Error)) {
    return { kind: 'transient', reason: cut(`${error.Error}${said === '' ? '' : `: ${said}`}`) };
  }
  return {
    kind: 'bug',
    reason: cut(
      `Espalier itself failed (${error.Error}${said === '' ? '' : `: ${said}`}). This is not the fault of the commit.`,
    ),
  };
}

/**
 * What ended an execution that was started and waited for: its description, as JSON.
 * Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
function failedExecution(
  cause: string,
): ({ readonly kind: 'failed' } & TaskError) | { readonly kind: 'stopped'; readonly name: string } | undefined {
  try {
    const { Error: name, Cause, Name, Status } = JSON.parse(cause) as Readonly<Record<string, unknown>>;
    if (Status === 'ABORTED' || Status === 'TIMED_OUT') return { kind: 'stopped', name: String(Name) };
    if (typeof name !== 'string') return undefined;
    return { kind: 'failed', Error: name, Cause: typeof Cause === 'string' ? Cause : '' };
  } catch {
    return undefined;
  }
}

/** The message inside a function's Cause, which is JSON; else the Cause as it is. */
export function saidBy(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    const message =
      typeof parsed === 'object' && parsed !== null ? (parsed as { errorMessage?: unknown }).errorMessage : undefined;
    return typeof message === 'string' ? message : cause;
  } catch {
    return cause;
  }
}

function cut(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1)}…` : reason;
}
