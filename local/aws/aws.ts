/**
 * The laptop's AWS, put together: opens every service on a state directory, runs a cloud assembly in it, stops. Separate from the
 * services because only this file knows all of them.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { ImageStore } from '../image-store.ts';
import { type Account, arnOf, AwsError, type Call, type Input, person, type Service } from './api.ts';
import { callCounts } from './call-counts.ts';
import { checkAssembly, deploy, type Deployed, effectless } from './assembly/deploy.ts';
import { destroy } from './assembly/destroy.ts';
import { readAssembly } from './assembly/read-assembly.ts';
import { listenForResponses, type Responses } from './assembly/responses.ts';
import { Builds } from './codebuild/builds.ts';
import { codeBuild } from './codebuild/service.ts';
import { gitRepositories, type GitRepositories } from './codecommit/repositories.ts';
import { cloneUrl, codeCommit, referenceEvent } from './codecommit/service.ts';
import { smartHttp } from './codecommit/smart-http.ts';
import { chatMessage } from './chat.ts';
import { cloudFormation } from './cloudformation.ts';
import { cloudWatch } from './cloudwatch/service.ts';
import { Credentials, sts } from './credentials.ts';
import { deliverBy } from './delivery.ts';
import { type DynamoDb, startDynamoDb } from './dynamodb.ts';
import { blobDoor, ecr, registryDoor, type RegistryImages, storedImages } from './ecr.ts';
import { type ClusterAddress, eks } from './eks.ts';
import { EventBus } from './events.ts';
import { functionUrlPath, FunctionUrls } from './lambda/function-urls.ts';
import { Functions, lambda } from './lambda/service.ts';
import { logs } from './logs.ts';
import { parameters } from './parameters.ts';
import { Policies } from './iam/policies.ts';
import { s3 } from './s3.ts';
import { Schedules } from './schedules.ts';
import { serve } from './server.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
import { stepFunctionsApi } from './step-functions/service.ts';
import type { StateMachine } from './step-functions/executions.ts';
import type { TaskRunner } from './step-functions/run.ts';
import { taskRunner } from './tasks.ts';
import { apiCall } from './trail.ts';

/** Everything that resources are made in. */
export interface World {
  readonly dynamodb: DynamoDb;
  readonly functions: Functions;
  readonly urls: FunctionUrls;
  readonly policies: Policies;
  readonly machines: StateMachine[];
  readonly bus: EventBus;
  readonly schedules: Schedules;
  readonly sqs: ReturnType<typeof sqs>;
  readonly sns: ReturnType<typeof sns>;
  readonly builds: Builds;
  readonly repositories: GitRepositories;
  readonly ecr: ReturnType<typeof ecr>;
  readonly s3: ReturnType<typeof s3>;
  readonly eks: ReturnType<typeof eks>;
  readonly parameters: ReturnType<typeof parameters>;
  readonly responses: Responses;
  cluster(): ClusterAddress;
  /** Shows a message as people would see it. */
  readonly notice: (text: string) => void;
}

/** How the laptop's AWS is opened. */
export interface AwsOptions {
  readonly stateDirectory: string;
  readonly port: number;
  readonly account?: string;
  readonly region?: string;
  readonly log: (line: string) => void;
  readonly notice: (text: string) => void;
  /** Folder of executables that come first on a build's PATH. */
  readonly tools?: string | undefined;
  /** Variables by which a build's `docker` finds its engine. */
  readonly engine?: Readonly<Record<string, string>> | undefined;
  /** Values of secrets and, by names that begin with a slash, of parameters. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
  /** Where images are pushed to; without it, the image store of the laptop. */
  readonly registry?: RegistryImages | undefined;
  /** Waits before the second and third attempt of asynchronous invocations, in milliseconds. */
  readonly retryDelays?: readonly number[];
}

