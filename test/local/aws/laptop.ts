/**
 * A laptop's AWS for one test: an assembly, opened on a state directory of its own. Separate because every test of local/aws begins
 * like this.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Template } from '../../../local/aws/assembly/read-assembly.ts';
import { type Aws, openAws } from '../../../local/aws/aws.ts';
import type { RegistryImages } from '../../../local/aws/ecr.ts';

const run = promisify(execFile);

/** An open laptop. */
export interface Laptop {
  readonly aws: Aws;
  readonly state: string;
  readonly notices: string[];
  readonly lines: string[];
  /** Configuration for any SDK client; a person's by default. */
  readonly client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** Runs git in a folder, as a person would. */
  git(folder: string, ...parameters: string[]): Promise<string>;
  /** A new clone of a repository with one commit of these files on `main`, pushed. */
  repository(name: string, files: Record<string, string>): Promise<string>;
}

/** Runs one stack `Test`, with folders as assets by key; everything is stopped and removed when the test ends. */
export async function withLaptop(
  assembly: Template & { assets?: Record<string, string> },
  test: (laptop: Laptop) => Promise<void>,
  options: { state?: string; tools?: string; retryDelays?: number[]; registry?: RegistryImages } = {},
): Promise<void> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'laptop-'));
  const out = join(state, 'cdk.out');
  writeAssembly(out, assembly);
  const lines: string[] = [];
  const notices: string[] = [];
  const aws = await openAws({
    stateDirectory: state,
    port: 0,
    log: (line) => lines.push(line),
    notice: (text) => notices.push(text),
    ...(options.tools !== undefined && { tools: options.tools }),
    ...(options.registry && { registry: options.registry }),
    ...(options.retryDelays && { retryDelays: options.retryDelays }),
  });
  const git = async (folder: string, ...parameters: string[]) => {
    const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'init.defaultBranch=main'];
    return (await run('git', [...identity, ...parameters], { cwd: folder })).stdout;
  };
  const client = {
    endpoint: aws.account.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  try {
    await aws.deploy(out, { endpoint: 'https://127.0.0.1:1', certificateAuthority: 'PEM' });
    await test({
      aws,
      state,
      notices,
      lines,
      client,
      git,
      async repository(name, files) {
        const folder = join(state, 'clones', name);
        mkdirSync(folder, { recursive: true });
        const { url } = await aws.repository(name);
        await git(folder, 'clone', '--quiet', url, '.');
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), text);
        }
        await git(folder, 'add', '-A');
        await git(folder, 'commit', '--quiet', '--message', 'first');
        await git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
        return folder;
      },
    });
  } finally {
    await aws.stop();
    if (options.state === undefined) rmSync(state, { recursive: true, force: true });
  }
}

function writeAssembly(
  folder: string,
  { assets = {}, ...template }: Template & { assets?: Record<string, string> },
): void {
  const files = Object.entries(assets).map(([objectKey, path]) => [
    objectKey,
    { source: { path: relative(folder, path), packaging: 'zip' }, destinations: { here: { objectKey } } },
  ]);
  const artifacts = {
    'Test.assets': { type: 'cdk:asset-manifest', properties: { file: 'Test.assets.json' } },
    Test: { type: 'aws:cloudformation:stack', properties: { stackName: 'Test', templateFile: 'Test.template.json' } },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(folder, 'Test.assets.json'), JSON.stringify({ files: Object.fromEntries(files) }));
  writeFileSync(join(folder, 'Test.template.json'), JSON.stringify(template));
}

/** A policy document of these Allow statements: `[actions, resources]` each. */
export function allowing(...statements: [string | string[], string | object][]): object {
  return {
    Version: '2012-10-17',
    Statement: statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
  };
}

/** A role that this service may assume, with these statements. */
export function role(
  service: string,
  ...statements: [string | string[], string | object][]
): { Type: string; Properties: Record<string, unknown> } {
  const trust = {
    Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
  };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: 'Own', PolicyDocument: allowing(...statements) }],
    },
  };
}

/** A queue to which EventBridge may send, and the rule that does. */
export function eventsToQueue(pattern: object): Template['Resources'] & object {
  const send = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: { 'Fn::GetAtt': ['Events', 'Arn'] },
  };
  return {
    Events: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'events' } },
    EventsPolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Events' }], PolicyDocument: { Statement: [send] } },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: pattern, Targets: [{ Id: 'Queue', Arn: { 'Fn::GetAtt': ['Events', 'Arn'] } }] },
    },
  };
}

/** Waits until the condition gives something; fails with what was seen after ten seconds. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, what = 'it'): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`${what} did not happen within ten seconds`);
}
