/**
 * The three entrances of the function `approval`: tasks of state machines, its function URL, and CloudTrail's events. Separate from the
 * inputs themselves, of which each knows only its own shape.
 */
import type { ApprovalInput } from '../../contracts/inputs.ts';
import { isUrlEvent, parseUrlEvent, type UrlRequest } from '../events/function-url-event.ts';
import { isStartEvent, parseStartEvent, type StartEvent } from '../events/start-event.ts';
import { parseApprovalInput } from './approval.ts';

/** Whatever the function is asked. */
export type ApprovalRequest = ApprovalInput | UrlRequest | StartEvent;

/** Parses any of them. */
export function parseApprovalRequest(event: unknown): ApprovalRequest {
  if (isUrlEvent(event)) return parseUrlEvent(event);
  return isStartEvent(event) ? parseStartEvent(event) : parseApprovalInput(event);
}
