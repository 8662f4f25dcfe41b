/** Tables, buckets, parameters and secrets. Separate from the other resource types, which need other parts of the laptop. */
import { arnOf } from '../../api.ts';
import { secretResource } from '../../secret-names.ts';
import { made, ordinary, reasons, type ResourceKind, statements } from '../kind.ts';

const tableShape = ['AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];

const table: ResourceKind = {
  runs: ['TableName', 'BillingMode', ...tableShape],
  noEffect: {
    TimeToLiveSpecification: 'items never expire on a laptop',
    Replicas: 'there is one region (point-in-time recovery and deletion protection have no effect either)',
    SSESpecification: reasons.encrypted,
    PointInTimeRecoverySpecification: reasons.kept,
    DeletionProtectionEnabled: reasons.kept,
    ...ordinary,
  },
  async make(properties, place) {
    const name = (properties['TableName'] as string | undefined) ?? place.name(255);
    const shape = Object.fromEntries(
      tableShape.flatMap((key) => (properties[key] === undefined ? [] : [[key, properties[key]]])),
    );
    await place.world.dynamodb.declareTable({ ...shape, TableName: name, BillingMode: 'PAY_PER_REQUEST' });
    return made(name, { Arn: arnOf(place.account, 'dynamodb', `table/${name}`) });
  },
};

/** Tables, buckets, parameters and secrets. */
export const stores: Readonly<Record<string, ResourceKind>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::S3::Bucket': {
    runs: ['BucketName'],
    noEffect: {
      BucketEncryption: reasons.encrypted,
      PublicAccessBlockConfiguration: 'nothing is public',
      OwnershipControls: 'there is one account',
      LifecycleConfiguration: 'objects are kept until they are deleted',
      VersioningConfiguration: 'the newest version is kept',
      LoggingConfiguration: 'there are no access logs',
      ...ordinary,
    },
    make({ BucketName }, { world, account, name }) {
      const bucket = ((BucketName as string | undefined) ?? name(63)).toLowerCase();
      world.s3.declareBucket(bucket);
      const host = `${bucket}.s3.amazonaws.com`;
      return made(bucket, {
        Arn: `arn:aws:s3:::${bucket}`,
        DomainName: host,
        RegionalDomainName: `${bucket}.s3.${account.region}.amazonaws.com`,
      });
    },
  },
  'AWS::S3::BucketPolicy': {
    runs: ['Bucket', 'PolicyDocument'],
    make({ Bucket, PolicyDocument }, { world, name, logicalId }) {
      for (const [index, statement] of statements(PolicyDocument).entries())
        world.policies.resourceStatement(`arn:aws:s3:::${Bucket}`, `${logicalId}/${index}`, statement);
      return made(name());
    },
  },
  'AWS::SSM::Parameter': {
    runs: ['Name', 'Type', 'Value'],
    noEffect: { Tier: reasons.cost, ...ordinary },
    make({ Name, Value }, { world, name }) {
      const parameter = (Name as string | undefined) ?? name();
      world.parameters.declareParameter(parameter, String(Value));
      return made(parameter, { Value, Type: 'String' });
    },
  },
  'AWS::SecretsManager::Secret': {
    runs: ['Name', 'SecretString', 'GenerateSecretString'],
    noEffect: { KmsKeyId: reasons.encrypted, ...ordinary },
    make({ Name, SecretString, GenerateSecretString }, { world, account, name }) {
      const secret = (Name as string | undefined) ?? name();
      world.parameters.declareSecret(
        secret,
        SecretString,
        GenerateSecretString && {
          template: GenerateSecretString.SecretStringTemplate,
          key: GenerateSecretString.GenerateStringKey,
        },
      );
      return made(arnOf(account, 'secretsmanager', secretResource(secret)), { Id: secret });
    },
  },
};
