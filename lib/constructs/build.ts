/**
 * Build: the CodeBuild project, whose role can pull sources and push images and nothing else, and the function that claims builds
 * and reads their results. Separate because whoever builds cannot deploy.
 */
import { Aws, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ARCHIVE_FOLDERS } from '../../lambdas/contracts/archive.ts';
import { BUILD_VARIABLES, FUNCTION_VARIABLES } from '../../lambdas/contracts/variables.ts';
import type { BuildProject } from '../workflows/start-build.ts';
import { answer, LOG_KEY } from './answers.ts';
import { imageBuildspec } from './buildspec.ts';
import { Helm } from './helm.ts';
import type { Installation } from './installation.ts';
import { archiveName } from './names.ts';
import {
  acknowledgeArchive,
  acknowledgePatterns,
  allowArchive,
  allowRepositories,
  allowTable,
  repositoryArns,
} from './permissions.ts';
import { StageFunction } from './stage-function.ts';

export interface BuildProps {
  readonly installation: Installation;
  readonly table: TableV2;
  readonly images: CfnRepository;
}

/** Longest that a build waits for a free machine; CodeBuild's own limit is eight hours. */
const QUEUED_MINUTES = 60;
const COMPUTE_TYPES = {
  small: 'BUILD_GENERAL1_SMALL',
  medium: 'BUILD_GENERAL1_MEDIUM',
  large: 'BUILD_GENERAL1_LARGE',
  'x-large': 'BUILD_GENERAL1_XLARGE',
} as const;

export class BuildStage extends Construct {
  readonly stage: StageFunction;
  readonly project: BuildProject;
  readonly projectName: string;

  constructor(scope: Construct, id: string, props: BuildProps) {
    super(scope, id);
    const { installation } = props;
    const { builds } = installation.settings;
    this.projectName = `${installation.name}-image`;

    const log = new LogGroup(this, 'BuildLog', {
      logGroupName: `/aws/codebuild/${this.projectName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    answer(log, LOG_KEY);
    const helm = new Helm(this, 'Helm');
    const project = new CfnProject(this, 'Project', {
      name: this.projectName,
      description: 'Builds one image of one commit',
      serviceRole: this.buildRole(props, log, helm).roleArn,
      // Repository and commit come with each build; the buildspec never does.
      source: { type: 'NO_SOURCE', buildSpec: imageBuildspec() },
      artifacts: {
        type: 'S3',
        location: archiveName(installation.name),
        path: ARCHIVE_FOLDERS.builds,
        namespaceType: 'BUILD_ID',
        name: 'archive',
        packaging: 'ZIP',
      },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
        imagePullCredentialsType: 'CODEBUILD',
        computeType: COMPUTE_TYPES[builds.computeType],
        // Docker needs a privileged container; each build has a machine of its own, and a role that only pulls sources and pushes images.
        privilegedMode: true,
        environmentVariables: [
          { name: BUILD_VARIABLES.registry, value: Fn.select(0, Fn.split('/', props.images.attrRepositoryUri)) },
          { name: BUILD_VARIABLES.baseImages, value: builds.baseImages.join(' ') },
          {
            name: BUILD_VARIABLES.chartUpload,
            value: `s3://${archiveName(installation.name)}/${ARCHIVE_FOLDERS.rendered}`,
          },
          { name: BUILD_VARIABLES.helm, value: helm.location },
          { name: BUILD_VARIABLES.helmDigest, value: helm.digest },
        ],
      },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: log.logGroupName } },
      timeoutInMinutes: builds.timeoutMinutes,
      queuedTimeoutInMinutes: QUEUED_MINUTES,
      visibility: 'PRIVATE',
    });
    Validations.of(project).acknowledge({
      id: 'AwsSolutions-CB4',
      reason:
        'Archives are encrypted with the account’s own S3 key, which CodeBuild uses by default; they are copies of what CodeCommit holds in the same way.',
    });
    this.project = {
      name: this.projectName,
      arn: project.attrArn,
      longest: Duration.minutes(builds.timeoutMinutes + QUEUED_MINUTES),
    };

    this.stage = new StageFunction(this, 'Build', {
      installation,
      function: 'build',
      description: 'Claims builds, reads service files, and reads back what was built',
      environment: {
        [FUNCTION_VARIABLES.table]: props.table.tableName,
        [FUNCTION_VARIABLES.buildProject]: this.projectName,
        [FUNCTION_VARIABLES.imageRepository]: props.images.attrRepositoryUri,
        [FUNCTION_VARIABLES.archive]: archiveName(installation.name),
      },
    });
    allowTable(this.stage, props.table, ['GetItem', 'PutItem', 'Query']);
    allowRepositories(this.stage, installation, ['codecommit:GetFile']);
    this.stage.allow(['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [props.images.attrArn]);
    allowArchive(this.stage, installation, { rendered: ['GetObject'], charts: ['GetObject', 'PutObject'] });
    this.allowStoppingBuilds(this.stage);
  }

  /** Finds running builds of a commit and stops them. */
  allowStoppingBuilds(stage: StageFunction): void {
    stage.allow(
      ['codebuild:ListBuildsForProject', 'codebuild:BatchGetBuilds', 'codebuild:StopBuild'],
      [this.project.arn],
    );
  }

  private buildRole(props: BuildProps, log: LogGroup, helm: Helm): Role {
    const archive = archiveName(props.installation.name);
    const role = new Role(this, 'BuildRole', {
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
      description: `${this.projectName}: pulls sources, pushes images and archives, and nothing else`,
      inlinePolicies: {
        Build: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['codecommit:GitPull'], resources: repositoryArns(props.installation) }),
            new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
            new PolicyStatement({
              actions: [
                'ecr:BatchCheckLayerAvailability',
                'ecr:InitiateLayerUpload',
                'ecr:UploadLayerPart',
                'ecr:CompleteLayerUpload',
                'ecr:PutImage',
              ],
              resources: [props.images.attrArn],
            }),
            new PolicyStatement({
              actions: ['s3:PutObject'],
              resources: [ARCHIVE_FOLDERS.builds, ARCHIVE_FOLDERS.rendered].map(
                (folder) => `arn:${Aws.PARTITION}:s3:::${archive}/${folder}/*`,
              ),
            }),
            helm.reading,
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [log.logGroupArn],
            }),
          ],
        }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The login to the registry (ecr:GetAuthorizationToken) supports no resource-level permissions.',
    });
    for (const folder of [ARCHIVE_FOLDERS.builds, ARCHIVE_FOLDERS.rendered]) {
      acknowledgeArchive(
        role,
        props.installation.name,
        folder,
        'What a build keeps is named by the build or its commit.',
      );
    }
    answer(role, {
      checker: 'parliament',
      rule: 'CREDENTIALS_EXPOSURE',
      reason:
        'Pushing an image takes a login to the registry (ecr:GetAuthorizationToken); it is good for what the role may do, and for twelve hours.',
    });
    acknowledgePatterns(role, props.installation);
    return role;
  }
}
