/** The function `notice`, composed. */
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoLayers } from '../../adapters/dynamodb/layers.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoApprovals, dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { snsNotices } from '../../adapters/sns/notices.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseNoticeInput } from '../../boundary/inputs/notice.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { decisionRule } from '../../boundary/settings/rules.ts';
import { announce } from './announce.ts';
import type { NoticePorts } from './notice-ports.ts';

const settings = loadSettings();
const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: NoticePorts = {
  installation: variable(process.env, 'installation'),
  decideMachine: variable(process.env, 'decideMachine'),
  ruleFor: (kind, decision) => decisionRule(settings, kind, decision),
  rollouts: dynamoRollouts(table),
  approvals: dynamoApprovals(table, now),
  records: dynamoRecords(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  history: dynamoHistory(table),
  layers: dynamoLayers(table),
  notices: snsNotices(new SNSClient(), variable(process.env, 'noticeTopic')),
};

export const handler = entryPoint('notice', parseNoticeInput, (input) => announce(ports, input));
