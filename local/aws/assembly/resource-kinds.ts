/**
 * The first of the three lists, for resource types: what each type that runs becomes, which of its properties have effect, which
 * have none on a laptop and why. Everything that is not here or in no-effect.ts is refused by name. Separate from the order in
 * which resources are made (deploy.ts).
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Account, arnOf, type Input, nameOf } from '../api.ts';
import type { World } from '../aws.ts';
import { chatMessage } from '../chat.ts';
import { cloneUrl } from '../codecommit/service.ts';
import type { BuildProject } from '../codebuild/project.ts';
import { registryHost } from '../ecr.ts';
import type { Target } from '../events.ts';
import { checkReceiver } from '../delivery.ts';
import { invokeCustomResource } from './custom-resource.ts';
import type { Assembly } from './read-assembly.ts';

/** What a resource became: the value of `Ref` and the attributes of `Fn::GetAtt`. */
export interface Made {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Where a resource is made. */
export interface Place {
  readonly world: World;
  readonly account: Account;
  readonly assembly: Assembly;
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** A name of its own for a resource that the template does not name; the same in every run. */
  name(longest?: number): string;
}

/** One resource type that runs. */
export interface ResourceKind {
  readonly runs: readonly string[];
  /** Properties without effect on a laptop, with the reason. */
  readonly noEffect?: Readonly<Record<string, string>>;
  make(properties: Properties, place: Place): Made | Promise<Made>;
}

/** Resolved properties; each kind reads what it declared in `runs`. */
// oxlint-disable-next-line typescript/no-explicit-any -- CloudFormation's properties have no types here
export type Properties = Record<string, any>;

const one = {
  tags: 'tags are for bills and searches',
  encrypted: 'the disk of a laptop is its own',
  kept: 'the state directory is kept until it is deleted',
  cost: 'nothing is billed',
};
const tags = { Tags: one.tags };
const plain = (ref: string, attributes: Record<string, unknown> = {}): Made => ({ ref, attributes });

const table: ResourceKind = {
  runs: [
    'TableName',
    'AttributeDefinitions',
    'KeySchema',
    'BillingMode',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
  ],
  noEffect: {
    TimeToLiveSpecification: 'items never expire on a laptop',
    Replicas: 'there is one region (point-in-time recovery and deletion protection have no effect either)',
    SSESpecification: one.encrypted,
    PointInTimeRecoverySpecification: one.kept,
    DeletionProtectionEnabled: one.kept,
    ...tags,
  },
  async make({ TableName, BillingMode: _, ...definition }, place) {
    const name = (TableName as string | undefined) ?? place.name(255);
    const {
      Replicas: _r,
      TimeToLiveSpecification: _t,
      SSESpecification: _s,
      PointInTimeRecoverySpecification: _p,
      DeletionProtectionEnabled: _d,
      Tags: _g,
      ...shape
    } = definition;
    await place.world.dynamodb.declareTable({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...shape });
    return plain(name, { Arn: arnOf(place.account, 'dynamodb', `table/${name}`) });
  },
};

/** Unpacks a function's code below the state directory, or uses the asset's folder as it is. */
function codeOf({ S3Key, ZipFile }: Properties, name: string, { assembly, account }: Place): string {
  const folder = join(account.state, 'functions', name);
  if (ZipFile !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), ZipFile as string);
    return folder;
  }
  const asset = assembly.assets.get(S3Key as string);
  if (!asset) throw new Error(`its code ${S3Key} is not an asset of this assembly`);
  if (asset.zip) return asset.path;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (asset.path.endsWith('.zip')) execFileSync('unzip', ['-q', asset.path, '-d', folder]);
  else cpSync(asset.path, folder, { recursive: true });
  return folder;
}

function statements(document: Properties): Input[] {
  return [document['Statement']].flat() as Input[];
}

