/** The function `intake`, composed. */
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { machines, variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeBuildRunner } from '../../adapters/codebuild/build-runner.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoPushes } from '../../adapters/dynamodb/pushes.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoApprovals, dynamoRollouts } from '../../adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { snsNotices } from '../../adapters/sns/notices.ts';
import { stepFunctionsExecutions } from '../../adapters/step-functions/executions.ts';
import { stepFunctionsWaiting } from '../../adapters/step-functions/waiting.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseIntakeRequest } from '../../boundary/inputs/intake.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { branchRules } from '../../boundary/settings/rules.ts';
import { runIntake } from './dispatch.ts';
import type { IntakePorts } from './intake-ports.ts';

const now = () => systemClock.now();
const settings = loadSettings();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const sfn = new SFNClient();
const ports: IntakePorts = {
  rules: {
    installation: settings.installation,
    repositories: settings.repositories,
    branches: branchRules(settings),
    components: settings.components,
  },
  records: dynamoRecords(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  builds: dynamoBuilds(table, now),
  buildRunner: codeBuildRunner(new CodeBuildClient(), variable(process.env, 'buildProject')),
  executions: stepFunctionsExecutions(sfn, {
    'deliver-service': machines(process.env, 'deliverMachines'),
    'withdraw-service': machines(process.env, 'withdrawMachines'),
  }),
  rollouts: dynamoRollouts(table),
  approvals: dynamoApprovals(table, now),
  waiting: stepFunctionsWaiting(sfn),
  pushes: dynamoPushes(table, now),
  history: dynamoHistory(table),
  notices: snsNotices(new SNSClient(), variable(process.env, 'noticeTopic')),
  clock: systemClock,
};

export const handler = entryPoint('intake', parseIntakeRequest, (input) => runIntake(ports, input));
