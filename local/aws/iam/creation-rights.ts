/**
 * What a role must be allowed before AWS lets a resource be made that uses it. Separate because nobody calls anything here: AWS looks
 * at the role when CloudFormation makes the resource, and refuses it.
 */
import type { Question } from './policies.ts';

const on = (resource: string, ...actions: readonly string[]): Question[] =>
  actions.map((action) => ({ action, resource }));

/**
 * The rules by which AWS hears of the end of a `.sync` task.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-codebuild.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
const managedRules: Readonly<Record<string, string>> = {
  'codebuild:startBuild': 'StepFunctionsGetEventForCodeBuildStartBuildRule',
  'states:startExecution': 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
const logDelivery =
  'CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy DescribeResourcePolicies DescribeLogGroups'
    .split(' ')
    .map((action) => `logs:${action}`);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const networkInterfaces =
  'CreateNetworkInterface DescribeNetworkInterfaces DescribeSubnets DeleteNetworkInterface AssignPrivateIpAddresses UnassignPrivateIpAddresses'
    .split(' ')
    .map((action) => `ec2:${action}`);

/** What the role of a state machine needs. */
export function rightsOfMachine(definition: string, logs: boolean, ruleArn: (name: string) => string): Question[] {
  const waiting = [...definition.matchAll(/arn:aws:states:::(codebuild:startBuild|states:startExecution)\.sync/g)];
  const rules = new Set(waiting.map(([, task = '']) => managedRules[task] ?? ''));
  return [
    ...[...rules].flatMap((rule) => on(ruleArn(rule), 'events:PutTargets', 'events:PutRule', 'events:DescribeRule')),
    ...(logs ? on('*', ...logDelivery) : []),
  ];
}

/** What the role of a function needs. */
export function rightsOfFunction(inVpc: boolean, destinations: readonly (string | undefined)[]): Question[] {
  return [...(inVpc ? on('*', ...networkInterfaces) : []), ...destinations.flatMap((arn) => delivery(arn))];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
function delivery(arn: string | undefined): Question[] {
  const actions: Readonly<Record<string, string>> = {
    sqs: 'sqs:SendMessage',
    sns: 'sns:Publish',
    lambda: 'lambda:InvokeFunction',
  };
  const action = actions[arn?.split(':')[2] ?? ''];
  return arn === undefined || action === undefined ? [] : on(arn, action);
}