/** Every resource type that runs. */
export const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Lambda::Function': {
    runs: [
      'FunctionName',
      'Code',
      'Role',
      'Handler',
      'Runtime',
      'Environment',
      'Timeout',
      'MemorySize',
      'ReservedConcurrentExecutions',
      'DeadLetterConfig',
    ],
    noEffect: {
      Description: 'it is for people',
      Architectures: 'the laptop has the one that it has',
      VpcConfig: 'there is no network to be inside of',
      LoggingConfig: 'logs are files in the state directory',
      TracingConfig: 'there are no traces',
      EphemeralStorage: 'the temporary folder is as large as the disk',
      KmsKeyArn: one.encrypted,
      ...tags,
    },
    make(properties, place) {
      const name = (properties['FunctionName'] as string | undefined) ?? place.name(64);
      const runtime = String(properties['Runtime']);
      if (!runtime.startsWith('nodejs')) throw new Error(`Runtime ${runtime} does not run on the laptop; nodejs… does`);
      const arn = arnOf(place.account, 'lambda', `function:${name}`);
      place.world.functions.define({
        name,
        arn,
        runtime,
        role: properties['Role'],
        handler: properties['Handler'],
        directory: codeOf(properties['Code'], name, place),
        environment: properties['Environment']?.Variables ?? {},
        timeoutSeconds: Number(properties['Timeout'] ?? 3),
        memoryMegabytes: Number(properties['MemorySize'] ?? 128),
        reservedConcurrency: properties['ReservedConcurrentExecutions'],
        deadLetterArn: properties['DeadLetterConfig']?.TargetArn,
      });
      return plain(name, { Arn: arn });
    },
  },
  'AWS::Lambda::Permission': {
    runs: [
      'Action',
      'FunctionName',
      'Principal',
      'SourceArn',
      'SourceAccount',
      'FunctionUrlAuthType',
      'InvokedViaFunctionUrl',
    ],
    make({ Action, FunctionName, Principal, SourceArn }, place) {
      const resource = arnOf(place.account, 'lambda', `function:${nameOf(FunctionName)}`);
      const service = String(Principal).endsWith('.amazonaws.com');
      place.world.policies.resourceStatement(resource, place.logicalId, {
        Effect: 'Allow',
        Principal: service ? { Service: Principal } : { AWS: Principal },
        Action,
        Resource: resource,
        ...(SourceArn !== undefined && { Condition: { ArnLike: { 'aws:SourceArn': SourceArn } } }),
      });
      return plain(place.name());
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    runs: ['FunctionName', 'Qualifier', 'MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'],
    make({ FunctionName, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }, { world, name }) {
      const onFailure = DestinationConfig?.OnFailure?.Destination as string | undefined;
      const onSuccess = DestinationConfig?.OnSuccess?.Destination as string | undefined;
      for (const arn of [onFailure, onSuccess]) if (arn !== undefined) checkReceiver(arn);
      world.functions.configureAsync(nameOf(FunctionName), {
        ...(MaximumRetryAttempts !== undefined && { retries: Number(MaximumRetryAttempts) }),
        ...(MaximumEventAgeInSeconds !== undefined && { maximumAgeSeconds: Number(MaximumEventAgeInSeconds) }),
        onFailure,
        onSuccess,
      });
      return plain(name());
    },
  },
  'AWS::IAM::Role': {
    runs: ['RoleName', 'Path', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    noEffect: {
      Description: 'it is for people',
      MaxSessionDuration: 'sessions last as long as their process',
      ...tags,
    },
    make(
      { RoleName, Path = '/', AssumeRolePolicyDocument, ManagedPolicyArns = [], Policies = [] },
      { world, account, name },
    ) {
      const role = (RoleName as string | undefined) ?? name(64);
      const arn = `arn:aws:iam::${account.id}:role${Path}${role}`;
      world.policies.role(arn, AssumeRolePolicyDocument, ManagedPolicyArns);
      for (const { PolicyName, PolicyDocument } of Policies) world.policies.attach(arn, PolicyName, PolicyDocument);
      return plain(role, { Arn: arn, RoleId: `AROA${role}` });
    },
  },
  'AWS::IAM::Policy': {
    runs: ['PolicyName', 'PolicyDocument', 'Roles'],
    make({ PolicyName, PolicyDocument, Roles = [] }, { world, name, logicalId }) {
      for (const role of Roles) world.policies.attach(role, `${logicalId}/${PolicyName}`, PolicyDocument);
      return plain(name());
    },
  },
  'AWS::IAM::ManagedPolicy': {
    runs: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Path'],
    noEffect: { Description: 'it is for people' },
    make({ ManagedPolicyName, PolicyDocument, Roles = [], Path = '/' }, { world, account, name }) {
      const arn = `arn:aws:iam::${account.id}:policy${Path}${ManagedPolicyName ?? name()}`;
      world.policies.managed(arn, PolicyDocument);
      for (const role of Roles) world.policies.attach(role, arn, PolicyDocument);
      return plain(arn);
    },
  },
  'AWS::StepFunctions::StateMachine': {
    runs: [
      'StateMachineName',
      'DefinitionString',
      'Definition',
      'DefinitionSubstitutions',
      'RoleArn',
      'StateMachineType',
      'Tags',
    ],
    noEffect: {
      LoggingConfiguration: 'the history is kept in the state directory',
      TracingConfiguration: 'there are no traces',
      EncryptionConfiguration: one.encrypted,
    },
    make(properties, { world, account, name }) {
      const machine = (properties['StateMachineName'] as string | undefined) ?? name(80);
      if (properties['StateMachineType'] === 'EXPRESS')
        throw new Error('EXPRESS state machines do not run on the laptop');
      const arn = arnOf(account, 'states', `stateMachine:${machine}`);
      let definition =
        (properties['DefinitionString'] as string | undefined) ?? JSON.stringify(properties['Definition']);
      for (const [key, value] of Object.entries(properties['DefinitionSubstitutions'] ?? {}))
        definition = definition.replaceAll(`\${${key}}`, String(value));
      const tags = Object.fromEntries((properties['Tags'] ?? []).map(({ Key, Value }: Properties) => [Key, Value]));
      world.machines.push({ arn, name: machine, roleArn: properties['RoleArn'], definition, tags });
      return plain(arn, { Arn: arn, Name: machine });
    },
  },
  'AWS::Events::Rule': {
    runs: ['Name', 'EventPattern', 'ScheduleExpression', 'State', 'Targets', 'RoleArn'],
    noEffect: { Description: 'it is for people', EventBusName: 'there is the default bus only', ...tags },
    make({ Name, EventPattern, ScheduleExpression, State, Targets = [] }, { world, account, name }) {
      const rule = (Name as string | undefined) ?? name(64);
      const arn = arnOf(account, 'events', `rule/${rule}`);
      const enabled = State !== 'DISABLED';
      const declared = {
        name: rule,
        arn,
        enabled,
        pattern: EventPattern as Input | undefined,
        targets: Targets as Target[],
      };
      world.bus.define(declared);
      if (ScheduleExpression !== undefined && enabled)
        world.schedules.define(arn, ScheduleExpression, () =>
          world.bus.fire(declared, world.bus.event('aws.events', 'Scheduled Event', {}, [arn])),
        );
      return plain(rule, { Arn: arn });
    },
  },
  'AWS::Scheduler::Schedule': {
    runs: ['Name', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'State', 'Target'],
    noEffect: {
      FlexibleTimeWindow: 'one laptop needs no spreading',
      Description: 'it is for people',
      KmsKeyArn: one.encrypted,
    },
    make(
      { Name, GroupName = 'default', ScheduleExpression, ScheduleExpressionTimezone = 'UTC', State, Target },
      { world, account, name },
    ) {
      if (!['UTC', 'Etc/UTC'].includes(ScheduleExpressionTimezone))
        throw new Error(
          `ScheduleExpressionTimezone ${ScheduleExpressionTimezone} does not run on the laptop; UTC does`,
        );
      const schedule = (Name as string | undefined) ?? name(64);
      const arn = arnOf(account, 'scheduler', `schedule/${GroupName}/${schedule}`);
      checkReceiver(Target.Arn);
      const fire = () =>
        world.bus.fire({ name: schedule, arn, enabled: true, targets: [{ Id: schedule, Input: '{}', ...Target }] }, {});
      if (State !== 'DISABLED') world.schedules.define(arn, ScheduleExpression, fire);
      return plain(schedule, { Arn: arn });
    },
  },
  'AWS::SQS::Queue': {
    runs: ['QueueName', 'VisibilityTimeout'],
    noEffect: {
      MessageRetentionPeriod: one.kept,
      SqsManagedSseEnabled: one.encrypted,
      KmsMasterKeyId: one.encrypted,
      KmsDataKeyReusePeriodSeconds: one.encrypted,
      RedrivePolicy: 'messages stay in their queue',
      ReceiveMessageWaitTimeSeconds: 'the caller says how long it waits',
      ...tags,
    },
    make({ QueueName, VisibilityTimeout = 30 }, { world, account, name }) {
      const queue = (QueueName as string | undefined) ?? name(80);
      return plain(world.sqs.declareQueue(queue, Number(VisibilityTimeout)), {
        Arn: arnOf(account, 'sqs', queue),
        QueueName: queue,
      });
    },
  },
  'AWS::SQS::QueuePolicy': {
    runs: ['Queues', 'PolicyDocument'],
    make({ Queues, PolicyDocument }, { world, account, name, logicalId }) {
      for (const queue of Queues)
        for (const [index, statement] of statements(PolicyDocument).entries())
          world.policies.resourceStatement(arnOf(account, 'sqs', nameOf(queue)), `${logicalId}/${index}`, statement);
      return plain(name());
    },
  },
  'AWS::SNS::Topic': {
    runs: ['TopicName', 'Subscription'],
    noEffect: {
      KmsMasterKeyId: one.encrypted,
      DisplayName: 'it is for mail',
      TracingConfig: 'there are no traces',
      SignatureVersion: 'nothing is signed',
      ...tags,
    },
    make({ TopicName, Subscription = [] }, { world, account, name }) {
      const topic = (TopicName as string | undefined) ?? name(256);
      const arn = arnOf(account, 'sns', topic);
      world.sns.declareTopic(arn);
      for (const { Endpoint } of Subscription)
        world.sns.subscribe(arn, { arn: `${arn}:${nameOf(Endpoint)}`, to: Endpoint });
      return plain(arn, { TopicArn: arn, TopicName: topic });
    },
  },
  'AWS::SNS::TopicPolicy': {
    runs: ['Topics', 'PolicyDocument'],
    make({ Topics, PolicyDocument }, { world, name, logicalId }) {
      for (const topic of Topics)
        for (const [index, statement] of statements(PolicyDocument).entries())
          world.policies.resourceStatement(topic, `${logicalId}/${index}`, statement);
      return plain(name());
    },
  },
  'AWS::SNS::Subscription': {
    runs: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery'],
    noEffect: { RedrivePolicy: 'in process nothing is lost on the way', Region: 'there is one region' },
    make({ TopicArn, Protocol, Endpoint, RawMessageDelivery }, { world, account, name }) {
      const arn = `${TopicArn}:${name()}`;
      if (['lambda', 'sqs'].includes(Protocol))
        world.sns.subscribe(TopicArn, { arn, to: Endpoint, raw: String(RawMessageDelivery) === 'true' });
      else account.log(`no effect on a laptop: ${Protocol} subscription of ${Endpoint}: nothing leaves this machine`);
      return plain(arn);
    },
  },
  'AWS::Chatbot::SlackChannelConfiguration': {
    runs: ['ConfigurationName', 'SnsTopicArns'],
    noEffect: {
      SlackWorkspaceId: 'messages are printed here',
      SlackChannelId: 'messages are printed here',
      IamRoleArn: 'no commands are taken',
      GuardrailPolicies: 'no commands are taken',
      UserRoleRequired: 'no commands are taken',
      LoggingLevel: 'messages are printed here',
      CustomizationResourceArns: 'no commands are taken',
      ...tags,
    },
    make({ ConfigurationName, SnsTopicArns = [] }, { world, account }) {
      const arn = `arn:aws:chatbot::${account.id}:chat-configuration/slack-channel/${ConfigurationName}`;
      const show = (message: string) => {
        const read = chatMessage(message);
        if ('shown' in read) world.notice(read.shown);
        else
          account.log(
            `Slack would show nothing: Amazon Q drops this message because ${read.dropped}: ${message.slice(0, 500)}`,
          );
      };
      for (const topic of SnsTopicArns) {
        world.sns.declareTopic(topic);
        world.sns.subscribe(topic, { arn, to: show });
      }
      return plain(arn, { Arn: arn });
    },
  },
  'AWS::CodeBuild::Project': {
    runs: [
      'Name',
      'Source',
      'SourceVersion',
      'ServiceRole',
      'Environment',
      'Artifacts',
      'TimeoutInMinutes',
      'QueuedTimeoutInMinutes',
      'ConcurrentBuildLimit',
    ],
    noEffect: {
      Description: 'it is for people',
      EncryptionKey: one.encrypted,
      Cache: 'builds share the disk of the laptop',
      LogsConfig: 'logs are files in the state directory',
      VpcConfig: 'there is no network to be inside of',
      Visibility: 'builds are private',
      ...tags,
    },
    make(properties, { world, account, name }) {
      const project = (properties['Name'] as string | undefined) ?? name();
      world.builds.declareProject({ ...properties, Name: project } as unknown as BuildProject);
      return plain(project, { Arn: arnOf(account, 'codebuild', `project/${project}`) });
    },
  },
  'AWS::CodeCommit::Repository': {
    runs: ['RepositoryName', 'RepositoryDescription'],
    noEffect: { KmsKeyId: one.encrypted, ...tags },
    async make({ RepositoryName, RepositoryDescription }, { world, account }) {
      if (!world.repositories.exists(RepositoryName))
        await world.repositories.create(RepositoryName, RepositoryDescription);
      const { id } = world.repositories.facts(RepositoryName);
      return plain(id, {
        Arn: arnOf(account, 'codecommit', RepositoryName),
        Name: RepositoryName,
        CloneUrlHttp: cloneUrl(account, RepositoryName),
      });
    },
  },
  'AWS::ECR::Repository': {
    runs: ['RepositoryName', 'ImageTagMutability'],
    noEffect: {
      LifecyclePolicy: 'images are kept until they are deleted by name',
      ImageScanningConfiguration: 'nothing is scanned',
      EncryptionConfiguration: one.encrypted,
      RepositoryPolicyText: 'there is one account',
      EmptyOnDelete: one.kept,
      ...tags,
    },
    make({ RepositoryName, ImageTagMutability }, { world, account, name }) {
      const repository = ((RepositoryName as string | undefined) ?? name(256)).toLowerCase();
      world.ecr.declareRepository(repository, ImageTagMutability === 'IMMUTABLE');
      return plain(repository, {
        Arn: arnOf(account, 'ecr', `repository/${repository}`),
        RepositoryUri: `${registryHost(account)}/${repository}`,
      });
    },
  },
  'AWS::S3::Bucket': {
    runs: ['BucketName'],
    noEffect: {
      BucketEncryption: one.encrypted,
      PublicAccessBlockConfiguration: 'nothing is public',
      OwnershipControls: 'there is one account',
      LifecycleConfiguration: 'objects are kept until they are deleted',
      VersioningConfiguration: 'the newest version is kept',
      LoggingConfiguration: 'there are no access logs',
      ...tags,
    },
    make({ BucketName }, { world, account, name }) {
      const bucket = ((BucketName as string | undefined) ?? name(63)).toLowerCase();
      world.s3.declareBucket(bucket);
      const host = `${bucket}.s3.amazonaws.com`;
      return plain(bucket, {
        Arn: `arn:aws:s3:::${bucket}`,
        DomainName: host,
        RegionalDomainName: `${bucket}.s3.${account.region}.amazonaws.com`,
      });
    },
  },
  'AWS::S3::BucketPolicy': {
    runs: ['Bucket', 'PolicyDocument'],
    make({ Bucket, PolicyDocument }, { world, name, logicalId }) {
      for (const [index, statement] of statements(PolicyDocument).entries())
        world.policies.resourceStatement(`arn:aws:s3:::${Bucket}`, `${logicalId}/${index}`, statement);
      return plain(name());
    },
  },
  'AWS::EKS::Cluster': {
    runs: ['Name'],
    noEffect: Object.fromEntries(
      [
        'RoleArn',
        'ResourcesVpcConfig',
        'ComputeConfig',
        'KubernetesNetworkConfig',
        'StorageConfig',
        'AccessConfig',
        'Version',
        'Logging',
        'EncryptionConfig',
        'UpgradePolicy',
        'BootstrapSelfManagedAddons',
        'DeletionProtection',
        'ControlPlaneScalingConfig',
        'Tags',
      ].map((name) => [name, 'the laptop has one cluster, as it is']),
    ),
    make({ Name }, { world, account, name }) {
      const cluster = (Name as string | undefined) ?? name(100);
      world.eks.declareCluster(cluster, world.cluster());
      const { endpoint, certificateAuthority } = world.cluster();
      return plain(cluster, {
        Arn: arnOf(account, 'eks', `cluster/${cluster}`),
        Endpoint: endpoint,
        CertificateAuthorityData: Buffer.from(certificateAuthority).toString('base64'),
        ClusterSecurityGroupId: 'sg-laptop',
        OpenIdConnectIssuerUrl: endpoint,
      });
    },
  },
  'AWS::EKS::AccessEntry': {
    runs: ['ClusterName', 'PrincipalArn', 'Username', 'KubernetesGroups', 'Type', 'AccessPolicies'],
    noEffect: tags,
    make(
      { ClusterName, PrincipalArn, Username, KubernetesGroups = [], AccessPolicies = [] },
      { world, account, name },
    ) {
      const groups = [...(KubernetesGroups as string[])];
      for (const { PolicyArn, AccessScope } of AccessPolicies) {
        if (nameOf(PolicyArn) !== 'AmazonEKSClusterAdminPolicy' || AccessScope?.Type !== 'cluster')
          throw new Error(
            `the access policy ${nameOf(PolicyArn)} does not run on the laptop; AmazonEKSClusterAdminPolicy for the cluster does`,
          );
        groups.push('system:masters');
      }
      const session = `arn:aws:sts::${account.id}:assumed-role/${nameOf(PrincipalArn)}/{{SessionName}}`;
      world.eks.declareEntry(
        ClusterName,
        { principalArn: PrincipalArn, username: Username ?? session, groups },
        world.cluster(),
      );
      return plain(name(), {
        AccessEntryArn: arnOf(account, 'eks', `access-entry/${ClusterName}/${nameOf(PrincipalArn)}`),
      });
    },
  },
  'AWS::SSM::Parameter': {
    runs: ['Name', 'Type', 'Value'],
    noEffect: { Description: 'it is for people', Tier: one.cost, ...tags },
    make({ Name, Value }, { world, name }) {
      const parameter = (Name as string | undefined) ?? name();
      world.parameters.declareParameter(parameter, String(Value));
      return plain(parameter, { Value, Type: 'String' });
    },
  },
  'AWS::SecretsManager::Secret': {
    runs: ['Name', 'SecretString', 'GenerateSecretString'],
    noEffect: { Description: 'it is for people', KmsKeyId: one.encrypted, ...tags },
    make({ Name, SecretString, GenerateSecretString }, { world, account, name }) {
      const secret = (Name as string | undefined) ?? name();
      world.parameters.declareSecret(
        secret,
        SecretString,
        GenerateSecretString && {
          template: GenerateSecretString.SecretStringTemplate,
          key: GenerateSecretString.GenerateStringKey,
        },
      );
      return plain(arnOf(account, 'secretsmanager', `secret:${secret}`), { Id: secret });
    },
  },
  'AWS::CloudFormation::CustomResource': { runs: ['*'], make: invokeCustomResource },
};
