/** The function `sweep`, composed. */
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoSweepStates } from '../../adapters/dynamodb/sweep-states.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { snsNotices } from '../../adapters/sns/notices.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseSweepInput } from '../../boundary/inputs/sweep.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { branchRules } from '../../boundary/settings/rules.ts';
import { runSweep } from './dispatch.ts';
import type { SweepPorts } from './sweep-ports.ts';

const now = () => systemClock.now();
const settings = loadSettings();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const ports: SweepPorts = {
  rules: {
    installation: settings.installation,
    repositories: settings.repositories,
    branches: branchRules(settings),
    removalsPerRun: settings.sweep.removalsPerRun,
    headsPerRun: settings.sweep.headsPerRun,
  },
  records: dynamoRecords(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  states: dynamoSweepStates(table),
  notices: snsNotices(new SNSClient(), variable(process.env, 'noticeTopic')),
  clock: systemClock,
};

export const handler = entryPoint('sweep', parseSweepInput, (input) => runSweep(ports, input));