/** The laptop's AWS, open. */
export interface Aws {
  readonly account: Account;
  readonly images: ImageStore;
  readonly call: Call;
  /** All services, with their actions. */
  services(): Service[];
  /** Who presented this Kubernetes bearer token. */
  authenticate(bearer: string): Promise<{ username: string; groups: string[] } | undefined>;
  /** Runs the assembly in this folder; answers what was made and what has no effect. */
  deploy(folder: string, cluster: ClusterAddress): Promise<{ deployed: Deployed[]; withoutEffect: string[] }>;
  /** The address of a repository, which is created if it is new; says whether it has no branch yet. */
  repository(name: string): Promise<{ url: string; empty: boolean }>;
  /** Counts a call that functions made elsewhere, such as `kubernetes`, among theirs (`GET /laptop/calls`). */
  count(name: string): void;
  /** Takes back what was made outside of this machine; only `stop` may follow. */
  destroy(): Promise<void>;
  stop(): Promise<void>;
}

/** Folders of what builds use: `docker` and `aws` where there is no container engine, only `aws` where there is one. */
export const buildTools = join(import.meta.dirname, 'codebuild', 'tools', 'bin');
export const buildToolsWithEngine = join(import.meta.dirname, 'codebuild', 'tools', 'bin-with-engine');

