/**
 * What the roles of a branch may not do in AWS, asked of the same evaluation of policies by which the laptop refuses calls. What refuses
 * each stands in docs/isolation.md.
 */
import { describe, expect, test } from 'vitest';
import { Policies } from '../../local/aws/iam/policies.ts';
import { VARIANTS } from '../../supply/variants.ts';
import { PLAIN, synthesized, type Resource } from './synthesize.ts';

const ACCOUNT = { id: '111122223333', region: 'eu-central-1' };
const stacks = synthesized(PLAIN);
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${ACCOUNT.region}:${ACCOUNT.id}:${resource}`;
const TABLE = arn('dynamodb', 'table/espalier');
const IMAGES = arn('ecr', 'repository/espalier-services');
const ARCHIVE = `arn:aws:s3:::espalier-archive-${ACCOUNT.id}-${ACCOUNT.region}`;

/** ARNs of what templates refer to, by type and physical name. */
const ARNS: Readonly<Record<string, (properties: Resource['properties']) => string>> = {
  'AWS::CodeBuild::Project': ({ Name }) => arn('codebuild', `project/${String(Name)}`),
  'AWS::DynamoDB::GlobalTable': ({ TableName }) => arn('dynamodb', `table/${String(TableName)}`),
  'AWS::ECR::Repository': ({ RepositoryName }) => arn('ecr', `repository/${String(RepositoryName)}`),
  'AWS::Events::Rule': ({ Name }) => arn('events', `rule/${String(Name)}`),
  'AWS::IAM::Role': ({ RoleName }) => `arn:aws:iam::${ACCOUNT.id}:role/${String(RoleName)}`,
  'AWS::Lambda::Function': ({ FunctionName }) => arn('lambda', `function:${String(FunctionName)}`),
  'AWS::Logs::LogGroup': ({ LogGroupName }) => arn('logs', `log-group:${String(LogGroupName)}:*`),
  'AWS::S3::Bucket': () => ARCHIVE,
  'AWS::SNS::Topic': ({ TopicName }) => arn('sns', String(TopicName)),
  'AWS::SQS::Queue': ({ QueueName }) => arn('sqs', String(QueueName)),
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }) =>
    arn('states', `stateMachine:${String(StateMachineName)}`),
};
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': ACCOUNT.region,
  'AWS::AccountId': ACCOUNT.id,
};

/** A policy with ARNs in place of references; ids are unique over all stacks. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
    'Fn::ImportValue': imported,
  } = value as Record<string, never>;
  if (Ref !== undefined) return PSEUDO[Ref] ?? arnOf(Ref);
  if (attribute !== undefined) return arnOf(attribute[0]);
  if (join !== undefined) return (join[1] as unknown[]).map((part) => String(resolve(part))).join(join[0]);
  if (imported !== undefined) {
    // `espalier-state:ExportsOutputFnGetAttTableCD117FA1ArnE2C8C204`: the id, the attribute, and a hash of both.
    const [, id = ''] = /(?:FnGetAtt|Ref)(\w+?)(?:Arn)?[0-9A-F]{8}$/.exec(String(imported)) ?? [];
    return arnOf(id);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
}

function arnOf(id: string): string {
  const found = stacks.resources.find((resource) => resource.id === id);
  const make = ARNS[found?.type ?? ''];
  if (found === undefined || make === undefined) throw new Error(`No ARN for ${id} (${found?.type ?? 'nothing'}).`);
  return make(found.properties);
}

const policies = new Policies(ACCOUNT);
for (const { id, properties } of stacks.ofType('AWS::IAM::Role')) {
  policies.role(id, resolve(properties['AssumeRolePolicyDocument']));
  for (const { PolicyName, PolicyDocument } of properties['Policies'] ?? []) {
    policies.attach(id, PolicyName as string, resolve(PolicyDocument));
  }
}
for (const { id, properties } of stacks.ofType('AWS::IAM::Policy')) {
  for (const { Ref } of properties['Roles']) policies.attach(Ref as string, id, resolve(properties['PolicyDocument']));
}
const may = (role: string, action: string, resource: string): boolean =>
  policies.authorize({ role, arn: role }, { action, resource }).allowed;

/** Ids of roles whose construct is of this tier: `BranchDeployRole…`, and the machines of the tier. */
const rolesOf = (tier: 'Branch' | 'Lasting'): readonly string[] =>
  stacks
    .ofType('AWS::IAM::Role')
    .map(({ id }) => id)
    .filter((id) => id.startsWith(tier));
const [build = ''] = stacks
  .ofType('AWS::IAM::Role')
  .filter(({ properties }) => JSON.stringify(properties['AssumeRolePolicyDocument']).includes('codebuild'))
  .map(({ id }) => id);

describe('the role of builds', () => {
  test('pulls the sources of the settings, pushes images and archives', () => {
    expect(may(build, 'codecommit:GitPull', arn('codecommit', 'orders'))).toBe(true);
    expect(may(build, 'ecr:PutImage', IMAGES)).toBe(true);
    expect(may(build, 's3:PutObject', `${ARCHIVE}/builds/build/archive`)).toBe(true);
    expect(may(build, 's3:PutObject', `${ARCHIVE}/rendered/orders.commit.yaml`)).toBe(true);
  });

  test.each<[string, string, string]>([
    ['reads a repository that is not in the settings', 'codecommit:GitPull', arn('codecommit', 'payroll')],
    ['pushes to a repository', 'codecommit:GitPush', arn('codecommit', 'orders')],
    ['takes an image away', 'ecr:BatchDeleteImage', IMAGES],
    ['lets tags change', 'ecr:PutImageTagMutability', IMAGES],
    ['pushes to another image repository', 'ecr:PutImage', arn('ecr', 'repository/other')],
    ['reads the archive of another build', 's3:GetObject', `${ARCHIVE}/builds/build/archive`],
    ['keeps a chart that nobody held to the rules', 's3:PutObject', `${ARCHIVE}/charts/digest.yaml`],
    ['lists the archives', 's3:ListBucket', ARCHIVE],
    ['deletes an archive', 's3:DeleteObject', `${ARCHIVE}/builds/build/archive`],
    ['reads a record', 'dynamodb:GetItem', TABLE],
    ['writes a record or the result of another build', 'dynamodb:PutItem', TABLE],
    ['starts a delivery', 'states:StartExecution', arn('states', 'stateMachine:espalier-deliver-service-branch')],
    ['decides', 'states:StartExecution', arn('states', 'stateMachine:espalier-decide-approval')],
    ['answers a waiting state', 'states:SendTaskSuccess', arn('states', 'stateMachine:espalier-roll-out-lasting')],
    ['calls a function', 'lambda:InvokeFunction', arn('lambda', 'function:espalier-deploy-lasting')],
    [
      'reads a secret',
      'secretsmanager:GetSecretValue',
      arn('secretsmanager', 'secret:espalier/feature/orders/key-AbCdEf'),
    ],
    ['reads a parameter', 'ssm:GetParameter', arn('ssm', 'parameter/espalier/feature/orders/key')],
    ['starts a build with variables of its own', 'codebuild:StartBuild', arn('codebuild', 'project/espalier-image')],
    ['stops the build of another', 'codebuild:StopBuild', arn('codebuild', 'project/espalier-image')],
    ['reads a log', 'logs:GetLogEvents', arn('logs', 'log-group:/aws/codebuild/espalier-image:*')],
    [
      'writes the log of a function',
      'logs:PutLogEvents',
      arn('logs', 'log-group:/aws/lambda/espalier-deploy-branch:*'),
    ],
    ['sends a notice', 'sns:Publish', arn('sns', 'espalier-notices')],
    ['finds the cluster', 'eks:DescribeCluster', arn('eks', 'cluster/espalier')],
    ['takes on another role', 'sts:AssumeRole', `arn:aws:iam::${ACCOUNT.id}:role/any`],
    ['hands on a role', 'iam:PassRole', `arn:aws:iam::${ACCOUNT.id}:role/any`],
  ])('never %s', (_what, action, resource) => {
    expect(may(build, action, resource)).toBe(false);
  });

  test('cannot push over the image of another build: tags never change', () => {
    expect(stacks.only('AWS::ECR::Repository').properties['ImageTagMutability']).toBe('IMMUTABLE');
  });

  test('has no place in the cluster', () => {
    const entries = JSON.stringify(stacks.ofType('AWS::EKS::AccessEntry').map(({ properties }) => properties));
    expect(entries).not.toContain(build);
  });
});

describe('the roles of branch environments', () => {
  const lastingFunctions = stacks
    .ofType('AWS::Lambda::Function')
    .map(({ properties }) => String(properties['FunctionName']))
    .filter((name) => name.endsWith('-lasting'))
    .map((name) => arn('lambda', `function:${name}`));
  const lastingMachines = stacks
    .ofType('AWS::StepFunctions::StateMachine')
    .map(({ properties }) => String(properties['StateMachineName']))
    .filter((name) => name.endsWith('-lasting'))
    .map((name) => arn('states', `stateMachine:${name}`));

  test.each(rolesOf('Branch'))('%s calls, starts and takes on nothing of a lasting environment', (role) => {
    expect(lastingFunctions.length).toBeGreaterThan(3);
    expect(lastingMachines.length).toBeGreaterThan(3);
    for (const resource of lastingFunctions)
      expect([resource, may(role, 'lambda:InvokeFunction', resource)]).toEqual([resource, false]);
    for (const resource of lastingMachines)
      expect([resource, may(role, 'states:StartExecution', resource)]).toEqual([resource, false]);
    for (const lasting of rolesOf('Lasting')) {
      expect(may(role, 'sts:AssumeRole', `arn:aws:iam::${ACCOUNT.id}:role/${lasting}`)).toBe(false);
      expect(policies.trusts(lasting, { role, arn: role })).toBe(false);
    }
  });

  test.each(rolesOf('Branch'))('%s reads no secret of a lasting environment', (role) => {
    for (const kind of ['integration', 'performance', 'pre-release', 'production', 'generated-lasting']) {
      const secret = arn('secretsmanager', `secret:espalier/${kind}/orders/key-AbCdEf`);
      expect([secret, may(role, 'secretsmanager:GetSecretValue', secret)]).toEqual([secret, false]);
      expect(may(role, 'ssm:GetParameter', arn('ssm', `parameter/espalier/${kind}/orders/key`))).toBe(false);
    }
  });
});

describe('every role, whatever the settings', () => {
  test.each(Object.entries(VARIANTS))('%s: is trusted to services of AWS only, and to no pod', (_name, settings) => {
    const made = synthesized(settings);
    for (const { id, properties } of made.ofType('AWS::IAM::Role')) {
      for (const { Principal } of properties['AssumeRolePolicyDocument'].Statement) {
        expect([id, Object.keys(Principal as object)]).toEqual([id, ['Service']]);
        expect([id, String(Principal.Service)]).not.toEqual([id, 'pods.eks.amazonaws.com']);
      }
    }
    expect(made.ofType('AWS::EKS::PodIdentityAssociation')).toEqual([]);
    expect(made.ofType('Custom::AWSCDKOpenIdConnectProvider')).toEqual([]);
    expect(made.ofType('AWS::IAM::OIDCProvider')).toEqual([]);
  });

  test('nodes are those of Auto Mode, whose metadata no pod reaches: none are made in another way', () => {
    expect(stacks.only('AWS::EKS::Cluster').properties['ComputeConfig']).toMatchObject({ Enabled: true });
    for (const type of ['AWS::EKS::Nodegroup', 'AWS::EC2::LaunchTemplate', 'AWS::AutoScaling::AutoScalingGroup']) {
      expect(stacks.ofType(type)).toEqual([]);
    }
  });
});
