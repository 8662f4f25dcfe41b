/**
 * Which action on which resource a request needs: the service authorization reference as far as the laptop has services.
 * Separate because it is the only part that knows the services' inputs.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import { AwsError, nameOf, type Account, type Input } from '../api.ts';
import { secretName, secretResource } from '../secret-names.ts';
import { executionOfToken } from '../step-functions/task-tokens.ts';
import type { Question } from './policies.ts';

/** The resources of a request: ARNs without `arn:aws:`; region and account go where `::` is left out by `own`. */
type ResourcesOf = (
  input: Input,
  operation: string,
  own: (service: string, rest: string) => string,
) => readonly string[];

interface Rule {
  /** Resource of operations that are not in `operations`. */
  readonly resource: ResourcesOf;
  /** Operations with another resource or action; `[]` needs no permission. */
  readonly operations?: Readonly<Record<string, ResourcesOf | readonly string[]>>;
  readonly actions?: Readonly<Record<string, string>>;
  readonly context?: (input: Input) => Question['context'];
}

const any: ResourcesOf = () => ['*'];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const arnOr = (value: unknown, arn: (name: string) => string): string =>
  text(value).startsWith('arn:') ? text(value) : arn(text(value));
const one =
  (service: string, field: string, prefix: string): ResourcesOf =>
  (input, _, own) => [arnOr(input[field], (name) => own(service, `${prefix}${name}`))];

const table = (name: unknown, index: unknown, own: Parameters<ResourcesOf>[2]): string =>
  arnOr(name, (short) => own('dynamodb', `table/${short}`)) + (index === undefined ? '' : `/index/${text(index)}`);
const tables: ResourcesOf = (input, _, own) =>
  Object.keys((input.RequestItems ?? {}) as Input).map((name) => table(name, undefined, own));
const repositories =
  (service: string, prefix = ''): ResourcesOf =>
  (input, _, own) =>
    [input.repositoryNames ?? input.repositoryName ?? []].flat().map((name) => own(service, `${prefix}${text(name)}`));
/** A project is given by name or ARN, a build as `project:id` or ARN. */
const project: ResourcesOf = (input, _, own) =>
  [input.projectName ?? input.ids ?? input.id ?? input.names ?? []]
    .flat()
    .map((name) => own('codebuild', `project/${text(name).split('/').at(-1)?.split(':')[0]}`));
const machineOfToken: ResourcesOf = (input) => {
  const execution = executionOfToken(text(input.taskToken)) ?? '*';
  return [execution.replace(':execution:', ':stateMachine:').replace(/:[^:]*$/, '')];
};
const object: ResourcesOf = (input) => [`arn:aws:s3:::${text(input.Bucket)}/${text(input.Key)}`];
const bucket: ResourcesOf = (input) => [`arn:aws:s3:::${text(input.Bucket)}`];

