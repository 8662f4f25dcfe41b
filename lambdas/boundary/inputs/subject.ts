/**
 * What an execution acts for: what Espalier saved and started, or what a person typed into the console.
 * Separate because a person's input deserves a sentence about what is allowed, and a failure has to be told for either.
 */
import * as v from 'valibot';
import type { FailureSubject } from '../../contracts/inputs.ts';
import type { DeliverByHandInput, DeliverInput, WithdrawByHandInput, WithdrawInput } from '../../contracts/payloads.ts';
import { RejectedError } from '../../domain/errors.ts';
import { found, repositoryName, branchName } from '../values.ts';
import { claim, environmentId, removal, serviceKeyText } from './shapes.ts';

const byHandDelivery = v.strictObject({
  repository: repositoryName,
  branch: branchName,
  despiteAlarms: v.exactOptional(v.literal(true)),
});
const byHandWithdrawal = v.strictObject({ environment: environmentId, service: v.exactOptional(serviceKeyText) });

const DELIVER_HELP =
  'Start it with {"repository": "orders", "branch": "feature/login"} to deliver the head of that branch again; with "despiteAlarms": true although alarms fire.';
const WITHDRAW_HELP =
  'Start it with {"environment": "feature-login"} to remove that environment, or with {"environment": "feature-login", "service": "orders"} to withdraw one service; both hold until the next push.';

/** Input of an execution of *deliver service*; throws RejectedError with the allowed forms. */
export function parseDeliverInput(input: unknown): DeliverInput | DeliverByHandInput {
  return parseByHand(input, v.union([claim, byHandDelivery]), byHandDelivery, DELIVER_HELP);
}

/** Input of an execution of *withdraw service*; throws RejectedError with the allowed forms. */
export function parseWithdrawInput(input: unknown): WithdrawInput | WithdrawByHandInput {
  // A claim knows more than a removal: the more special form first.
  return parseByHand(input, v.union([claim, removal, byHandWithdrawal]), byHandWithdrawal, WITHDRAW_HELP);
}

function parseByHand<Output>(
  input: unknown,
  schema: v.GenericSchema<unknown, Output>,
  byHand: v.GenericSchema,
  help: string,
): Output {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const problems = (v.safeParse(byHand, input).issues ?? []).map(
    (issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`,
  );
  throw new RejectedError(`This input cannot be used: ${found(input)} (${problems.join('; ')}). ${help}`);
}

/** Whom a failure concerns, from the most to the least special; anything else concerns nobody we know. */
export const failureSubject: v.GenericSchema<unknown, FailureSubject> = v.union([
  claim,
  removal,
  v.object({ repository: v.string(), branch: v.string() }),
  v.object({ environment: v.string(), service: v.exactOptional(v.string()) }),
  v.pipe(
    v.unknown(),
    v.transform(() => ({ environment: '' })),
  ),
]);
