/**
 * Approval: the function that keeps what people are asked and takes their answers, and the two ways by which they give them: a function
 * URL, which knows who calls, and a state machine, of which CloudTrail tells who started it.
 * Separate from rollout, which may touch the cluster: who decides needs no right there.
 */
import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { decideApproval, DECIDE_APPROVAL_TIMEOUT } from '../workflows/decide-approval.ts';
import { answer } from './answers.ts';
import type { Installation } from './installation.ts';
import { allowRepositories, allowTable, allowWaking, stateMachineArn } from './permissions.ts';
import { StageFunction } from './stage-function.ts';
import { Workflow } from './workflow.ts';

export interface ApprovalProps {
  readonly installation: Installation;
  readonly table: TableV2;
}

export class ApprovalStage extends Construct {
  readonly stage: StageFunction;
  readonly workflow: Workflow;

  constructor(scope: Construct, id: string, { installation, table }: ApprovalProps) {
    super(scope, id);
    this.stage = new StageFunction(this, 'Approval', {
      installation,
      function: 'approval',
      description: 'Keeps what people are asked and takes their decisions',
      environment: { [FUNCTION_VARIABLES.table]: table.tableName },
    });
    // Query: who pushed a commit.
    allowTable(this.stage, table, ['GetItem', 'PutItem', 'Query']);
    allowRepositories(this.stage, installation, ['codecommit:GetCommit']);
    allowWaking(this.stage, installation);
    const machine = stateMachineArn(this, installation, 'decide-approval', 'branch');
    this.stage.allow(['states:SendTaskSuccess'], [machine]);
    this.workflow = new Workflow(this, 'DecideApproval', {
      name: stateMachineName(installation.name, 'decide-approval', 'branch'),
      comment:
        'Takes the decision of a person: {"approval": "0123456789ab", "decision": "approve", "comment": "…"}. The id stands in the notice.',
      timeout: DECIDE_APPROVAL_TIMEOUT,
      definition: (states) => decideApproval(states, { approval: this.stage.function }),
    });
    this.hearStarters(installation, machine);
    this.letDecide(installation, machine);
  }

  /**
   * Who started the state machine, as soon as CloudTrail tells. It takes a trail of the account that logs management events; without
   * one, decisions for which it matters are refused in the console and taken on the command line. An event that is lost is not looked
   * for: the decision that waits for it is refused when its time is over.
   * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
   */
  private hearStarters(installation: Installation, machine: string): void {
    new Rule(this, 'Starters', {
      ruleName: `${installation.name}-decisions-in-console`,
      description: 'Somebody started decide-approval: tell who it was',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['states.amazonaws.com'],
          eventName: ['StartExecution'],
          requestParameters: { stateMachineArn: [machine] },
          // A call that was refused is told too, and started nothing.
          errorCode: [{ exists: false }],
        },
      },
      targets: [new LambdaFunction(this.stage.function, { maxEventAge: Duration.minutes(15) })],
    });
  }

  /**
   * What people need to decide, for whoever administers their roles and permission sets. Since October 2025 a function URL takes both
   * permissions to invoke.
   * Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
   */
  private letDecide({ name }: Installation, machine: string): void {
    const url = this.stage.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    const { functionArn } = this.stage.function;
    const policy = new ManagedPolicy(this, 'Decide', {
      managedPolicyName: `${name}-decide`,
      description: `Lets people decide about rollouts of ${name}, on the command line and in the console`,
      statements: [
        new PolicyStatement({ actions: ['lambda:GetFunctionUrlConfig'], resources: [functionArn] }),
        new PolicyStatement({
          actions: ['lambda:InvokeFunctionUrl'],
          resources: [functionArn],
          conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
        }),
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [functionArn],
          conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
        }),
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine] }),
      ],
    });
    answer(policy, {
      checker: 'parliament',
      rule: 'UNKNOWN_CONDITION_FOR_ACTION',
      reason:
        'lambda:InvokedViaFunctionUrl came in October 2025 (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html), after parliament’s list of conditions.',
    });
    new CfnOutput(this, 'DecisionsUrl', { value: url.url, description: 'Where `npx espalier decide` sends decisions' });
    new CfnOutput(this, 'DecidePolicy', {
      value: policy.managedPolicyArn,
      description: 'The policy that lets people decide; attach it to their roles',
    });
  }
}
