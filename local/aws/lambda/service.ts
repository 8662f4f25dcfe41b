/**
 * The Lambda API: invoke at once or asynchronously, with the retries, destinations and dead-letter queues of asynchronous
 * invocations. Separate from the processes that run the functions.
 * Rules: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type Account,
  AwsError,
  type Caller,
  type HttpAnswer,
  type Input,
  nameOf,
  type Protocol,
  type Service,
} from '../api.ts';
import type { Deliver } from '../delivery.ts';
import { restJson } from '../protocols.ts';
import { listState, removeState, writeState } from '../state-file.ts';
import type { FunctionUrls } from './function-urls.ts';
import { type FunctionDefinition, FunctionProcesses, type Outcome, type Runtime } from './processes.ts';

/** How asynchronous invocations of a function end (AWS::Lambda::EventInvokeConfig). */
export interface AsyncConfig {
  readonly retries: number;
  readonly maximumAgeSeconds: number;
  readonly onFailure?: string | undefined;
  readonly onSuccess?: string | undefined;
}

interface Pending {
  readonly function: string;
  readonly requestId: string;
  readonly payload: string;
  readonly accepted: number;
  attempts: number;
  /** Not before this time. */
  due: number;
}

/** Waits before the second and the third attempt after a function's error. */
const defaultDelays: readonly number[] = [60_000, 120_000];
const defaults: AsyncConfig = { retries: 2, maximumAgeSeconds: 21_600 };

/** The functions of this account. */
export class Functions {
  readonly #account: Account;
  readonly #runtime: Runtime;
  readonly #deliver: Deliver;
  readonly #delays: readonly number[];
  readonly #functions = new Map<string, FunctionProcesses>();
  readonly #configs = new Map<string, AsyncConfig>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What an earlier run accepted; this run's own are under way already. */
  readonly #left: readonly Pending[];
  #stopped = false;

  constructor(account: Account, runtime: Runtime, deliver: Deliver, retryDelays = defaultDelays) {
    this.#account = account;
    this.#runtime = runtime;
    this.#deliver = deliver;
    this.#delays = retryDelays;
    this.#left = [...listState<Pending>(this.#queue).values()];
  }

  /** Makes or replaces a function. */
  define(definition: FunctionDefinition): void {
    this.#functions.get(definition.name)?.stop();
    this.#functions.set(definition.name, new FunctionProcesses(definition, this.#runtime));
  }

  configureAsync(name: string, config: Partial<AsyncConfig>): void {
    this.#configs.set(name, { ...defaults, ...config });
  }

  /** Goes on with the asynchronous invocations that an earlier run accepted. */
  resume(): void {
    for (const pending of this.#left) this.#schedule(pending);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const each of this.#functions.values()) each.stop();
  }

  find(nameOrArn: string): FunctionProcesses {
    const name = /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
    const found = this.#functions.get(name);
    if (!found)
      throw new AwsError(
        'ResourceNotFoundException',
        `Function not found: arn:aws:lambda:${this.#account.region}:${this.#account.id}:function:${name}`,
        404,
      );
    return found;
  }

  names(): string[] {
    return [...this.#functions.keys()];
  }

  /** Invokes and waits for the answer. */
  async invoke(nameOrArn: string, payload: string): Promise<Outcome> {
    const target = this.find(nameOrArn);
    const { reservedConcurrency } = target.definition;
    if (reservedConcurrency !== undefined && target.active >= reservedConcurrency)
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      });
    const outcome = await target.invoke(payload);
    if (outcome.payload.length <= 6 * 1024 * 1024) return outcome;
    return {
      ...outcome,
      error: true,
      payload:
        '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}',
    };
  }

  /** Accepts the event; it is kept until the function took it or its retries are used up. */
  invokeLater(nameOrArn: string, payload: string): string {
    const { name } = this.find(nameOrArn).definition;
    const pending = {
      function: name,
      requestId: randomUUID(),
      payload,
      accepted: Date.now(),
      attempts: 0,
      due: Date.now(),
    };
    this.#schedule(pending);
    return pending.requestId;
  }

  get #queue(): string {
    return join(this.#account.state, 'lambda-queue');
  }

