/**
 * The tasks that wait for their token to come back. Separate because the API settles them from outside the execution.
 */

/** How a waiting task is told what happened. */
export interface WaitingTask {
  succeed(output: unknown): void;
  fail(error: string, cause: string | undefined): void;
  heartbeat(): void;
}

/** Finds waiting tasks by token; a token that was known and is no longer waited for is closed. */
export interface TaskTokens {
  wait(token: string, task: WaitingTask): void;
  close(token: string): void;
  find(token: string): WaitingTask | 'closed' | 'unknown';
}

/** A table of tokens. */
export function createTaskTokens(): TaskTokens {
  const waiting = new Map<string, WaitingTask>();
  return {
    wait: (token, task) => void waiting.set(token, task),
    close: (token) => void waiting.delete(token),
    find: (token) => waiting.get(token) ?? (executionOfToken(token) === undefined ? 'unknown' : 'closed'),
  };
}

/** A token says which execution it belongs to, so that one of an ended execution is told from a made-up one. */
export function createToken(executionArn: string, id: string): string {
  return Buffer.from(JSON.stringify({ executionArn, id })).toString('base64url');
}

/** The execution a token was made for; undefined when it is none of ours. */
export function executionOfToken(token: string): string | undefined {
  try {
    const { executionArn } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { executionArn?: unknown };
    return typeof executionArn === 'string' ? executionArn : undefined;
  } catch {
    return undefined;
  }
}
