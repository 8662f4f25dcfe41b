/**
 * What stages may do to things that several of them share. Separate so that a permission is worded once; who gets it stands in the
 * construct of each stage.
 */
import { ArnFormat, Aws, Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ArchiveFolder } from '../../lambdas/contracts/archive.ts';
import { TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { stateMachineName, type Workflow } from '../../lambdas/contracts/stages.ts';
import { TABLE } from '../../lambdas/contracts/table.ts';
import { answerPolicy } from './answers.ts';
import type { Installation } from './installation.ts';
import { archiveName } from './names.ts';
import type { StageFunction } from './stage-function.ts';

/** Reads and writes single items, lists a partition: exactly the calls that the stage's adapters make. */
export function allowTable(
  stage: StageFunction,
  table: TableV2,
  calls: readonly ('GetItem' | 'PutItem' | 'Query' | 'DeleteItem')[],
): void {
  stage.allow(
    calls.map((call) => `dynamodb:${call}`),
    [table.tableArn],
  );
}

/** Reads or writes objects of folders of the archive. */
export function allowArchive(
  stage: StageFunction,
  { name }: Installation,
  calls: Readonly<Partial<Record<ArchiveFolder, readonly ('GetObject' | 'PutObject')[]>>>,
): void {
  for (const [folder, actions] of Object.entries(calls)) {
    stage.allow(
      actions.map((action) => `s3:${action}`),
      [`arn:${Aws.PARTITION}:s3:::${archiveName(name)}/${folder}/*`],
    );
    acknowledgeArchive(stage.role, name, folder, 'Objects are named by what they are: a commit or a digest.');
  }
}

/** Names in a folder of the archive are not known before. */
export function acknowledgeArchive(role: Role, installation: string, folder: string, reason: string): void {
  const bucket = archiveName(installation)
    .replace(Aws.ACCOUNT_ID, '<AWS::AccountId>')
    .replace(Aws.REGION, '<AWS::Region>');
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucket}/${folder}/*]`,
    reason,
  });
}

/** Lists every record by the index. */
export function allowAllRecords(stage: StageFunction, table: TableV2): void {
  stage.allow(['dynamodb:Query'], [`${table.tableArn}/index/${TABLE.kindIndex}`]);
}

/** Lists the account's repositories, to find those of the settings' patterns and to name the nearest to a wrong one. */
export function allowListingRepositories(stage: StageFunction): void {
  stage.allow(['codecommit:ListRepositories'], ['*']);
  Validations.of(stage.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'codecommit:ListRepositories supports no resource-level permissions.',
  });
}

/** Reads from the repositories of the settings, and from no other. */
export function allowRepositories(stage: StageFunction, installation: Installation, actions: readonly string[]): void {
  stage.allow(actions, repositoryArns(installation));
  acknowledgePatterns(stage.role, installation);
}

/** ARNs of the repositories of the settings; a pattern stays one. */
export function repositoryArns({ settings }: Installation): string[] {
  return settings.repositories.map(
    (pattern) => `arn:${Aws.PARTITION}:codecommit:${Aws.REGION}:${Aws.ACCOUNT_ID}:${pattern}`,
  );
}

/** A pattern of the settings is a wildcard that its owner wrote. */
export function acknowledgePatterns(role: Role, { settings }: Installation): void {
  for (const pattern of settings.repositories.filter((name) => name.includes('*'))) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:codecommit:<AWS::Region>:<AWS::AccountId>:${pattern}]`,
      reason: `The settings name repositories by the pattern "${pattern}".`,
    });
  }
}

/**
 * ARN of a state machine, from its name: functions start state machines that call these functions, and a reference in both
 * directions would be a circle.
 */
export function stateMachineArn(scope: Construct, installation: Installation, workflow: Workflow, tier: Tier): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName(installation.name, workflow, tier),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Wakes states of rollouts that wait for a decision. */
export function allowWaking(stage: StageFunction, installation: Installation): void {
  const waiting = (['roll-out', 'retire-side'] as const).flatMap((workflow) =>
    TIERS.map((tier) => stateMachineArn(stage, installation, workflow, tier)),
  );
  stage.allow(['states:SendTaskSuccess'], waiting);
  answerPolicy(stage.role, {
    checker: 'parliament',
    rule: 'RESOURCE_MISMATCH',
    reason:
      'Step Functions asks for states:SendTaskSuccess on the state machine whose token it is, as CDK’s grantTaskResponse grants it (https://github.com/aws/aws-cdk/pull/8486); parliament’s list knows no resource for it, nor executions of standard state machines for states:DescribeExecution.',
  });
}

/** The ARNs of a workflow by tier, as JSON for a function's variable. */
export function machinesByTier(scope: Construct, installation: Installation, workflow: Workflow): string {
  return Stack.of(scope).toJsonString(
    Object.fromEntries(TIERS.map((tier) => [tier, stateMachineArn(scope, installation, workflow, tier)])),
  );
}
