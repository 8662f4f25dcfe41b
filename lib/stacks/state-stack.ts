/**
 * What must survive everything: the table of records, the images and the archives of builds. A stack of its own, protected, so that
 * no update of the rest can lose them.
 */
import { Duration, RemovalPolicy, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRepository } from 'aws-cdk-lib/aws-ecr';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ARCHIVE_FOLDERS } from '../../lambdas/contracts/archive.ts';
import { tableName } from '../../lambdas/contracts/stages.ts';
import { TABLE } from '../../lambdas/contracts/table.ts';
import { answer } from '../constructs/answers.ts';
import { archiveName, imageRepositoryName } from '../constructs/names.ts';
import type { Installation } from '../constructs/installation.ts';

/** Days after which an image that no node has pulled is put away, and days after which it is gone. */
const IMAGE_DAYS = { untilArchive: 90, untilGone: 90 } as const;
/** Sources and reports of builds: as long as somebody may ask how an image came to be. */
const ARCHIVE_DAYS = 180;

export interface StateStackProps extends StackProps {
  readonly installation: Installation;
}

export class StateStack extends Stack {
  readonly table: TableV2;
  readonly images: CfnRepository;
  readonly archive: Bucket;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { name } = props.installation;

    this.table = new TableV2(this, 'Table', {
      tableName: tableName(name),
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      timeToLiveAttribute: TABLE.timeToLive,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      globalSecondaryIndexes: [
        {
          // Every record, and only records: the sweep lists them without reading history and builds.
          indexName: TABLE.kindIndex,
          partitionKey: { name: TABLE.kindIndexKey, type: AttributeType.STRING },
          sortKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
          projectionType: ProjectionType.ALL,
        },
      ],
    });

    this.images = new CfnRepository(this, 'Images', {
      repositoryName: imageRepositoryName(name),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
      lifecyclePolicy: { lifecyclePolicyText: JSON.stringify({ rules: IMAGE_RULES }) },
    });
    answer(this.images, {
      checker: 'checkov',
      rule: 'CKV_AWS_136',
      reason:
        'Images are encrypted with a key of ECR (AES256). A key of the account would have to be granted to every node that pulls, and guards against nobody who may pull.',
    });
    this.images.applyRemovalPolicy(RemovalPolicy.RETAIN);

    this.archive = new Bucket(this, 'Archive', {
      bucketName: archiveName(name),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: false,
      lifecycleRules: [ARCHIVE_FOLDERS.builds, ARCHIVE_FOLDERS.rendered].map((folder) => ({
        id: `expire-${folder}`,
        prefix: `${folder}/`,
        expiration: Duration.days(ARCHIVE_DAYS),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      })),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const unlogged =
      'Holds copies of sources and build reports that only the build role writes and nobody is served; all of it expires, and a bucket of access logs would outlive what it describes.';
    Validations.of(this.archive).acknowledge({ id: 'AwsSolutions-S1', reason: unlogged });
    answer(
      this.archive,
      { checker: 'checkov', rule: 'CKV_AWS_18', reason: unlogged },
      {
        checker: 'checkov',
        rule: 'CKV_AWS_21',
        reason:
          'CodeBuild names every archive by the id of its build: no name is written twice, so there are no versions to keep.',
      },
    );
  }
}

/**
 * Images of removed branches expire; an image that runs never does: nodes of EKS Auto Mode live 21 days at most, so whatever runs is
 * pulled again long before. Put away first, gone later, so that a mistake can be taken back.
 * Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
const IMAGE_RULES = [
  {
    rulePriority: 1,
    description: 'Delete what was put away long ago',
    selection: {
      tagStatus: 'tagged',
      tagPatternList: ['*'],
      storageClass: 'archive',
      countType: 'sinceImageTransitioned',
      countUnit: 'days',
      countNumber: IMAGE_DAYS.untilGone,
    },
    action: { type: 'expire' },
  },
  {
    rulePriority: 2,
    description: 'Put away what no node has pulled for long',
    selection: {
      tagStatus: 'tagged',
      tagPatternList: ['*'],
      storageClass: 'standard',
      countType: 'sinceImagePulled',
      countUnit: 'days',
      countNumber: IMAGE_DAYS.untilArchive,
    },
    action: { type: 'transition', targetStorageClass: 'archive' },
  },
  {
    rulePriority: 3,
    description: 'Delete layers of pushes that were broken off',
    selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 },
    action: { type: 'expire' },
  },
];
