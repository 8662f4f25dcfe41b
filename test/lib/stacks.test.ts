/** What the stacks promise, each as a requirement. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { matches } from '../../local/aws/pattern.ts';
import { EXISTING_CLUSTER, PLAIN, synthesized, type Resource } from './synthesize.ts';
import { permissionLines } from './inventory.ts';

const stacks = synthesized(PLAIN);
const functionNamed = (name: string): Resource => {
  const found = stacks.ofType('AWS::Lambda::Function').find(({ properties }) => properties['FunctionName'] === name);
  if (found === undefined) throw new Error(`There is no function ${name}.`);
  return found;
};
const ruleOf = (stack: typeof stacks, name: string): Resource['properties'] => {
  const found = stack.ofType('AWS::Events::Rule').find(({ properties }) => properties['Name'] === name);
  if (found === undefined) throw new Error(`There is no rule ${name}.`);
  return found.properties;
};
const permissions = (role: string): readonly string[] =>
  permissionLines(stacks).filter((line) => line.includes(` ${role}: `));

describe('state', () => {
  it('is kept when stacks are deleted or updated by mistake', () => {
    const table = stacks.only('AWS::DynamoDB::GlobalTable');
    expect(table.deletionPolicy).toBe('Retain');
    expect(table.properties['Replicas']).toMatchObject([
      { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ]);
    expect(stacks.only('AWS::ECR::Repository').deletionPolicy).toBe('Retain');
    expect(stacks.only('AWS::S3::Bucket').deletionPolicy).toBe('Retain');
  });

  it('lists records by an index and forgets history by its time', () => {
    const { properties } = stacks.only('AWS::DynamoDB::GlobalTable');
    expect(properties['GlobalSecondaryIndexes']).toMatchObject([{ IndexName: 'records' }]);
    expect(properties['TimeToLiveSpecification']).toEqual({ AttributeName: 'expiresAt', Enabled: true });
  });

  it('never lets a tag of an image move', () => {
    expect(stacks.only('AWS::ECR::Repository').properties['ImageTagMutability']).toBe('IMMUTABLE');
  });

  it('expires images that no node pulls any more, never those that run, and archives of builds', () => {
    const { LifecyclePolicyText } = stacks.only('AWS::ECR::Repository').properties['LifecyclePolicy'] as {
      readonly LifecyclePolicyText: string;
    };
    const { rules } = JSON.parse(LifecyclePolicyText) as {
      readonly rules: readonly { readonly selection: { readonly tagStatus: string; readonly countType: string } }[];
    };
    const tagged = rules
      .filter(({ selection }) => selection.tagStatus === 'tagged')
      .map(({ selection }) => selection.countType);
    expect(tagged).toEqual(['sinceImageTransitioned', 'sinceImagePulled']);
    // Charts do not expire: what runs may have to be put right long after its build.
    expect(stacks.only('AWS::S3::Bucket').properties['LifecycleConfiguration']).toMatchObject({
      Rules: ['builds/', 'rendered/'].map((Prefix) => ({ ExpirationInDays: 180, Prefix, Status: 'Enabled' })),
    });
  });
});

describe('a changed secret', () => {
  /** As AWS documents them; the sources stand beside the rules. */
  const secret = (name: string, labelUpdated = 'AWSCURRENT') => ({
    source: 'aws.secretsmanager',
    'detail-type': 'Secret Label Updated',
    detail: { name, labelUpdated, versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' },
  });
  const parameter = (name: string, operation = 'Update') => ({
    source: 'aws.ssm',
    'detail-type': 'Parameter Store Change',
    detail: { operation, name, type: 'SecureString' },
  });

  it.each([
    ['a rotated one', 'espalier-changed-secrets', secret('espalier/feature/orders/payment-key'), true],
    ['one of production', 'espalier-changed-secrets', secret('espalier/production/orders/payment-key'), true],
    ['a version that is only prepared', 'espalier-changed-secrets', secret('espalier/feature/a', 'blue'), false],
    ['one that is generated', 'espalier-changed-secrets', secret('espalier/generated/branch/a/b/C'), false],
    ['somebody else’s', 'espalier-changed-secrets', secret('other/feature/orders/payment-key'), false],
    ['a parameter', 'espalier-changed-parameters', parameter('/espalier/feature/smtp/password'), true],
    ['a parameter that is deleted', 'espalier-changed-parameters', parameter('/espalier/feature/a', 'Delete'), false],
    ['somebody else’s parameter', 'espalier-changed-parameters', parameter('/other/feature/a'), false],
  ])('%s: the rule %s', (_what, rule, event, hits) => {
    expect(matches(ruleOf(stacks, rule)['EventPattern'], event)).toBe(hits);
  });

  it('starts the sweep, and may do nothing else', () => {
    for (const name of ['espalier-changed-secrets', 'espalier-changed-parameters']) {
      const [target, ...more] = ruleOf(stacks, name)['Targets'] as readonly Resource['properties'][];
      expect(more).toEqual([]);
      const machine = stacks
        .ofType('AWS::StepFunctions::StateMachine')
        .find(({ properties }) => properties['StateMachineName'] === 'espalier-sweep');
      expect(target).toMatchObject({ Input: '{}', Arn: { Ref: machine?.id } });
    }
    expect(permissions('SweepMachineEventsRole')).toEqual([
      'espalier-operations SweepMachineEventsRole: allow states:StartExecution on <SweepMachine>',
    ]);
  });
});

