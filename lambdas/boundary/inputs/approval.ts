/**
 * Inputs of the function `approval`. Separate from the others because people type half of them, and a typing error deserves a
 * sentence about what is allowed.
 */
import * as v from 'valibot';
import type { ApprovalInput } from '../../contracts/inputs.ts';
import { DECISIONS, type DecideInput } from '../../contracts/payloads.ts';
import { RejectedError } from '../../domain/errors.ts';
import { found, oneOf } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { approvalId, execution } from './shapes.ts';

const decideInput: v.GenericSchema<unknown, DecideInput> = v.strictObject({
  approval: approvalId,
  decision: oneOf(DECISIONS),
  comment: v.exactOptional(v.pipe(v.string(), v.maxLength(1_000))),
});

/** What a person decided; throws RejectedError with the allowed form. */
export function parseDecideInput(input: unknown): DecideInput {
  const parsed = v.safeParse(decideInput, input);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
  throw new RejectedError(
    `This decision cannot be read: ${found(input)} (${problems.join('; ')}). Start it with {"approval": "0123456789ab", "decision": "approve", "comment": "…"}; decisions are ${DECISIONS.join(', ')}.`,
  );
}

const decided = v.pipe(v.unknown(), v.transform(parseDecideInput));

export const parseApprovalInput: (event: unknown) => ApprovalInput = inputParser(
  v.variant('action', [
    v.object({ action: v.literal('wait'), execution, approval: approvalId, token: v.string() }),
    v.object({ action: v.literal('decide'), execution, input: decided }),
    v.object({ action: v.literal('wait-for-starter'), execution, token: v.string() }),
    v.object({ action: v.literal('decide-as-starter'), execution, input: decided }),
  ]),
);
