/**
 * A decision by the function URL: the caller is known, and gets an answer of HTTP. Separate from deciding, which knows no HTTP.
 */
import type { DecideAnswer } from '../../contracts/inputs.ts';
import type { DecideInput } from '../../contracts/payloads.ts';
import { decideApproval } from './decide-approval.ts';
import type { ApprovalPorts } from './ports.ts';

/** A request as it was read at the boundary. */
export interface CallerAsked {
  readonly by: string;
  readonly asked:
    | { readonly kind: 'decision'; readonly input: DecideInput }
    | { readonly kind: 'unreadable'; readonly reason: string };
}

/** What a function URL makes an HTTP answer of. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Decides, and answers 200 when it counts, 409 when it does not, 400 when it cannot be read. */
export async function answerCaller(ports: ApprovalPorts, { by, asked }: CallerAsked): Promise<HttpAnswer> {
  if (asked.kind === 'unreadable') return answer(400, { kind: 'refused', reason: asked.reason });
  const decided = await decideApproval(ports, asked.input, { kind: 'person', arn: by });
  return answer(decided.kind === 'taken' || decided.kind === 'counted' ? 200 : 409, decided);
}

function answer(statusCode: number, body: DecideAnswer): HttpAnswer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
