/**
 * What a refusal of the Kubernetes API means for us: passing trouble, or something that a person must change.
 * Separate because this is the one place where the API's errors become ours.
 */
import { RejectedError, TransientError } from '../../domain/errors.ts';
import type { ApiResponse } from './connection.ts';

interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
}

/** Refused for missing rights. A role that was bound a moment ago is known to every API server a little later. */
const MISSING_RIGHT = /User ".*" cannot /;
/** Server-side apply answers 500 to fields and values that do not fit the kind: asking again would not help. */
const UNTYPED = /^failed to create typed patch object /;
const GOING = /is being terminated|being deleted/;
const NO_NAMESPACE = /namespaces ".*" not found/;

/** The error for an answer that is no success. `what` says what was tried, such as `Deployment orders-blue`. */
export function translateRefusal(what: string, response: ApiResponse): TransientError | RejectedError {
  const said: ApiStatus = typeof response.body === 'object' && response.body !== null ? response.body : {};
  const message = said.message ?? `status ${String(response.status)}`;
  const passing = (reason: string) => new TransientError(`${reason} (${what}): ${message}`);
  const refused = () => new RejectedError(`The cluster refused ${what}: ${message}`);
  switch (response.status) {
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return refused();
    case 401:
      return passing('The cluster did not accept our token');
    case 403:
      if (MISSING_RIGHT.test(message)) return passing('The cluster does not let us do this yet');
      return GOING.test(message) ? passing('The namespace is still being removed') : refused();
    case 404:
      return NO_NAMESPACE.test(message) ? passing('The namespace does not exist') : refused();
    case 409:
      // A conflict of field owners stays until somebody decides; one of versions is over at the next attempt.
      return said.details?.causes?.some(({ reason }) => reason === 'FieldManagerConflict') === true
        ? refused()
        : passing('Somebody changed the same object at the same time');
    default:
      if (UNTYPED.test(message)) return refused();
      return passing(`The Kubernetes API answered ${String(response.status)}`);
  }
}
