/** What AWS looks at when it makes a resource with a role: without the statement the laptop refuses it too, by name. */
import { describe, expect, test } from 'vitest';
import { role, withLaptop } from '../laptop.ts';

type Statements = readonly [actions: string | string[], resource: string][];

const queue = 'arn:aws:sqs:eu-central-1:000000000000:lost';
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const functionOf = (more: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: 'f',
    Role: arnOf('Role'),
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: 'exports.handler = async () => 1' },
    ...more,
  },
});
const machineOf = (Resource: string, more: object = {}) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    StateMachineName: 'm',
    RoleArn: arnOf('Role'),
    DefinitionString: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Do',
      States: { Do: { Type: 'Task', Resource, Arguments: {}, End: true } },
    }),
    ...more,
  },
});
const Queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'lost' } };
const rule = (name: string) => `arn:aws:events:eu-central-1:000000000000:rule/${name}`;
const manage = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'];
const invocationOf = (name: string) => ({
  Type: 'AWS::Lambda::EventInvokeConfig',
  Properties: {
    FunctionName: name,
    Qualifier: '$LATEST',
    DestinationConfig: { OnFailure: { Destination: queue } },
  },
});

interface Case {
  readonly what: string;
  readonly service: string;
  readonly resources: object;
  /** The statements that it needs; each alone is taken away. */
  readonly needs: Statements;
}

const cases: readonly Case[] = [
  {
    what: 'a function inside a VPC',
    service: 'lambda',
    resources: { F: functionOf({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }) },
    needs: [
      [['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'], '*'],
      [['ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'], '*'],
    ],
  },
  {
    what: 'a dead-letter queue',
    service: 'lambda',
    resources: { Queue, F: functionOf({ DeadLetterConfig: { TargetArn: arnOf('Queue') } }) },
    needs: [['sqs:SendMessage', queue]],
  },
  {
    what: 'a destination for failures',
    service: 'lambda',
    resources: { Queue, F: functionOf({}), Config: { ...invocationOf('f'), DependsOn: ['F', 'Queue'] } },
    needs: [['sqs:SendMessage', queue]],
  },
  {
    what: 'a machine that waits for builds',
    service: 'states',
    resources: { M: machineOf('arn:aws:states:::codebuild:startBuild.sync') },
    needs: manage.map((action): Statements[number] => [
      action,
      rule('StepFunctionsGetEventForCodeBuildStartBuildRule'),
    ]),
  },
  {
    what: 'a machine that waits for another',
    service: 'states',
    resources: { M: machineOf('arn:aws:states:::states:startExecution.sync:2') },
    needs: [[manage, rule('StepFunctionsGetEventsForStepFunctionsExecutionRule')]],
  },
  {
    what: 'a machine that logs',
    service: 'states',
    resources: {
      M: machineOf('arn:aws:states:::sqs:sendMessage', {
        LoggingConfiguration: { Level: 'ALL', Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: 'arn:x' } }] },
      }),
    },
    needs: [
      [['logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery'], '*'],
      [['logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:Describe*'], '*'],
    ],
  },
];

describe.each(cases)('$what', ({ service, resources, needs }) => {
  const start = (statements: Statements): Promise<void> =>
    withLaptop({ Resources: { Role: role(service, ...statements), ...resources } }, () => Promise.resolve());

  test('is made with a role that may', async () => {
    await expect(start(needs)).resolves.toBeUndefined();
  });

  test.each(needs.map(([actions, resource], index) => ({ actions, resource, index })))(
    'is refused without $actions on $resource',
    async ({ actions, resource, index }) => {
      const wanted = [actions].flat()[0] ?? '';
      const denied = start(needs.filter((_, other) => other !== index));
      await expect(denied).rejects.toThrow('AWS would not make these resources');
      await expect(denied).rejects.toThrow(`would need a statement that allows ${wanted} on ${resource}`);
    },
  );
});