describe('branch events', () => {
  it('come from one rule, of branches of the settings’ repositories only', () => {
    const rule = ruleOf(synthesized('repositories: [orders, "shop-*"]'), 'espalier-branch-events');
    expect(rule['EventPattern']).toEqual({
      source: ['aws.codecommit'],
      'detail-type': ['CodeCommit Repository State Change'],
      detail: {
        event: ['referenceCreated', 'referenceUpdated', 'referenceDeleted'],
        referenceType: ['branch'],
        repositoryName: ['orders', { wildcard: 'shop-*' }],
      },
    });
  });

  it('that get lost before or in the function end in the same queue, which has an alarm', () => {
    const queue = stacks.only('AWS::SQS::Queue').id;
    const target = (ruleOf(stacks, 'espalier-branch-events')['Targets'] as readonly Resource['properties'][])[0];
    expect(target?.['DeadLetterConfig']).toEqual({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    expect(stacks.only('AWS::Lambda::EventInvokeConfig').properties['DestinationConfig']).toEqual({
      OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } },
    });
    expect(
      stacks.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => properties['MetricName'] as unknown),
    ).toContain('ApproximateNumberOfMessagesVisible');
  });
});

describe('decisions', () => {
  it('come by a URL that takes nobody whom IAM has not checked', () => {
    expect(stacks.only('AWS::Lambda::Url').properties).toMatchObject({ AuthType: 'AWS_IAM' });
    // Nobody is let in by the function's own policy but the rule that tells who started an execution.
    const permissions = stacks
      .ofType('AWS::Lambda::Permission')
      .filter(({ properties }) => JSON.stringify(properties['FunctionName']).includes('Approval'));
    expect(permissions.map(({ properties }) => properties['Principal'])).toEqual(['events.amazonaws.com']);
  });

  it('are allowed to people by one policy, with both permissions of a function URL and only by it', () => {
    const lines = permissionLines(stacks).filter((line) => line.includes('policy espalier-decide:'));
    expect(lines.map((line) => line.replace(/ on [^ ]+/, '').replace(/^.*: allow /, ''))).toEqual([
      'lambda:GetFunctionUrlConfig',
      'lambda:InvokeFunction if {"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}',
      'lambda:InvokeFunctionUrl if {"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}',
      'states:StartExecution',
    ]);
  });

  it('in the console are told by CloudTrail, for this state machine only', () => {
    expect(ruleOf(stacks, 'espalier-decisions-in-console')['EventPattern']).toMatchObject({
      source: ['aws.states'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: ['StartExecution'], errorCode: [{ exists: false }] },
    });
  });
});

describe('the network', () => {
  it('holds exactly the functions that call the cluster, in subnets without a way out', () => {
    const inside = stacks
      .ofType('AWS::Lambda::Function')
      .filter(({ properties }) => properties['VpcConfig'] !== undefined)
      .map(({ properties }) => String(properties['FunctionName']).replace(/^espalier-/, ''));
    expect(inside.sort()).toEqual(
      [
        'foundation',
        'sweep-cluster',
        ...['configuration', 'deploy', 'environment', 'rollout'].flatMap((stage) => [
          `${stage}-branch`,
          `${stage}-lasting`,
        ]),
      ].sort(),
    );
    const subnets = (functionNamed('espalier-foundation').properties['VpcConfig'] as Record<string, unknown>)[
      'SubnetIds'
    ];
    expect(JSON.stringify(subnets)).toContain('functionsSubnet');
    const routes = stacks.ofType('AWS::EC2::Route').map(({ properties }) => JSON.stringify(properties['RouteTableId']));
    expect(routes.filter((table) => table.includes('functionsSubnet'))).toEqual([]);
  });

  it('reaches the table by an endpoint that costs nothing', () => {
    const services = stacks.ofType('AWS::EC2::VPCEndpoint').map(({ properties }) => JSON.stringify(properties));
    expect(services.filter((text) => text.includes('dynamodb') && text.includes('Gateway'))).toHaveLength(1);
  });

  it('is looked up nowhere: availability zones are chosen by position', () => {
    const zones = stacks.ofType('AWS::EC2::Subnet').map(({ properties }) => properties['AvailabilityZone'] as unknown);
    for (const zone of zones) expect(zone).toEqual({ 'Fn::Select': [expect.any(Number), { 'Fn::GetAZs': '' }] });
  });
});

