/**
 * Approval: the function that keeps what people are asked and takes their answers, and the state machine by which they give them.
 * Separate from rollout, which may touch the cluster: who decides needs no right there.
 */
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { decideApproval, DECIDE_APPROVAL_TIMEOUT } from '../workflows/decide-approval.ts';
import type { Installation } from './installation.ts';
import { allowTable, allowWaking } from './permissions.ts';
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
    allowTable(this.stage, table, ['GetItem', 'PutItem']);
    allowWaking(this.stage, installation);
    this.workflow = new Workflow(this, 'DecideApproval', {
      name: stateMachineName(installation.name, 'decide-approval', 'branch'),
      comment:
        'Takes the decision of a person: {"approval": "0123456789ab", "decision": "approve", "comment": "…"}. The id stands in the notice.',
      timeout: DECIDE_APPROVAL_TIMEOUT,
      definition: (states) => decideApproval(states, { approval: this.stage.function }),
    });
  }
}
