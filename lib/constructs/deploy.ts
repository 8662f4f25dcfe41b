/**
 * Deploy: the function of a tier that applies a service's workload and withdraws it. Separate from rollout because it may not touch
 * what moves traffic, and from build because the role that builds cannot deploy.
 */
import { Construct } from 'constructs';
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { grantClusterGroups } from './cluster-connection.ts';
import type { ClusterStageProps } from './environment.ts';
import { archiveName } from './names.ts';
import { allowArchive, allowTable } from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface DeployProps extends ClusterStageProps {
  /** Where pods pull images from. */
  readonly imageRepositoryUri: string;
}

export class DeployStage extends Construct {
  readonly stage: StageFunction;

  constructor(scope: Construct, id: string, props: DeployProps) {
    super(scope, id);
    const { installation, tier, cluster } = props;
    this.stage = new StageFunction(this, 'Deploy', {
      installation,
      tier,
      cluster,
      function: 'deploy',
      description: `Applies the workloads of services in ${tier} environments`,
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.imageRepository]: props.imageRepositoryUri,
        [FUNCTION_VARIABLES.archive]: archiveName(installation.name),
      },
    });
    allowTable(this.stage, props.table, ['GetItem', 'PutItem']);
    // By the free gateway endpoint of S3, like the table by that of DynamoDB.
    allowArchive(this.stage, installation, { charts: ['GetObject'] });
    grantClusterGroups(this, 'Groups', {
      cluster,
      role: this.stage.role,
      groups: [clusterGroup(installation.name, 'deploy', tier)],
    });
  }
}
