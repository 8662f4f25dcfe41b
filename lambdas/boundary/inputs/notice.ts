/** Inputs of the function `notice`. */
import * as v from 'valibot';
import type { FailureAnswer, NoticeInput } from '../../contracts/inputs.ts';
import { oneOf, whole } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { approvalId, claim, delivery, environmentId, execution, removal, serviceKeyText } from './shapes.ts';
import { failureSubject } from './subject.ts';

const failure: v.GenericSchema<FailureAnswer> = v.object({
  kind: oneOf(['rejected', 'transient', 'bug']),
  reason: v.string(),
});

const layerVersion = whole(1, 99_999_999);
const takenBack = v.object({
  layer: environmentId,
  service: serviceKeyText,
  bad: layerVersion,
  instead: layerVersion,
  because: v.string(),
});

export const parseNoticeInput: (event: unknown) => NoticeInput = inputParser(
  v.variant('what', [
    v.object({ action: v.literal('announce'), what: v.literal('building'), execution, claim: delivery }),
    v.object({ action: v.literal('announce'), what: v.literal('ready'), execution, claim: delivery, url: v.string() }),
    v.object({ action: v.literal('announce'), what: v.literal('failed'), execution, claim: failureSubject, failure }),
    v.object({
      action: v.literal('announce'),
      what: v.literal('asked'),
      execution,
      claim: delivery,
      approval: approvalId,
      question: v.string(),
    }),
    v.object({ action: v.literal('announce'), what: v.literal('progress'), execution, claim: delivery }),
    v.object({ action: v.literal('announce'), what: v.literal('dark'), execution, claim: delivery }),
    v.object({ action: v.literal('announce'), what: v.literal('withdrawn'), execution, claim }),
    v.object({ action: v.literal('announce'), what: v.literal('removed'), execution, claim: removal }),
    v.object({ action: v.literal('announce'), what: v.literal('taken-back'), execution, takenBack }),
  ]),
);
