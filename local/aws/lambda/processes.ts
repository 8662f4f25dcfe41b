/**
 * The processes of one function: warm ones are used again, more are started while all are busy, idle ones end. Separate from the
 * API because this is what AWS calls the execution environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../credentials.ts';
import type { Invocation, Report } from './bootstrap.ts';

/** A function as the template declares it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  readonly handler: string;
  readonly runtime: string;
  /** The unpacked bundle. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly reservedConcurrency?: number | undefined;
  readonly deadLetterArn?: string | undefined;
}

/** What an invocation gave: the payload is JSON text; an error's has AWS's shape. */
export interface Outcome {
  readonly error: boolean;
  readonly payload: string;
  readonly requestId: string;
}

/** What every function's processes share. */
export interface Runtime {
  readonly region: string;
  readonly endpoint: string;
  /** Folder with `node_modules/@aws-sdk`: real runtimes bring the SDK. */
  readonly modules: string;
  readonly logs: string;
  readonly credentials: Credentials;
  /** Where CloudFormation's answer addresses lead. */
  readonly gateway: { readonly port: number; readonly ca: string };
}

/** More would only wait for the same cores; they wait for each other's sockets, so it is more than cores. */
const mostProcesses = 12;
/** How long a call waits for a busy process to become free before another is started: about what a start costs. */
const patienceMilliseconds = 100;
const idleMilliseconds = 20_000;
const initMilliseconds = 10_000;

interface Worker {
  readonly child: ChildProcess;
  /** Settles the invocation under way. */
  settle: ((outcome: { error: boolean; payload: string }) => void) | undefined;
  idle?: NodeJS.Timeout;
}

/** Runs invocations of one function, each in a process of its own while it lasts. */
export class FunctionProcesses {
  readonly definition: FunctionDefinition;
  readonly #runtime: Runtime;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #active = 0;
  #starting = 0;
  #stopped = false;

  constructor(definition: FunctionDefinition, runtime: Runtime) {
    this.definition = definition;
    this.#runtime = runtime;
  }

  /** Invocations under way, as reserved concurrency counts them. */
  get active(): number {
    return this.#active;
  }

  async invoke(event: string, requestId: string = randomUUID()): Promise<Outcome> {
    this.#active += 1;
    try {
      const worker = await this.#acquire().catch((error: unknown) => (error as Error).message);
      if (typeof worker === 'string') return { error: true, payload: worker, requestId };
      return { ...(await this.#run(worker, event, requestId)), requestId };
    } finally {
      this.#active -= 1;
    }
  }

  /** Ends all processes; whoever still waits for one gets an error, and no other is started. */
  stop(): void {
    this.#stopped = true;
    for (const { child } of this.#all) child.kill('SIGKILL');
  }

  async #run(worker: Worker, event: string, requestId: string): Promise<{ error: boolean; payload: string }> {
    const { timeoutSeconds, arn } = this.definition;
    const started = Date.now();
    void this.#log(`START RequestId: ${requestId} Version: $LATEST\n`);
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<{ error: boolean; payload: string }>((resolve) => {
      worker.settle = resolve;
      timer = setTimeout(() => {
        resolve(
          failure(
            'Sandbox.Timedout',
            `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds}.00 seconds`,
          ),
        );
        worker.child.kill('SIGKILL');
      }, timeoutSeconds * 1000);
      const invocation: Invocation = { requestId, event, deadline: started + timeoutSeconds * 1000, functionArn: arn };
      worker.child.send(invocation, (error) => error && resolve(exit(requestId, 'exit status 1')));
    });
    clearTimeout(timer);
    worker.settle = undefined;
    void this.#log(
      `END RequestId: ${requestId}\nREPORT RequestId: ${requestId} Duration: ${Date.now() - started} ms\n`,
    );
    if (this.#all.has(worker) && worker.child.connected && !worker.child.killed) this.#release(worker);
    return outcome;
  }

  async #acquire(): Promise<Worker> {
    const warm = this.#idle.pop();
    if (warm) {
      clearTimeout(warm.idle);
      return warm;
    }
    if (this.#all.size + this.#starting === 0) return this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      const grow = () => {
        if (!this.#waiting.includes(resolve)) return;
        if (this.#all.size + this.#starting >= mostProcesses) {
          setTimeout(grow, patienceMilliseconds);
          return;
        }
        this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
        this.#start().then(resolve, reject);
      };
      setTimeout(grow, patienceMilliseconds);
    });
  }

