/**
 * The inventory: a line per resource and per IAM action of an installation. Separate from its test so that the update command
 * writes what the test compares. Reviewers read the difference of these files instead of templates.
 *
 * Update: `npm run inventory`.
 */
import type { Synthesized } from './synthesize.ts';

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/** `<stack> <type> <id or name>`, sorted. */
export function resourceLines(stacks: Synthesized): readonly string[] {
  return stacks.resources
    .map(({ stack, type, id, properties }) => `${stack} ${type} ${nameOf(properties) ?? plain(id)}`)
    .sort();
}

/** `<role or policy> <effect> <action> on <resource>`, sorted; trust is left out. */
export function permissionLines(stacks: Synthesized): readonly string[] {
  const lines = stacks.resources.flatMap(({ stack, type, id, properties }) => {
    if (type === 'AWS::IAM::Role') {
      const inline = (properties['Policies'] ?? []) as readonly { readonly PolicyDocument: Document }[];
      const managed = (properties['ManagedPolicyArns'] ?? []) as readonly unknown[];
      return [
        ...inline.flatMap(({ PolicyDocument }) => statementLines(stack, plain(id), PolicyDocument)),
        ...managed.map((arn) => `${stack} ${plain(id)}: managed policy ${text(arn)}`),
      ];
    }
    if (type === 'AWS::IAM::ManagedPolicy') {
      const policy = `policy ${text(properties['ManagedPolicyName'] ?? plain(id))}`;
      return statementLines(stack, policy, properties['PolicyDocument'] as Document);
    }
    if (type !== 'AWS::IAM::Policy') return [];
    const roles = (properties['Roles'] ?? []) as readonly { readonly Ref: string }[];
    return roles.flatMap(({ Ref }) => statementLines(stack, plain(Ref), properties['PolicyDocument'] as Document));
  });
  return [...new Set(lines)].sort();
}

interface Document {
  readonly Statement: readonly Statement[];
}

function statementLines(stack: string, role: string, { Statement }: Document): readonly string[] {
  return Statement.flatMap(({ Effect, Action = [], Resource, Condition }) =>
    list(Action).flatMap((action) =>
      list(Resource).map(
        (resource) =>
          `${stack} ${role}: ${Effect.toLowerCase()} ${String(action)} on ${text(resource)}${Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`}`,
      ),
    ),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

const NAMES = [
  'FunctionName',
  'StateMachineName',
  'TableName',
  'RepositoryName',
  'BucketName',
  'QueueName',
  'TopicName',
  'LogGroupName',
  'AlarmName',
  'DashboardName',
  'ConfigurationName',
];

function nameOf(properties: Readonly<Record<string, unknown>>): string | undefined {
  const name = NAMES.map((key) => properties[key]).find((value) => value !== undefined) ?? properties['Name'];
  return name === undefined || Array.isArray(name) ? undefined : text(name);
}

/** An id without the hash that CDK puts behind it. */
function plain(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}

/** `stack:ExportsOutputFnGetAttTableCD117FA1ArnE2C8C204` → `stack:Table.Arn`. */
function exported(name: string): string {
  return name.replace(
    /ExportsOutput(?:FnGetAtt|Ref)(\w+?)[0-9A-F]{8}(\w*?)[0-9A-F]{8}$/,
    (_all, id: string, attribute: string) => (attribute === '' ? id : `${id}.${attribute}`),
  );
}

/** A property as a person would say it: references by what they refer to. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const node = value as Readonly<Record<string, unknown>>;
  const join = node['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  if (join !== undefined) return join[1].map(text).join(join[0]);
  const attribute = node['Fn::GetAtt'] as readonly string[] | undefined;
  if (attribute !== undefined) return `<${attribute.map(plain).join('.')}>`;
  if (typeof node['Ref'] === 'string') return `<${plain(node['Ref'])}>`;
  if (typeof node['Fn::ImportValue'] === 'string') return `<${exported(node['Fn::ImportValue'])}>`;
  if (typeof node['Fn::Sub'] === 'string') return node['Fn::Sub'];
  return JSON.stringify(value);
}