/** Opens everything that needs no assembly. */
export async function openAws(options: AwsOptions): Promise<Aws> {
  const state = options.stateDirectory;
  mkdirSync(join(state, 'logs'), { recursive: true });
  const services = new Map<string, Service>();
  const mutable = {
    id: options.account ?? '000000000000',
    region: options.region ?? 'eu-central-1',
    endpoint: '',
    state,
    log: options.log,
  };
  const account: Account = mutable;
  const credentials = new Credentials(account);
  const policies = new Policies(account);

  const counts = callCounts();
  const call: Call = counts.counted(async (name, action, input, caller) => {
    const service = services.get(name);
    if (!service) throw new AwsError('UnknownOperationException', `The service ${name} is not on the laptop.`, 501);
    const run = service.actions[action];
    if (!run)
      throw new AwsError(
        'UnknownOperationException',
        `${name}:${action} is not supported on the laptop; supported are ${Object.keys(service.actions).join(', ')}.`,
        501,
      );
    policies.allow(caller, name, action, input);
    return run(input as never, caller);
  });
  const deliver = deliverBy(call);
  const allow = policies.allow.bind(policies);

  const repositories = gitRepositories(account);
  const images = new ImageStore(state);
  const bus = new EventBus(account, deliver, credentials);
  const pushed = (name: string, changes: Parameters<Parameters<typeof smartHttp>[1]>[1], user: string) => {
    for (const change of changes)
      bus.put(
        'aws.codecommit',
        'CodeCommit Repository State Change',
        referenceEvent(name, repositories.facts(name).id, change, person(account, user).arn),
        [arnOf(account, 'codecommit', name)],
      );
  };
  const registry = registryDoor(credentials, call, allow);
  const urls = new FunctionUrls(account);
  const doors = functionUrlPath({ account, urls, functions: () => functions, credentials, policies });
  const server = await serve({
    port: options.port,
    services: () => services,
    callerOf: credentials.callerOf,
    call,
    paths: [smartHttp(repositories, pushed), registry, blobDoor(images), doors, counts.path],
    log: options.log,
  });
  mutable.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const responses = await listenForResponses(account);
  const runtime = {
    region: account.region,
    endpoint: account.endpoint,
    modules: runtimeModules(state),
    logs: join(state, 'logs'),
    credentials,
    gateway: responses,
  };
  const functions: Functions = new Functions(account, runtime, deliver, options.retryDelays);
  const emit = (detailType: string, detail: Input, resources: string[]) =>
    void bus.put('aws.codebuild', detailType, detail, resources);
  let cluster: ClusterAddress | undefined;
  let deployed: Deployed[] = [];
  const world: World = {
    dynamodb: await startDynamoDb(account),
    functions,
    urls,
    policies,
    machines: [],
    bus,
    schedules: new Schedules(),
    sqs: sqs(account),
    sns: sns(account, deliver, (message) => {
      const read = chatMessage(message);
      if ('shown' in read) options.notice(read.shown);
    }),
    builds: new Builds({
      account,
      credentials,
      repositories,
      call,
      allow,
      emit,
      tools: options.tools,
      engine: options.engine,
    }),
    repositories,
    ecr: ecr(account, options.registry ?? storedImages(account, images), credentials),
    s3: s3(account),
    eks: eks(account, credentials),
    parameters: parameters(account, options.texts, (...event) => void bus.put(...event)),
    responses,
    cluster() {
      if (!cluster) throw new Error('there is no cluster on this laptop');
      return cluster;
    },
    notice: options.notice,
  };
  for (const service of [
    world.dynamodb.service,
    lambda(functions, urls),
    bus.service(),
    world.sqs.service,
    world.sns.service,
    codeCommit(account, repositories),
    codeBuild(account, world.builds),
    world.ecr.service,
    world.s3.service,
    world.eks.service,
    ...world.parameters.services,
    logs(account),
    cloudWatch(account),
    cloudFormation(account, () => deployed),
    sts(account, credentials, (role, caller) => policies.trusts(role, caller)),
  ])
    services.set(service.name, service);

  const sessionOf = (role: string, execution: string) =>
    credentials.session(role, execution.split(':').at(-1)?.slice(0, 64) ?? 'execution');
  // INVARIANT: a task that is under way when the laptop stops stays so in the journal; the next run begins it again.
  let stopping = false;
  const tasks: TaskRunner = async (...task) => {
    try {
      return await taskRunner({ call, sessionOf, buildEnded })(...task);
    } finally {
      if (stopping) await new Promise(() => undefined);
    }
  };
  const buildEnded = (id: string, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const ended = () => world.builds.find(id)?.buildComplete !== false;
      const forget = bus.listen(() => ended() && finish(resolve));
      const finish = (settle: () => void) => {
        forget();
        settle();
      };
      signal.addEventListener('abort', () => finish(() => reject(signal.reason as Error)));
      if (ended()) finish(resolve);
    });

  return {
    account,
    images,
    call,
    services: () => [...services.values()],
    authenticate: (bearer) => world.eks.authenticate(bearer),
    count: (name) => counts.count(name),
    async deploy(folder, address) {
      cluster = address;
      const assembly = readAssembly(folder);
      checkAssembly(assembly);
      deployed = await deploy(assembly, account, world);
      world.builds.resume();
      services.set(
        'states',
        await stepFunctionsApi({
          account,
          machines: world.machines,
          tasks,
          call,
          sessionOf,
          emit: (event) => bus.publish(event),
          told: (name, request, response, caller) =>
            void bus.put(
              'aws.states',
              'AWS API Call via CloudTrail',
              apiCall(account, { source: 'states.amazonaws.com', name, request, response }, caller),
            ),
        }),
      );
      functions.resume();
      return { deployed, withoutEffect: effectless(assembly) };
    },
    async repository(name) {
      if (!repositories.exists(name)) await repositories.create(name);
      return { url: cloneUrl(account, name), empty: (await repositories.branches(name)).length === 0 };
    },
    destroy: () => destroy(services.has('states') ? world : { ...world, machines: [] }, account, call),
    async stop() {
      stopping = true;
      world.schedules.stop();
      world.builds.stopAll();
      functions.stop();
      responses.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await world.dynamodb.stop();
    },
  };
}

/** A folder with `node_modules/@aws-sdk`, which Lambda's Node.js runtimes bring along. */
function runtimeModules(state: string): string {
  const modules = join(state, 'runtime');
  mkdirSync(join(modules, 'node_modules'), { recursive: true });
  const sdk = dirname(dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-lambda/package.json')));
  try {
    symlinkSync(sdk, join(modules, 'node_modules', '@aws-sdk'), 'dir');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return modules;
}