const rules: Readonly<Record<string, Rule>> = {
  dynamodb: {
    resource: (input, _, own) => [table(input.TableName, input.IndexName, own)],
    operations: {
      ListTables: any,
      DescribeEndpoints: [],
      DescribeLimits: any,
      BatchGetItem: tables,
      BatchWriteItem: tables,
    },
  },
  lambda: {
    resource: one('lambda', 'FunctionName', 'function:'),
    operations: { ListFunctions: any },
    actions: { Invoke: 'InvokeFunction', InvokeAsync: 'InvokeFunction' },
  },
  states: {
    resource: (input) => [text(input.stateMachineArn ?? input.executionArn ?? input.resourceArn)],
    operations: {
      ListStateMachines: any,
      ValidateStateMachineDefinition: any,
      SendTaskSuccess: machineOfToken,
      SendTaskFailure: machineOfToken,
      SendTaskHeartbeat: machineOfToken,
    },
  },
  codecommit: { resource: repositories('codecommit'), operations: { ListRepositories: any } },
  codebuild: { resource: project, operations: { ListProjects: any, ListBuilds: any } },
  ecr: { resource: repositories('ecr', 'repository/'), operations: { GetAuthorizationToken: any } },
  s3: {
    resource: object,
    operations: {
      ListObjectsV2: bucket,
      ListObjects: bucket,
      HeadBucket: bucket,
      ListBuckets: any,
      DeleteObjects: (input) => [`${bucket(input, '', String)[0]}/*`],
    },
    actions: {
      HeadObject: 'GetObject',
      ListObjectsV2: 'ListBucket',
      ListObjects: 'ListBucket',
      HeadBucket: 'ListBucket',
      ListBuckets: 'ListAllMyBuckets',
      DeleteObjects: 'DeleteObject',
      CreateMultipartUpload: 'PutObject',
      UploadPart: 'PutObject',
      CompleteMultipartUpload: 'PutObject',
    },
  },
  sns: { resource: one('sns', 'TopicArn', ''), operations: { ListTopics: any } },
  sqs: {
    resource: (input, _, own) => [arnOr(input.QueueUrl, (url) => own('sqs', nameOf(url || text(input.QueueName))))],
    operations: { ListQueues: any },
    actions: { SendMessageBatch: 'SendMessage', DeleteMessageBatch: 'DeleteMessage' },
  },
  events: {
    resource: (input, _, own) => [own('events', `rule/${text(input.Name ?? input.Rule)}`)],
    operations: {
      ListRules: any,
      PutEvents: (input, _, own) =>
        [input.Entries ?? []]
          .flat()
          .map((entry) =>
            arnOr((entry as Input).EventBusName ?? 'default', (name) => own('events', `event-bus/${name}`)),
          ),
    },
  },
  scheduler: {
    resource: (input, _, own) => [
      own('scheduler', `schedule/${text(input.GroupName ?? 'default')}/${text(input.Name)}`),
    ],
    operations: { ListSchedules: any },
  },
  sts: { resource: (input) => [text(input.RoleArn)], operations: { GetCallerIdentity: [] } },
  eks: {
    resource: one('eks', 'name', 'cluster/'),
    operations: {
      ListClusters: any,
      ListAccessEntries: one('eks', 'clusterName', 'cluster/'),
      DescribeAccessEntry: (input, _, own) => [
        own(
          'eks',
          `access-entry/${text(input.clusterName)}/role/${text(input.principalArn).split(':')[4] ?? ''}/${nameOf(text(input.principalArn))}/*`,
        ),
      ],
    },
  },
  ssm: {
    resource: (input, _, own) =>
      [input.Names ?? input.Name ?? input.Path ?? []]
        .flat()
        .map((name) => own('ssm', `parameter/${text(name).replace(/^\//, '')}`)),
    operations: { DescribeParameters: any },
  },
  secretsmanager: {
    resource: (input, _, own) => [own('secretsmanager', secretResource(secretName(text(input.SecretId))))],
    operations: { ListSecrets: any, CreateSecret: one('secretsmanager', 'Name', 'secret:') },
  },
  monitoring: {
    resource: any,
    context: (input) => (input.Namespace === undefined ? {} : { 'cloudwatch:namespace': text(input.Namespace) }),
  },
  logs: {
    resource: (input, _, own) => [own('logs', `log-group:${text(input.logGroupName)}:*`)],
    operations: { DescribeLogGroups: any },
  },
};

/** CloudWatch signs as `monitoring`; its policies say `cloudwatch`. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** What a request needs, all of it; nothing for calls that need no permission. Throws for a service that has no rule. */
export function requiredActions(
  account: Pick<Account, 'id' | 'region'>,
  service: string,
  operation: string,
  input: Input,
): Question[] {
  const rule = rules[service === 'cloudwatch' ? 'monitoring' : service];
  if (!rule) {
    throw new AwsError(
      'AccessDeniedException',
      `No rule says which permission ${service}:${operation} needs; it is refused on the laptop.`,
    );
  }
  const own = (name: string, rest: string): string => `arn:aws:${name}:${account.region}:${account.id}:${rest}`;
  if (service === 'dynamodb' && operation.startsWith('Transact')) return transaction(input, own);
  const special = rule.operations?.[operation];
  if (Array.isArray(special)) return [];
  const resources = ((special as ResourcesOf | undefined) ?? rule.resource)(input, operation, own);
  const context = rule.context?.(input);
  const action = `${prefixes[service] ?? service}:${rule.actions?.[operation] ?? operation}`;
  return resources.map((resource) => ({ action, resource, ...(context && { context }) }));
}

/** Transactions need the action of each of their items. */
function transaction(input: Input, own: Parameters<ResourcesOf>[2]): Question[] {
  const actions: Input = {
    Put: 'PutItem',
    Update: 'UpdateItem',
    Delete: 'DeleteItem',
    ConditionCheck: 'ConditionCheckItem',
    Get: 'GetItem',
  };
  return [input.TransactItems ?? []].flat().flatMap((item) =>
    Object.entries(item as Record<string, Input>).map(([kind, { TableName }]) => ({
      action: `dynamodb:${text(actions[kind])}`,
      resource: table(TableName, undefined, own),
    })),
  );
}