  #schedule(pending: Pending): void {
    if (this.#stopped) return;
    writeState(join(this.#queue, `${pending.requestId}.json`), pending);
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#attempt(pending).catch((error: unknown) =>
          this.#account.log(`lambda ${pending.function}: ${String(error)}`),
        );
      },
      Math.max(0, pending.due - Date.now()),
    );
    this.#timers.add(timer);
  }

  async #attempt(pending: Pending): Promise<void> {
    const config = this.#configs.get(pending.function) ?? defaults;
    let outcome: Outcome;
    try {
      outcome = await this.invoke(pending.function, pending.payload);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') {
        return removeState(join(this.#queue, `${pending.requestId}.json`)); // The function is no longer there.
      }
      return this.#schedule({ ...pending, due: Date.now() + 1000 });
    }
    if (this.#stopped) return; // Killed with us: the next run tries again.
    const attempts = pending.attempts + 1;
    const old = Date.now() - pending.accepted > config.maximumAgeSeconds * 1000;
    if (outcome.error && attempts <= config.retries && !old)
      return this.#schedule({ ...pending, attempts, due: Date.now() + (this.#delays[attempts - 1] ?? 0) });
    await this.#record({ ...pending, attempts }, outcome, config, old);
    removeState(join(this.#queue, `${pending.requestId}.json`));
  }

  /** Tells destinations and the dead-letter queue how it ended. */
  async #record(pending: Pending, outcome: Outcome, config: AsyncConfig, old: boolean): Promise<void> {
    const { definition } = this.find(pending.function);
    const caller = this.#runtime.credentials.session(definition.role, definition.name);
    const payload = JSON.parse(outcome.payload) as { errorMessage?: string };
    const destination = outcome.error ? config.onFailure : config.onSuccess;
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    const record = {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: pending.requestId,
        functionArn: `${definition.arn}:$LATEST`,
        condition: outcome.error ? (old ? 'EventAgeExceeded' : 'RetriesExhausted') : 'Success',
        approximateInvokeCount: pending.attempts,
      },
      requestPayload: JSON.parse(pending.payload) as unknown,
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(outcome.error && { functionError: 'Unhandled' }),
      },
      responsePayload: payload,
    };
    const tell = (arn: string, text: string, attributes?: Record<string, string>) =>
      this.#deliver(arn, text, caller, attributes).catch((error: unknown) =>
        this.#account.log(
          `lambda ${definition.name}: its record cannot be delivered to ${nameOf(arn)}: ${(error as Error).message}`,
        ),
      );
    if (destination !== undefined) await tell(destination, JSON.stringify(record));
    if (outcome.error && definition.deadLetterArn !== undefined)
      await tell(definition.deadLetterArn, pending.payload, {
        RequestID: pending.requestId,
        ErrorCode: '200',
        ErrorMessage: payload.errorMessage ?? '',
      });
  }
}

/** Invocations carry their payload as the whole body. */
const wire: Protocol = (() => {
  const rest = restJson({
    'GET /2015-03-31/functions': 'ListFunctions',
    'GET /2015-03-31/functions/{FunctionName}': 'GetFunction',
    'GET /2015-03-31/functions/{FunctionName}/configuration': 'GetFunctionConfiguration',
    'GET /2021-10-31/functions/{FunctionName}/url': 'GetFunctionUrlConfig',
  });
  return {
    read(request) {
      const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path)?.[1];
      if (name === undefined || request.method !== 'POST') return rest.read(request);
      const InvocationType = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      return {
        action: 'Invoke',
        input: { FunctionName: decodeURIComponent(name), InvocationType, Payload: request.body.toString() },
      };
    },
    write(action, output): HttpAnswer {
      if (action !== 'Invoke') return rest.write(action, output);
      const { StatusCode, Payload, FunctionError } = output as InvokeOutput;
      const headers = {
        'content-type': 'application/json',
        'X-Amz-Executed-Version': '$LATEST',
        ...(FunctionError && { 'X-Amz-Function-Error': FunctionError }),
      };
      return { status: StatusCode, headers, body: Payload };
    },
    fail: rest.fail,
  };
})();

interface InvokeOutput {
  StatusCode: number;
  FunctionError?: string;
  ExecutedVersion?: string;
  Payload: string;
}

/** The API over the functions. */
export function lambda(functions: Functions, urls: FunctionUrls): Service {
  const configuration = (name: string): Input => {
    const { definition } = functions.find(name);
    return {
      FunctionName: definition.name,
      FunctionArn: definition.arn,
      Role: definition.role,
      Handler: definition.handler,
      Runtime: definition.runtime,
      Timeout: definition.timeoutSeconds,
      MemorySize: definition.memoryMegabytes,
      Environment: { Variables: definition.environment },
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Version: '$LATEST',
    };
  };
  return {
    name: 'lambda',
    protocol: wire,
    actions: {
      async Invoke(
        input: { FunctionName: string; InvocationType?: string; Payload?: string },
        _caller: Caller,
      ): Promise<InvokeOutput> {
        const payload = input.Payload === undefined || input.Payload === '' ? '{}' : input.Payload;
        try {
          JSON.parse(payload);
        } catch (error) {
          throw new AwsError(
            'InvalidRequestContentException',
            `Could not parse request body into json: ${(error as Error).message}`,
          );
        }
        if (input.InvocationType === 'DryRun') return { StatusCode: 204, Payload: '' };
        if (input.InvocationType === 'Event') {
          functions.invokeLater(input.FunctionName, payload);
          return { StatusCode: 202, Payload: '' };
        }
        const outcome = await functions.invoke(input.FunctionName, payload);
        return {
          StatusCode: 200,
          ExecutedVersion: '$LATEST',
          Payload: outcome.payload,
          ...(outcome.error && { FunctionError: 'Unhandled' }),
        };
      },
      GetFunction: ({ FunctionName }: { FunctionName: string }) => ({
        Configuration: configuration(FunctionName),
        Code: { Location: functions.find(FunctionName).definition.directory },
      }),
      GetFunctionConfiguration: ({ FunctionName }: { FunctionName: string }) => configuration(FunctionName),
      GetFunctionUrlConfig({ FunctionName }: { FunctionName: string }) {
        const { name, arn } = functions.find(FunctionName).definition;
        const url = urls.of(name);
        if (url === undefined)
          throw new AwsError('ResourceNotFoundException', `The resource you requested does not exist.`, 404);
        return { FunctionUrl: url, FunctionArn: arn, AuthType: 'AWS_IAM', InvokeMode: 'BUFFERED' };
      },
      ListFunctions: () => ({ Functions: functions.names().map(configuration) }),
    },
  };
}
