/**
 * Inputs of the function `intake`: tasks, and raw events of EventBridge. Separate from events, which say more than we use.
 */
import * as v from 'valibot';
import type { IntakeInput } from '../../contracts/inputs.ts';
import { parseBranchEvent, type BranchEvent } from '../events/branch-event.ts';
import { branchName, commit, repositoryName } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { approvalId, claim, delivery, digest, environmentId, execution, removal, side, taskError } from './shapes.ts';
import { failureSubject, parseDeliverInput, parseWithdrawInput } from './subject.ts';

const action = v.variant('action', [
  v.object({ action: v.literal('look'), repository: repositoryName, branch: branchName }),
  v.object({ action: v.literal('resume'), environment: environmentId }),
  v.object({
    action: v.literal('claim-delivery'),
    execution,
    input: v.pipe(v.unknown(), v.transform(parseDeliverInput)),
  }),
  v.object({
    action: v.literal('claim-withdrawal'),
    execution,
    input: v.pipe(v.unknown(), v.transform(parseWithdrawInput)),
  }),
  v.object({ action: v.literal('record-name'), execution, claim: delivery }),
  v.object({ action: v.literal('record-applied'), execution, claim: delivery, digest, commit, side, url: v.string() }),
  v.object({ action: v.literal('record-dark'), execution, claim: delivery, digest, side }),
  v.object({ action: v.literal('roll-back'), execution, claim, approval: approvalId }),
  v.object({ action: v.literal('deliver-again'), execution, claim, approval: approvalId }),
  v.object({ action: v.literal('want-before'), execution, claim: delivery }),
  v.object({ action: v.literal('record-failure'), execution, claim: failureSubject, error: taskError }),
  v.object({ action: v.literal('step-aside'), execution, claim: failureSubject }),
  v.object({ action: v.literal('record-withdrawn'), execution, claim }),
  v.object({ action: v.literal('record-removed'), execution, removal }),
]);

const parseAction: (event: unknown) => IntakeInput = inputParser(action);

/** A task of a state machine, or an event about a branch. */
export type IntakeRequest = IntakeInput | BranchEvent;

/** Parses either; throws for what is neither, so that it ends in the dead-letter queue. */
export function parseIntakeRequest(event: unknown): IntakeRequest {
  const isTask = typeof event === 'object' && event !== null && 'action' in event;
  return isTask ? parseAction(event) : parseBranchEvent(event);
}