describe('rights in the cluster', () => {
  const entries = stacks.ofType('AWS::EKS::AccessEntry');

  it('are Kubernetes groups per stage and tier, without access policies', () => {
    const groups = entries.flatMap(({ properties }) => (properties['KubernetesGroups'] ?? []) as readonly string[]);
    expect(groups.sort()).toEqual(
      ['configuration', 'deploy', 'environment', 'rollout', 'sweep']
        .flatMap((stage) => [`espalier:${stage}-branch`, `espalier:${stage}-lasting`])
        .sort(),
    );
  });

  it('make the foundation the only administrator', () => {
    const administrators = entries.filter(({ properties }) => properties['AccessPolicies'] !== undefined);
    expect(administrators).toHaveLength(1);
    expect(JSON.stringify(administrators[0]?.properties)).toMatch(
      /FoundationRole.*AmazonEKSClusterAdminPolicy|AmazonEKSClusterAdminPolicy.*FoundationRole/,
    );
    expect(stacks.only('AWS::EKS::Cluster').properties['AccessConfig']).toEqual({
      AuthenticationMode: 'API',
      BootstrapClusterCreatorAdminPermissions: false,
    });
  });

  it('exist before the foundation prepares the cluster', () => {
    expect(stacks.only('Custom::EspalierFoundation').properties['revision']).toMatch(/\.zip$/);
  });
});

