/**
 * `npm run local -- --state DIR [--settings FILE]`: this machine as an AWS account with a cluster, running what `cdk deploy` would
 * deploy. Separate from its parts, which it starts, connects and stops.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTools, openAws } from './aws/aws.ts';
import { startCluster } from './cluster/cluster.ts';
import { exampleRepositories } from './examples.ts';
import { choosePorts, lock } from './state-directory.ts';
import { synthesize } from './synthesize.ts';

const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-central-1';
const account = '000000000000';

const started = performance.now();
const { values } = parseArgs({
  options: { state: { type: 'string', default: '.espalier' }, settings: { type: 'string' } },
});
const directory = resolve(values.state);

/** What must be stopped, the newest first. */
const stops: (() => unknown)[] = [];
let stopping = false;

async function stop(code: number): Promise<never> {
  if (stopping) process.exit(130); // A second Ctrl-C does not wait.
  stopping = true;
  for (const each of stops.toReversed()) {
    try {
      await each();
    } catch (error) {
      console.error(error);
    }
  }
  process.exit(code);
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

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

try {
  stops.push(lock(directory));
  mkdirSync(join(directory, 'logs'), { recursive: true });
  const ports = await choosePorts(directory, log);
  const gatewayAddress = `127.0.0.1:${ports.gateway}`;
  console.log(`Synthesizing the stacks and starting on ${directory} …`);
  const synthesis = synthesize({ directory, account, region, gatewayAddress, settings: values.settings });
  synthesis.catch(() => undefined);

  const aws = await openAws({
    stateDirectory: directory,
    port: ports.aws,
    account,
    region,
    tools: buildTools,
    log,
    notice,
  });
  stops.push(() => aws.stop());
  const cluster = await startCluster({
    stateDirectory: join(directory, 'cluster'),
    apiPort: ports.kubernetes,
    gatewayPort: ports.gateway,
    authenticate: (bearer) => aws.authenticate(bearer),
    images: aws.images,
    log,
  });
  stops.push(() => cluster.stop());

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
  logs             ${join(dirname(cluster.kubeconfigPath), '..', 'logs')}
  addresses        ${join(directory, 'endpoints.json')}

Notices appear here as people would see them. Ctrl-C stops everything; the same --state goes on.
`);
} catch (error) {
  if (!stopping) console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
