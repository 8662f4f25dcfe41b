/**
 * The Lambda runtime: runs inside each function's process, loads the handler from its bundle and answers the invocations that the
 * parent sends. Separate because it is the only file of local/ that shares a process with the functions.
 */
import https from 'node:https';
import { createRequire, flushCompileCache } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';

/** Parent to child. */
export interface Invocation {
  readonly requestId: string;
  readonly event: string;
  readonly deadline: number;
  readonly functionArn: string;
}
/** Child to parent: ready after loading, then one answer per invocation. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly payload: string; readonly fatal: boolean };

type Handler = (event: unknown, context: object) => unknown;

const { gateway } = JSON.parse(process.argv[2] ?? '{}') as { gateway: { port: number; ca: string } };
const environment = process.env;
delete environment['NODE_COMPILE_CACHE'];

/** CloudFormation's answer addresses have no port: where AWS has the internet, the laptop has this door. */
const agent = https.globalAgent as unknown as {
  createConnection(options: ConnectionOptions, ...rest: unknown[]): unknown;
};
const connect = agent.createConnection.bind(agent);
agent.createConnection = (options, ...rest) =>
  String(options.host).startsWith('cloudformation-custom-resource-response-')
    ? connect(
        { ...options, servername: String(options.host), host: '127.0.0.1', port: gateway.port, ca: gateway.ca },
        ...rest,
      )
    : connect(options, ...rest);

/** An error as the Node.js runtime of Lambda answers it. */
function shape(error: unknown, type?: string): string {
  if (error instanceof Error)
    return JSON.stringify({
      errorType: type ?? error.name,
      errorMessage: error.message,
      trace: (error.stack ?? '').split('\n'),
    });
  return JSON.stringify({ errorType: type ?? typeof error, errorMessage: String(error), trace: [] });
}

const report = (message: Report) => new Promise((resolve) => process.send?.(message, resolve));

async function die(error: unknown, type?: string): Promise<never> {
  console.error(error);
  await report({ kind: 'error', payload: shape(error, type), fatal: true });
  process.exit(1);
}

function load(): Handler {
  const [file = '', name = ''] = /^(.*)\.([^.]+)$/.exec(environment['_HANDLER'] ?? '')?.slice(1) ?? [];
  const path = ['.js', '.mjs', '.cjs']
    .map((ending) => join(environment['LAMBDA_TASK_ROOT'] ?? '', file + ending))
    .find(existsSync);
  if (path === undefined)
    throw Object.assign(new Error(`Cannot find module '${file}'`), { name: 'Runtime.ImportModuleError' });
  const handler = (createRequire(path)(path) as Record<string, unknown>)[name];
  if (typeof handler !== 'function')
    throw Object.assign(new Error(`${file}.${name} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  return handler as Handler;
}

async function answer(handler: Handler, { requestId, event, deadline, functionArn }: Invocation): Promise<void> {
  const name = environment['AWS_LAMBDA_FUNCTION_NAME'];
  const context = {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(JSON.parse(event), context);
    await report({ kind: 'result', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    console.error(error);
    await report({ kind: 'error', payload: shape(error), fatal: false });
  }
}

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole terminal: the parent decides when functions end.
process.on('SIGINT', () => undefined);
process.on('uncaughtException', (error) => void die(error));
process.on('unhandledRejection', (reason) => void die(reason, 'Runtime.UnhandledPromiseRejection'));
try {
  const handler = load();
  process.on('message', (invocation: Invocation) => void answer(handler, invocation));
  await report({ kind: 'ready' });
  // This process will be killed, not end: what it compiled is kept for the next one now.
  flushCompileCache();
} catch (error) {
  await die(error);
}
