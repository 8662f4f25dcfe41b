/**
 * The event that tells of an execution's start and end. Separate because rules match on exactly this shape.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
import { randomUUID } from 'node:crypto';
import type { ExecutionRecord } from './executions.ts';

/** A `Step Functions Execution Status Change` event. Times in the detail are milliseconds. */
export function statusEvent(execution: ExecutionRecord, region: string, account: string): Record<string, unknown> {
  const { executionArn, stateMachineArn, name, startDate, stopDate, input, outcome } = execution;
  const { output, error, cause } = { output: undefined, error: undefined, cause: undefined, ...outcome };
  const succeeded = outcome?.status === 'SUCCEEDED';
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account,
    time: new Date(stopDate ?? startDate).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name,
      status: outcome?.status ?? 'RUNNING',
      startDate,
      stopDate: stopDate ?? null,
      input,
      inputDetails: { included: true },
      output: succeeded ? JSON.stringify(output) : null,
      outputDetails: succeeded ? { included: true } : null,
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