  #release(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next) return next(worker);
    this.#idle.push(worker);
    worker.idle = setTimeout(() => {
      if (this.#idle.length > 1) this.#idle.splice(this.#idle.indexOf(worker), 1).forEach(({ child }) => child.kill());
    }, idleMilliseconds).unref();
  }

  async #start(): Promise<Worker> {
    if (this.#stopped) throw new Error(failure('Runtime.ExitError', 'Error: The function was stopped').payload);
    this.#starting += 1;
    const { name, memoryMegabytes, role } = this.definition;
    const keys = this.#runtime.credentials.issue(this.#runtime.credentials.session(role, name));
    const bootstrap = join(import.meta.dirname, 'bootstrap.ts');
    const child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${Math.floor(memoryMegabytes * 0.9)}`,
        bootstrap,
        JSON.stringify({ gateway: this.#runtime.gateway }),
      ],
      { cwd: this.definition.directory, env: this.#environment(keys), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    child.stdout?.on('data', (chunk: Buffer) => void this.#log(chunk));
    child.stderr?.on('data', (chunk: Buffer) => void this.#log(chunk));
    const worker: Worker = { child, settle: undefined };
    this.#all.add(worker);
    this.#starting -= 1;
    const ready = new Promise<Worker>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(failure('Sandbox.Timedout', 'Error: Init timed out after 10.00 seconds').payload));
        child.kill('SIGKILL');
      }, initMilliseconds);
      child.on('message', (report: Report) => {
        if (report.kind === 'ready') {
          clearTimeout(timer);
          return resolve(worker);
        }
        if (report.kind === 'error' && report.fatal) {
          clearTimeout(timer);
          reject(new Error(report.payload));
        }
        worker.settle?.({ error: report.kind === 'error', payload: report.payload });
      });
      child.once('error', (error) => reject(new Error(failure('Runtime.ExitError', error.message).payload)));
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        this.#all.delete(worker);
        if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1);
        this.#runtime.credentials.revoke(keys);
        const gone = exit('-', signal === null ? `exit status ${code}` : `signal: ${signal}`);
        worker.settle?.(gone);
        reject(new Error(gone.payload));
      });
    });
    return ready;
  }

  /** The template's variables and those that Lambda itself sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
  #environment(keys: ReturnType<Credentials['issue']>): NodeJS.ProcessEnv {
    const { name, handler, runtime, directory, memoryMegabytes, environment } = this.definition;
    return {
      ...environment,
      _HANDLER: handler,
      AWS_REGION: this.#runtime.region,
      AWS_DEFAULT_REGION: this.#runtime.region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: name,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
      AWS_ENDPOINT_URL: this.#runtime.endpoint,
      LAMBDA_TASK_ROOT: directory,
      NODE_PATH: join(this.#runtime.modules, 'node_modules'),
      // Taken away again by the bootstrap: for the start of the process only, which it makes a third shorter.
      NODE_COMPILE_CACHE: join(this.#runtime.modules, 'compiled'),
      PATH: process.env['PATH'],
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
    };
  }

  #log(text: string | Buffer): Promise<void> {
    return appendFile(join(this.#runtime.logs, `${this.definition.name}.log`), text).catch(() => undefined);
  }
}

function failure(errorType: string, errorMessage: string): { error: true; payload: string } {
  return { error: true, payload: JSON.stringify({ errorType, errorMessage }) };
}

function exit(requestId: string, how: string): { error: true; payload: string } {
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: ${how}`);
}