describe('an imported cluster', () => {
  const imported = synthesized(PLAIN + EXISTING_CLUSTER);

  it('gets access entries and is otherwise left as it is', () => {
    expect(imported.ofType('AWS::EKS::Cluster')).toEqual([]);
    expect(imported.ofType('AWS::EC2::VPC')).toEqual([]);
    expect(imported.ofType('AWS::EC2::Subnet')).toEqual([]);
    for (const { properties } of imported.ofType('AWS::EKS::AccessEntry'))
      expect(properties['ClusterName']).toBe('shared');
  });

  it('is called from its own subnets', () => {
    const foundation = imported
      .ofType('AWS::Lambda::Function')
      .find(({ properties }) => properties['FunctionName'] === 'espalier-foundation');
    expect(foundation?.properties).toMatchObject({
      VpcConfig: { SubnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'] },
    });
  });
});

describe('building', () => {
  const project = stacks.only('AWS::CodeBuild::Project').properties;

  it('uses our buildspec, and nothing of it comes from a repository', () => {
    expect(project['Source']).toMatchObject({ Type: 'NO_SOURCE' });
    expect((project['Source'] as Record<string, unknown>)['BuildSpec']).toContain('phase.sh" production-image');
  });

  it('has a role that pulls sources, pushes images and archives, and cannot deploy', () => {
    const actions = permissions('BuildBuildRole').map((line) => /allow (\S+)/.exec(line)?.[1]);
    expect(actions).toEqual([
      'codecommit:GitPull',
      'ecr:BatchCheckLayerAvailability',
      'ecr:CompleteLayerUpload',
      'ecr:GetAuthorizationToken',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:PutObject',
      's3:PutObject',
    ]);
    const written = permissions('BuildBuildRole').filter((line) => line.includes('s3:'));
    expect(written).toEqual([
      expect.stringMatching(/s3:GetObject on arn:\S*assets-\S*\.zip$/),
      expect.stringMatching(/s3:PutObject on \S*\/builds\/\*$/),
      expect.stringMatching(/s3:PutObject on \S*\/rendered\/\*$/),
    ]);
  });
});

describe('roles', () => {
  it('allow nothing by wildcard in an action', () => {
    expect(permissionLines(stacks).filter((line) => /allow \S*\*/.test(line))).toEqual([]);
  });

  it('allow functions nothing on every resource but what has no resources', () => {
    const everywhere = permissionLines(stacks).flatMap((line) => /allow (\S+) on \*$/.exec(line)?.[1] ?? []);
    const withoutResources = [
      /^ec2:.*(NetworkInterface|Subnet|PrivateIp)/,
      /^xray:/,
      /^logs:.*(LogDeliver|ResourcePolic|LogGroups)/,
    ];
    expect(
      [...new Set(everywhere)].filter((action) => !withoutResources.some((known) => known.test(action))).sort(),
    ).toEqual(['codecommit:ListRepositories', 'ecr:GetAuthorizationToken']);
  });
});

describe('people', () => {
  it('are told in Slack only where the settings name a channel, and can do nothing from there', () => {
    expect(stacks.ofType('AWS::Chatbot::SlackChannelConfiguration')).toEqual([]);
    const slack = synthesized(`${PLAIN}\nnotices: { slack: { workspaceId: T0123ABCD, channelId: C0123ABCD } }`);
    const channel = slack.only('AWS::Chatbot::SlackChannelConfiguration').properties;
    expect(channel).toMatchObject({
      SlackWorkspaceId: 'T0123ABCD',
      SlackChannelId: 'C0123ABCD',
      GuardrailPolicies: ['arn:aws:iam::aws:policy/AWSDenyAll'],
    });
    expect(channel['SnsTopicArns']).toHaveLength(2);
  });
});

describe('the sweep', () => {
  it('runs as often as the settings say', () => {
    expect(stacks.only('AWS::Scheduler::Schedule').properties['ScheduleExpression']).toBe('rate(5 minutes)');
    const often = synthesized(`${PLAIN}\nsweep: { everyMinutes: 1 }`);
    expect(often.only('AWS::Scheduler::Schedule').properties['ScheduleExpression']).toBe('rate(1 minute)');
  });
});

describe('two installations', () => {
  it('share no physical name', () => {
    const names = (settings: string): string[] =>
      synthesized(settings).resources.flatMap(({ type, properties }) =>
        [
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
          'LoadBalancerName',
          'Name',
        ]
          .filter(
            (key) =>
              properties[key] !== undefined &&
              type !== 'AWS::Route53::RecordSet' &&
              !(key === 'LogGroupName' && type === 'AWS::Logs::MetricFilter'),
          )
          .map((key) => `${type} ${JSON.stringify(properties[key])}`),
      );
    const first = new Set(names(PLAIN));
    const second = names(`${PLAIN}\ninstallation: other`);
    expect(first.size).toBeGreaterThan(50);
    expect(second.filter((name) => first.has(name) && !name.includes('{'))).toEqual([]);
  });

  it('have stacks of their own', () => {
    const names = synthesized(`${PLAIN}\ninstallation: other`).resources.map(({ stack }) => stack);
    expect([...new Set(names)].sort()).toEqual(['other-cluster', 'other-delivery', 'other-operations', 'other-state']);
  });
});

describe('alarms', () => {
  it('may be published to their topic by CloudWatch, which a topic with a policy refuses otherwise', () => {
    const policies = stacks
      .ofType('AWS::SNS::TopicPolicy')
      .filter(({ stack }) => stack === 'espalier-operations')
      .map(({ properties }) => JSON.stringify(properties['PolicyDocument']));
    expect(policies).toEqual([expect.stringContaining('"Principal":{"Service":"cloudwatch.amazonaws.com"}')]);
  });

  it('concern operators only: a commit that was rejected is its author’s', () => {
    const patterns = stacks
      .ofType('AWS::Logs::MetricFilter')
      .map(({ properties }) => properties['FilterPattern'] as string);
    const failures = patterns.filter((pattern) => pattern.includes('ExecutionFailed'));
    expect(failures).toHaveLength(stacks.ofType('AWS::StepFunctions::StateMachine').length);
    for (const pattern of failures) expect(pattern).toContain('$.details.error != "rejected"');
  });

  it('each point to a section of the runbook that exists', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const sections = new Set([...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title));
    for (const { properties } of stacks.ofType('AWS::CloudWatch::Alarm')) {
      const anchor = /docs\/runbook\.md#([a-z-]+)$/.exec(String(properties['AlarmDescription']))?.[1];
      expect([properties['AlarmName'], sections.has(anchor ?? '')]).toEqual([properties['AlarmName'], true]);
    }
    expect(stacks.ofType('AWS::CloudWatch::Alarm')).toHaveLength(sections.size);
  });
});
