/**
 * A service this one calls. Separate because a call over the network has answers that a function call has not: nobody there, too
 * late, no JSON. All of them are values here, so that one service that is away does not take the others with it.
 */

export type Called =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What of a request goes on with the calls that it causes. */
export type Passed = Readonly<Record<string, string>>;

const TIME_LIMIT_MS = 2_000;

/**
 * The header by which a request finds back into the environment that it entered by. A tracing library (OpenTelemetry) passes it on by
 * itself; this is all it takes without one.
 */
export function passedOn(request: Request): Passed {
  const baggage = request.headers.get('baggage');
  return baggage === null ? {} : { baggage };
}

/**
 * In a branch a name may belong to another service by the next call: one that was borrowed until the own one came. A connection that is
 * kept would stay with the service it was opened to.
 */
const OF_ITS_OWN = { connection: 'close' };

/** Calls `<base><path>`. The base comes from `<NAME>_URL`, which Espalier sets for every dependency of the service file. */
export async function call(base: string, path: string, passed: Passed, body?: unknown): Promise<Called> {
  try {
    const response = await fetch(new URL(path, base), {
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
      headers: { ...OF_ITS_OWN, ...passed, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { kind: 'answered', status: response.status, body: await response.json() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { kind: 'unreachable', reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** What a called service said, as part of an answer. */
export function said(called: Called): unknown {
  return called.kind === 'answered' ? called.body : { unreachable: called.reason };
}
