/** The function `approval`, composed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoApprovals, dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { stepFunctionsWaiting } from '../../adapters/step-functions/waiting.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseApprovalInput } from '../../boundary/inputs/approval.ts';
import { runApproval } from './dispatch.ts';
import type { ApprovalPorts } from './ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: ApprovalPorts = {
  approvals: dynamoApprovals(table, now),
  rollouts: dynamoRollouts(table),
  records: dynamoRecords(table, now),
  waiting: stepFunctionsWaiting(new SFNClient()),
  history: dynamoHistory(table),
  clock: systemClock,
};

export const handler = entryPoint('approval', parseApprovalInput, (input) => runApproval(ports, input));
