/** What the laptop tells of CloudTrail: who started an execution. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { eventsToQueue, eventually, role, withLaptop } from './laptop.ts';

const Resources = {
  MachineRole: role('states'),
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      StateMachineName: 'decide',
      RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] },
      DefinitionString: JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'End',
        States: { End: { Type: 'Succeed' } },
      }),
    },
  },
  ...eventsToQueue({ source: ['aws.states'], 'detail-type': ['AWS API Call via CloudTrail'] }),
};

describe('an execution that somebody starts', () => {
  it('is told with who it was, and without its input', async () => {
    await withLaptop({ Resources }, async ({ aws, client }) => {
      const credentials = { accessKeyId: 'local-ann', secretAccessKey: 'local' };
      const { executionArn } = await new SFNClient({ ...client, credentials }).send(
        new StartExecutionCommand({
          stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:decide',
          input: '{"secret":1}',
        }),
      );
      const event = await eventually(async () => {
        const output = await aws.call('sqs', 'ReceiveMessage', { QueueUrl: 'events' }, { arn: 'person' });
        const body = (output as { Messages?: { Body: string }[] }).Messages?.[0]?.Body;
        return body === undefined ? undefined : (JSON.parse(body) as object);
      }, 'the event');
      expect(event).toMatchObject({
        detail: {
          eventSource: 'states.amazonaws.com',
          eventName: 'StartExecution',
          userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::000000000000:user/ann' },
          requestParameters: { input: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
          responseElements: { executionArn },
        },
      });
      expect(JSON.stringify(event)).not.toContain('secret');
    });
  });
});
