/** The function `build`, composed. */
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECRClient } from '@aws-sdk/client-ecr';
import { S3Client } from '@aws-sdk/client-s3';
import { variable } from '../../adapters/aws/variables.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { codeBuildRunner } from '../../adapters/codebuild/build-runner.ts';
import { cloneUrl } from '../../adapters/codecommit/clone-url.ts';
import { codeCommitBranches } from '../../adapters/codecommit/branches.ts';
import { dynamoBuilds } from '../../adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../../adapters/dynamodb/history.ts';
import { dynamoRecords } from '../../adapters/dynamodb/records.ts';
import { dynamoTable } from '../../adapters/dynamodb/table.ts';
import { ecrImages } from '../../adapters/ecr/images.ts';
import { s3Charts } from '../../adapters/s3/charts.ts';
import { parseChart } from '../../boundary/chart/chart.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseBuildInput } from '../../boundary/inputs/build.ts';
import { parseServiceFile } from '../../boundary/service-file/service-file.ts';
import { loadSettings } from '../../boundary/settings/load-settings.ts';
import { branchRules, imageLimits } from '../../boundary/settings/rules.ts';
import type { BuildPorts } from './build-ports.ts';
import { runBuild } from './dispatch.ts';

const now = () => systemClock.now();
const settings = loadSettings();
const table = dynamoTable(new DynamoDBClient(), variable(process.env, 'table'));
const imageRepository = variable(process.env, 'imageRepository');
const region = variable(process.env, 'AWS_REGION');
const ports: BuildPorts = {
  rules: {
    branches: branchRules(settings),
    timeoutMinutes: settings.builds.timeoutMinutes,
    imageLimits: imageLimits(settings),
    imageRepository,
    cloneUrl: (repository) => cloneUrl(region, repository),
  },
  records: dynamoRecords(table, now),
  branches: codeCommitBranches(new CodeCommitClient()),
  builds: dynamoBuilds(table, now),
  buildRunner: codeBuildRunner(new CodeBuildClient(), variable(process.env, 'buildProject')),
  images: ecrImages(new ECRClient(), imageRepository),
  history: dynamoHistory(table),
  charts: s3Charts(new S3Client(), variable(process.env, 'archive')),
  clock: systemClock,
  parseServiceFile,
  parseChart,
};

export const handler = entryPoint('build', parseBuildInput, (input) => runBuild(ports, input));
