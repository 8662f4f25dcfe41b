/**
 * The world of the commands: an AWS account by the SDK's own rules, or a laptop by its directory. The only place of the command line
 * that makes clients.
 */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EKSClient } from '@aws-sdk/client-eks';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../lambdas/adapters/clock/system-clock.ts';
import { dynamoBuilds } from '../lambdas/adapters/dynamodb/builds.ts';
import { dynamoHistory } from '../lambdas/adapters/dynamodb/history.ts';
import { dynamoLayers } from '../lambdas/adapters/dynamodb/layers.ts';
import { dynamoRecords } from '../lambdas/adapters/dynamodb/records.ts';
import { dynamoRollouts } from '../lambdas/adapters/dynamodb/rollouts.ts';
import { dynamoTable } from '../lambdas/adapters/dynamodb/table.ts';
import { eksClusters } from '../lambdas/adapters/eks/eks-clusters.ts';
import { urlDecisions } from '../lambdas/adapters/lambda/url-decisions.ts';
import { stepFunctionsWorkflows } from '../lambdas/adapters/step-functions/workflows.ts';
import { parseSettings } from '../lambdas/boundary/settings/settings.ts';
import { tableName } from '../lambdas/contracts/stages.ts';
import { CommandError, type World } from './command.ts';
import { printable, type Output } from './terminal.ts';

/** Where the installation is. */
export interface Place {
  readonly installation: string;
  /** State directory of a laptop; without it the SDK's rules: profile, region, AWS_ENDPOINT_URL. */
  readonly local?: string;
  /** Path of the settings file; it may be missing. */
  readonly settings: string;
}

/** What clients are made with. */
interface ClientOptions {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Opens it; nothing is called before a command does. */
export async function openWorld(place: Place, output: Output): Promise<World> {
  const options: ClientOptions = place.local === undefined ? {} : await laptopOptions(place.local);
  const table = dynamoTable(new DynamoDBClient(options), tableName(place.installation));
  return {
    records: dynamoRecords(table, () => systemClock.now()),
    history: dynamoHistory(table),
    rollouts: dynamoRollouts(table),
    builds: dynamoBuilds(table, () => systemClock.now()),
    layers: dynamoLayers(table),
    workflows: stepFunctionsWorkflows(new SFNClient(options), place.installation),
    decisions: urlDecisions(new LambdaClient(options), place.installation),
    clusters: eksClusters(new EKSClient(options)),
    clock: systemClock,
    output,
    text: (path) => readFile(path, 'utf8').catch(ifMissing),
    author: () => process.env['AWS_PROFILE'] ?? userInfo().username,
    async settings() {
      const text = await readFile(place.settings, 'utf8').catch(ifMissing);
      return text === undefined ? undefined : parseSettings(text, place.settings);
    },
  };
}

async function laptopOptions(directory: string): Promise<ClientOptions> {
  const text = await readFile(join(directory, 'endpoints.json'), 'utf8').catch(ifMissing);
  if (text === undefined) {
    throw new CommandError(
      `There is no laptop in ${printable(directory)} (no endpoints.json). Start one: npm run local -- --state ${printable(directory)}`,
    );
  }
  const { aws, region } = JSON.parse(text) as { readonly aws: string; readonly region: string };
  // `local-ann` is somebody called ann, for trying out what takes several people.
  const { AWS_ACCESS_KEY_ID: person = '' } = process.env;
  const accessKeyId = person.startsWith('local-') ? person : 'local';
  return { endpoint: aws, region, credentials: { accessKeyId, secretAccessKey: 'local' } };
}

function ifMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
