/**
 * Configuration: the centre that keeps layers, per tier the function that brings configuration into the cluster and the one that reads
 * secrets, and the state machine that brings changes everywhere. No function both reads secrets and reaches the cluster.
 */
import { Aws, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { clusterGroup } from '../../lambdas/contracts/kubernetes.ts';
import { ENVIRONMENT_KINDS, tierOf, type Tier } from '../../lambdas/contracts/kinds.ts';
import { generatedPrefix, secretPrefix } from '../../lambdas/contracts/secrets.ts';
import { stateMachineName } from '../../lambdas/contracts/stages.ts';
import { FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { applyConfiguration, APPLY_CONFIGURATION_TIMEOUT } from '../workflows/apply-configuration.ts';
import { grantClusterGroups } from './cluster-connection.ts';
import type { ClusterStageProps } from './environment.ts';
import type { Installation } from './installation.ts';
import { allowAllRecords, allowTable } from './permissions.ts';
import { StageFunction } from './stage-function.ts';
import { Workflow } from './workflow.ts';

/** What a tier has for its environments. */
export class ConfigurationStage extends Construct {
  readonly stage: StageFunction;
  readonly secrets: StageFunction;

  constructor(scope: Construct, id: string, props: ClusterStageProps) {
    super(scope, id);
    const { installation, tier, cluster, table } = props;
    const environment = { [FUNCTION_VARIABLES.table]: table.tableName };
    this.stage = new StageFunction(this, 'Configuration', {
      installation,
      tier,
      cluster,
      function: 'configuration',
      description: `Brings configuration and sealed secrets to ${tier} environments`,
      environment,
    });
    allowTable(this.stage, table, ['GetItem', 'PutItem', 'Query', 'DeleteItem']);
    allowAllRecords(this.stage, table);
    grantClusterGroups(this, 'Groups', {
      cluster,
      role: this.stage.role,
      groups: [clusterGroup(installation.name, 'configuration', tier)],
    });

    this.secrets = new StageFunction(this, 'Secrets', {
      installation,
      tier,
      function: 'secrets',
      description: `Reads, makes and seals secrets of ${tier} environments`,
      environment,
    });
    allowTable(this.secrets, table, ['GetItem', 'PutItem', 'Query', 'DeleteItem']);
    allowAllRecords(this.secrets, table);
    this.allowSecrets(installation, tier);
  }

  /** Only names that begin as those of the tier's kinds do; what is generated, it also makes and deletes. */
  private allowSecrets({ name }: Installation, tier: Tier): void {
    const kinds = ENVIRONMENT_KINDS.filter((kind) => tierOf(kind) === tier);
    const secret = (prefix: string): string =>
      `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${prefix}*`;
    const parameter = (prefix: string): string =>
      `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/${prefix}*`;
    const named = kinds.map((kind) => secretPrefix(name, kind));
    const generated = secret(generatedPrefix(name, tier));
    this.secrets.allow(['secretsmanager:GetSecretValue'], [...named.map(secret), generated]);
    this.secrets.allow(['secretsmanager:DescribeSecret'], named.map(secret));
    this.secrets.allow(['secretsmanager:CreateSecret', 'secretsmanager:DeleteSecret'], [generated]);
    this.secrets.allow(['ssm:GetParameter'], named.map(parameter));
    for (const arn of [...named.map(secret), generated, ...named.map(parameter)]) {
      Validations.of(this.secrets.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${arn.replaceAll(/\$\{Token\[AWS\.(\w+)\.\d+\]\}/g, '<AWS::$1>')}]`,
        reason:
          'Service files name secrets below the prefix of their environment kind, which is the boundary; Secrets Manager adds random characters to every name.',
      });
    }
  }
}

export interface ConfigurationCentreProps {
  readonly installation: Installation;
  readonly table: TableV2;
  readonly tiers: Readonly<Record<Tier, ConfigurationStage>>;
  /** Tells people what was taken back. */
  readonly notice: StageFunction;
}

/** Where layers are changed, and from where changes are brought to the environments. */
export class ConfigurationCentre extends Construct {
  readonly stage: StageFunction;
  readonly workflow: Workflow;

  constructor(scope: Construct, id: string, { installation, table, tiers, notice }: ConfigurationCentreProps) {
    super(scope, id);
    this.stage = new StageFunction(this, 'Centre', {
      installation,
      function: 'configuration-centre',
      description: 'Keeps the layers of the configuration and judges changes',
      environment: { [FUNCTION_VARIABLES.table]: table.tableName },
    });
    allowTable(this.stage, table, ['GetItem', 'PutItem', 'Query', 'DeleteItem']);
    allowAllRecords(this.stage, table);
    this.workflow = new Workflow(this, 'ApplyConfiguration', {
      name: stateMachineName(installation.name, 'apply-configuration', 'branch'),
      comment:
        'Changes a layer of the configuration: {"layer": "integration", "service": "orders", "set": {"greeting": "Hello"}, "author": "…", "reason": "…"}. With "rollBack": true instead of "set" back to the version before; with {"environment": "feature-login"} alone it brings what holds.',
      timeout: APPLY_CONFIGURATION_TIMEOUT,
      definition: (states) =>
        applyConfiguration(states, {
          centre: this.stage.function,
          notice: notice.function,
          configuration: { branch: tiers.branch.stage.function, lasting: tiers.lasting.stage.function },
          secrets: { branch: tiers.branch.secrets.function, lasting: tiers.lasting.secrets.function },
        }),
    });
  }
}
