/**
 * What Step Functions calls in the rest of the account: the integrations our templates use, as the machine's role, with the names
 * of errors and members as Step Functions gives them. Separate from the interpreter, which knows no service.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
 */
import { AwsError, type Call, type Caller, type Input } from './api.ts';
import type { TaskRunner } from './step-functions/run.ts';

/** Services by the name in a resource: name in the credential scope, prefix of errors, whether members begin in lower case. */
const integrations: Readonly<Record<string, { service: string; errors: string; camel?: boolean }>> = {
  lambda: { service: 'lambda', errors: 'Lambda' },
  dynamodb: { service: 'dynamodb', errors: 'DynamoDB' },
  sns: { service: 'sns', errors: 'Sns' },
  sqs: { service: 'sqs', errors: 'Sqs' },
  events: { service: 'events', errors: 'EventBridge' },
  eventbridge: { service: 'events', errors: 'EventBridge' },
  codebuild: { service: 'codebuild', errors: 'CodeBuild', camel: true },
  codecommit: { service: 'codecommit', errors: 'CodeCommit', camel: true },
  ecr: { service: 'ecr', errors: 'Ecr', camel: true },
  eks: { service: 'eks', errors: 'Eks', camel: true },
  sfn: { service: 'states', errors: 'Sfn', camel: true },
  s3: { service: 's3', errors: 'S3' },
  ssm: { service: 'ssm', errors: 'Ssm' },
};

/** Members with the case of their first letter changed, and times in milliseconds. */
function recase(value: unknown, change: (first: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => recase(item, change));
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [change(key[0] ?? '') + key.slice(1), recase(inner, change)]),
  );
}
const lower = (value: unknown) => recase(value, (first) => first.toLowerCase()) as Input;
const upper = (value: unknown) => recase(value, (first) => first.toUpperCase()) as Input;
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What tasks need. */
export interface TaskOptions {
  readonly call: Call;
  readonly sessionOf: (role: string, execution: string) => Caller;
  /** Waits until the build has ended. */
  readonly buildEnded: (id: string, signal: AbortSignal) => Promise<void>;
}

/** Runs the resources of Task states. */
export function taskRunner({ call, sessionOf, buildEnded }: TaskOptions): TaskRunner {
  return async (resource, given, context) => {
    const caller = sessionOf(context.roleArn, context.executionArn);
    const args = (given ?? {}) as Input;
    if (resource.startsWith('arn:aws:lambda:')) return (await invoke(resource, args, caller)).Payload;
    const [, sdk, name = '', action = '', pattern] =
      /^arn:aws:states:::(aws-sdk:)?(\w+):(\w+)(?:\.(\w+(?::2)?))?$/.exec(resource) ?? [];
    const integration = integrations[name];
    if (!integration || (pattern !== undefined && pattern !== 'waitForTaskToken' && pattern !== 'sync'))
      throw { name: 'States.Runtime', cause: `The resource ${resource} is not supported on the laptop.` };
    if (name === 'lambda' && action === 'invoke') {
      const result = await invoke(String(args['FunctionName']), args['Payload'], caller, args['InvocationType']);
      return { ...result, SdkHttpMetadata: { HttpStatusCode: result.StatusCode } };
    }
    const { service, errors, camel = false } = integration;
    const ask = async (operation: string, input: Input) => {
      try {
        const output = await call(service, operation, camel ? lower(input) : input, caller);
        return (camel ? upper(output) : recase(output ?? {}, (first) => first)) as Input;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const code = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`;
        throw { name: `${errors}.${code}`, cause: error.message };
      }
    };
    const operation = (action[0] ?? '').toUpperCase() + action.slice(1);
    if (name === 'sns' || name === 'sqs')
      for (const member of ['Message', 'MessageBody'])
        if (args[member] !== undefined) args[member] = text(args[member]);
    if (name === 'events' || name === 'eventbridge')
      args['Entries'] = ((args['Entries'] ?? []) as Input[]).map((entry) => ({
        ...entry,
        Detail: text(entry['Detail']),
      }));
    if (sdk === undefined && name === 'codebuild' && pattern === 'sync' && operation === 'StartBuild')
      return build(args, ask, context);
    if (pattern === 'sync')
      throw { name: 'States.Runtime', cause: `The resource ${resource} is not supported on the laptop.` };
    return ask(operation, args);
  };

  async function invoke(
    FunctionName: string,
    payload: unknown,
    caller: Caller,
    InvocationType: unknown = 'RequestResponse',
  ) {
    const output = await call(
      'lambda',
      'Invoke',
      { FunctionName, InvocationType, Payload: JSON.stringify(payload ?? {}) },
      caller,
    ).catch((error: unknown) => {
      if (error instanceof AwsError) throw { name: `Lambda.${error.code}`, cause: error.message };
      throw error;
    });
    const { StatusCode, Payload, FunctionError, ExecutedVersion } = output as {
      StatusCode: number;
      Payload: string;
      FunctionError?: string;
      ExecutedVersion?: string;
    };
    if (FunctionError === undefined)
      return { StatusCode, ExecutedVersion, Payload: Payload === '' ? {} : (JSON.parse(Payload) as unknown) };
    const { errorType } = JSON.parse(Payload) as { errorType?: string };
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: time-outs and crashes are Lambda.Unknown or the runtime's name.
    throw { name: errorType === undefined || errorType === '' ? 'Lambda.Unknown' : errorType, cause: Payload };
  }

  /** Starts the build, waits for its end, stops it when nobody waits any more. */
  async function build(
    args: Input,
    ask: (operation: string, input: Input) => Promise<Input>,
    { submission, submitted, signal }: Parameters<TaskRunner>[2],
  ): Promise<unknown> {
    const started = (submission ?? (await ask('StartBuild', args))) as { Build: { Id: string } };
    if (submission === undefined) submitted(started);
    const { Id } = started.Build;
    try {
      await buildEnded(Id, signal);
    } catch (error) {
      await ask('StopBuild', { Id });
      throw error;
    }
    const {
      Builds: [ended],
    } = (await ask('BatchGetBuilds', { Ids: [Id] })) as { Builds: [Input] };
    if (ended['BuildStatus'] !== 'SUCCEEDED')
      throw { name: 'States.TaskFailed', cause: JSON.stringify({ Build: ended }) };
    return { Build: ended };
  }
}
