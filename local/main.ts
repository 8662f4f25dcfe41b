/**
 * `npm run local -- --state DIR [--settings FILE] [--secrets FILE]`: this machine as an AWS account with a cluster, running what `cdk deploy` would
 * deploy. With `--cluster KUBECONFIG --registry HOST[:PORT]` the cluster is a real one (local/README.md). Separate from its parts,
 * which it starts, connects and stops.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openAws } from './aws/aws.ts';
import { ownCluster, type PlanOptions } from './cluster-plan.ts';
import { exampleRepositories } from './examples.ts';
import { existingCluster } from './existing-cluster/existing-cluster.ts';
import { readTexts } from './aws/parameters.ts';
import { choosePorts, lock } from './state-directory.ts';
import { synthesize } from './synthesize.ts';

const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-central-1';
const account = '000000000000';

const started = performance.now();
const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '.espalier' },
    settings: { type: 'string' },
    cluster: { type: 'string' },
    registry: { type: 'string' },
    gateway: { type: 'string' },
    secrets: { type: 'string' },
    'leave-nothing': { type: 'boolean', default: false },
  },
});
const directory = resolve(values.state);

/** What must be stopped, the newest first. */
const stops: (() => unknown)[] = [];
let stopping = false;
/** Milliseconds within which a second signal is the same Ctrl-C, heard from the terminal and from whoever started us. */
const echo = 1_000;
let askedAt = 0;

async function stop(code: number): Promise<void> {
  if (stopping) {
    if (Date.now() - askedAt > echo) process.exit(130); // A second Ctrl-C does not wait.
    return;
  }
  stopping = true;
  askedAt = Date.now();
  let failed = false;
  for (const each of stops.toReversed()) {
    try {
      await each();
    } catch (error) {
      console.error(error);
      failed = true;
    }
  }
  process.exit(failed ? 1 : code);
}

/** Operators' lines go to the log file and, shortened, to the terminal. */
function log(line: string): void {
  if (stopping) return;
  appendFileSync(join(directory, 'logs', 'laptop.log'), `${new Date().toISOString()} ${line}\n`);
  console.log(`  · ${line.length > 400 ? `${line.slice(0, 400)}…` : line}`);
}

function notice(text: string): void {
  console.log(`\n┃ ${text.replaceAll('\n', '\n┃ ')}\n`);
}

/** The cluster that was asked for. */
async function plan(options: PlanOptions) {
  const { cluster: kubeconfig, registry, gateway } = values;
  if (kubeconfig === undefined && registry === undefined && gateway === undefined) return ownCluster(options);
  if (kubeconfig === undefined || registry === undefined)
    throw new Error(
      'A real cluster needs both --cluster KUBECONFIG and --registry HOST[:PORT], from which it pulls images; --gateway belongs to them.',
    );
  return existingCluster({ ...options, kubeconfig, registry, gateway });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

try {
  stops.push(lock(directory));
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const ports = await choosePorts(directory, log);
  console.log(`Synthesizing the stacks and starting on ${directory} …`);
  const { context, builds, start } = await plan({ directory, ports, log });
  const synthesis = synthesize({ directory, account, region, context, settings: values.settings });
  synthesis.catch(() => undefined);

  const aws = await openAws({
    stateDirectory: directory,
    port: ports.aws,
    account,
    region,
    log,
    notice,
    texts: values.secrets === undefined ? undefined : readTexts(values.secrets),
    ...builds,
  });
  stops.push(() => aws.stop());
  const cluster = await start(aws);
  stops.push(() => cluster.stop());

  if (values['leave-nothing']) {
    stops.push(() => cluster.clear?.());
    stops.push(() => aws.destroy());
    stops.push(() => console.log('Taking out of the cluster and the registry what this laptop put there …'));
  }
  const { deployed, withoutEffect } = await aws.deploy(await synthesis, cluster);
  console.log(`Without effect on a laptop:\n${withoutEffect.map((line) => `  ${line}`).join('\n')}`);
  const git = await exampleRepositories(aws, directory);
  const endpoints = {
    aws: aws.account.endpoint,
    region,
    git,
    gateway: cluster.gatewayAddress,
    kubeconfig: cluster.kubeconfigPath,
  };
  writeFileSync(join(directory, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);

  const [repository = 'orders', url = ''] =
    Object.entries(git).find(([name]) => name === 'orders') ?? Object.entries(git)[0] ?? [];
  console.log(`
Ready after ${((performance.now() - started) / 1000).toFixed(1)} s: ${deployed.map(({ stack }) => stack).join(', ')}.

  an environment   git clone ${url} && cd ${repository} && git push origin HEAD:refs/heads/feature/login
  what runs        npx espalier environments --local ${values.state}
  the cluster      kubectl --kubeconfig ${cluster.kubeconfigPath} get namespaces
  the workflows    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=${region} \\
                   aws --endpoint-url ${aws.account.endpoint} stepfunctions list-state-machines
  logs             ${join(directory, 'logs')}
  addresses        ${join(directory, 'endpoints.json')}

Notices appear here as people would see them. Ctrl-C stops everything; the same --state goes on.
`);
} catch (error) {
  if (!stopping) console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
