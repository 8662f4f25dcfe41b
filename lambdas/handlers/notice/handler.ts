/** The function `notice`, composed. */
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { snsNotices } from '../../adapters/sns/notices.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseNoticeInput } from '../../boundary/inputs/notice.ts';
import { announce } from './announce.ts';
import type { NoticePorts } from './notice-ports.ts';

const now = () => systemClock.now();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: NoticePorts = {
  installation: variable(process.env, 'installation'),
  decideLink: variable(process.env, 'decideLink'),
  records: dynamoRecords(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  history: dynamoHistory(table),
  notices: snsNotices(new SNSClient(), variable(process.env, 'noticeTopic')),
};

export const handler = entryPoint('notice', parseNoticeInput, (input) => announce(ports, input));
