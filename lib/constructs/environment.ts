/**
 * Environment: the function of a tier that makes namespaces with their limits and removes them.
 * Separate from deploy because it alone may touch whole namespaces.
 */
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { grantClusterGroups, type ClusterConnection } from './cluster-connection.ts';
import type { Installation } from './installation.ts';
import { allowTable } from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface ClusterStageProps {
  readonly installation: Installation;
  readonly tier: Tier;
  readonly table: TableV2;
  readonly cluster: ClusterConnection;
}

export class EnvironmentStage extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: ClusterStageProps) {
    super(scope, id);
    const { installation, tier, cluster } = props;
    this.stage = new StageFunction(this, 'Environment', {
      installation,
      tier,
      cluster,
      function: 'environment',
      description: `Makes and removes the namespaces of ${tier} environments`,
      environment: { [FUNCTION_VARIABLES.table]: props.table.tableName },
    });
    allowTable(this.stage, props.table, ['GetItem', 'PutItem']);
    grantClusterGroups(this, 'Groups', {
      cluster,
      role: this.stage.role,
      groups: [clusterGroup(installation.name, 'environment', tier)],
    });
  }
}
