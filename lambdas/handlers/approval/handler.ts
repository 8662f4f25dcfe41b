/** The function `approval`, composed. */
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoPushes } from '../../adapters/dynamodb/pushes.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoApprovals, dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoStarters } from '../../adapters/dynamodb/starters.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { stepFunctionsWaiting } from '../../adapters/step-functions/waiting.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseApprovalRequest } from '../../boundary/inputs/approval-request.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { decisionRule } from '../../boundary/settings/rules.ts';
import { runApproval } from './dispatch.ts';
import type { ApprovalPorts } from './ports.ts';

const settings = loadSettings();
const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: ApprovalPorts = {
  ruleFor: (kind, decision) => decisionRule(settings, kind, decision),
  approvals: dynamoApprovals(table, now),
  starters: dynamoStarters(table, now),
  pushes: dynamoPushes(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  rollouts: dynamoRollouts(table),
  records: dynamoRecords(table, now),
  waiting: stepFunctionsWaiting(new SFNClient()),
  history: dynamoHistory(table),
  clock: systemClock,
};

export const handler = entryPoint('approval', parseApprovalRequest, (input) => runApproval(ports, input));
