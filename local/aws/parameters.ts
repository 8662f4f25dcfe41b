/**
 * SSM parameters and Secrets Manager: both are the same thing, a named text. Values are in memory and never on the disk: those of a
 * person's file are read at every start, everything else is gone when the laptop stops and is made again by whoever made it.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Account, AwsError, arnOf, type Service } from './api.ts';
import { json } from './protocols.ts';
import { secretName, secretResource } from './secret-names.ts';

/** Parameters that every bootstrapped account has; the version is the one our CDK asks for at least. */
const bootstrap = /^\/cdk-bootstrap\/[^/]+\/version$/;

/** Tells the bus, as the services do when a value becomes another. */
export type Emit = (source: string, detailType: string, detail: object, resources: readonly string[]) => void;

interface Secret {
  readonly value: string;
  readonly version: string;
}

/** The texts of a file: a YAML mapping of names to values; names of parameters begin with a slash. */
export function readTexts(path: string): ReadonlyMap<string, string> {
  const read: unknown = parse(readFileSync(path, 'utf8'));
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new Error(
      `${path} must be a mapping of names to values, such as: espalier/feature/orders/payment-key: test-1`,
    );
  return new Map(
    Object.entries(read).map(([name, value]) => {
      if (typeof value !== 'string')
        throw new Error(`${path}: the value of ${name} must be text (quote numbers and words like true)`);
      return [name, value];
    }),
  );
}

/** Named texts; `given` are those of a person's file. */
export function parameters(
  account: Account,
  given: ReadonlyMap<string, string> = new Map(),
  emit: Emit = () => undefined,
) {
  const values = new Map<string, { readonly value: string; readonly version: number }>(
    [...given].flatMap(([name, value]) => (name.startsWith('/') ? [[name, { value, version: 1 }] as const] : [])),
  );
  const secrets = new Map<string, Secret>();
  const put = (name: string, value: string): Secret => {
    const secret = { value, version: randomUUID() };
    secrets.set(name, secret);
    return secret;
  };
  for (const [name, value] of given) if (!name.startsWith('/')) put(name, value);
  const parameter = (Name: string) => {
    const found = bootstrap.test(Name) ? { value: '30', version: 1 } : values.get(Name);
    if (found === undefined) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
    return {
      Name,
      Value: found.value,
      Type: 'String',
      Version: found.version,
      ARN: arnOf(account, 'ssm', `parameter/${Name.replace(/^\//, '')}`),
    };
  };
  const arn = (name: string): string => arnOf(account, 'secretsmanager', secretResource(name));
  const found = (id: string): Secret & { readonly name: string } => {
    const name = secretName(id);
    const secret = secrets.get(name);
    if (secret === undefined)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return { ...secret, name };
  };
  const ssm: Service = {
    name: 'ssm',
    protocol: json,
    actions: {
      GetParameter: ({ Name }: { Name: string }) => ({ Parameter: parameter(Name) }),
      PutParameter({ Name, Value, Overwrite = false }: { Name: string; Value: string; Overwrite?: boolean }) {
        const before = values.get(Name);
        if (before !== undefined && !Overwrite)
          throw new AwsError('ParameterAlreadyExists', `The parameter ${Name} already exists; overwrite it.`);
        const version = (before?.version ?? 0) + 1;
        values.set(Name, { value: Value, version });
        const { ARN } = parameter(Name);
        const operation = before === undefined ? 'Create' : 'Update';
        emit('aws.ssm', 'Parameter Store Change', { operation, name: Name, type: 'String' }, [ARN]);
        return { Version: version, Tier: 'Standard' };
      },
    },
  };
  const secretsManager: Service = {
    name: 'secretsmanager',
    protocol: json,
    actions: {
      GetSecretValue({ SecretId }: { SecretId: string }) {
        const { name, value, version } = found(SecretId);
        return {
          Name: name,
          ARN: arn(name),
          SecretString: value,
          VersionId: version,
          VersionStages: ['AWSCURRENT'],
        };
      },
      CreateSecret({ Name, SecretString = '' }: { Name: string; SecretString?: string }) {
        if (secrets.has(Name))
          throw new AwsError(
            'ResourceExistsException',
            `The operation failed because the secret ${Name} already exists.`,
          );
        return { Name, ARN: arn(Name), VersionId: put(Name, SecretString).version };
      },
      PutSecretValue({ SecretId, SecretString = '' }: { SecretId: string; SecretString?: string }) {
        const { name } = found(SecretId);
        const { version } = put(name, SecretString);
        const detail = { name, labelUpdated: 'AWSCURRENT', versionId: version };
        emit('aws.secretsmanager', 'Secret Label Updated', detail, [arn(name)]);
        return { Name: name, ARN: arn(name), VersionId: version, VersionStages: ['AWSCURRENT'] };
      },
      DescribeSecret({ SecretId }: { SecretId: string }) {
        const { name, version } = found(SecretId);
        return { Name: name, ARN: arn(name), VersionIdsToStages: { [version]: ['AWSCURRENT'] } };
      },
      DeleteSecret({ SecretId }: { SecretId: string }) {
        const { name } = found(SecretId);
        secrets.delete(name);
        return { Name: name, ARN: arn(name), DeletionDate: new Date() };
      },
      ListSecrets: () => ({ SecretList: [...secrets.keys()].sort().map((Name) => ({ Name, ARN: arn(Name) })) }),
    },
  };
  return {
    services: [ssm, secretsManager],
    value: (name: string) => parameter(name).Value,
    declareParameter: (name: string, value: string) => void values.set(name, { value, version: 1 }),
    declareSecret(
      name: string,
      value: string | undefined,
      generated: { template?: string; key?: string } | undefined,
    ): void {
      if (value !== undefined) return void put(name, value);
      const password = randomBytes(24).toString('base64url');
      const { template, key } = generated ?? {};
      put(
        name,
        template !== undefined && key !== undefined
          ? JSON.stringify({ ...(JSON.parse(template) as object), [key]: password })
          : password,
      );
    },
  };
}
