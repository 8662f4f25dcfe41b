/**
 * SSM parameters and Secrets Manager secrets of the templates, read only. Separate from other services because both are the same
 * thing: a named text.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Account, AwsError, arnOf, nameOf, type Service } from './api.ts';
import { json } from './protocols.ts';
import { readState, writeState } from './state-file.ts';

/** Parameters that every bootstrapped account has; the version is the one our CDK asks for at least. */
const bootstrap = /^\/cdk-bootstrap\/[^/]+\/version$/;

/** Named texts. */
export function parameters(account: Account) {
  const values = new Map<string, string>();
  const secrets = new Map<string, string>();
  const parameter = (Name: string) => {
    const Value = bootstrap.test(Name) ? '30' : values.get(Name);
    if (Value === undefined) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
    return {
      Name,
      Value,
      Type: 'String',
      Version: 1,
      ARN: arnOf(account, 'ssm', `parameter/${Name.replace(/^\//, '')}`),
    };
  };
  const ssm: Service = {
    name: 'ssm',
    protocol: json,
    actions: { GetParameter: ({ Name }: { Name: string }) => ({ Parameter: parameter(Name) }) },
  };
  const secretsManager: Service = {
    name: 'secretsmanager',
    protocol: json,
    actions: {
      GetSecretValue({ SecretId }: { SecretId: string }) {
        const name = nameOf(SecretId);
        const SecretString = secrets.get(name);
        if (SecretString === undefined)
          throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
        return {
          Name: name,
          ARN: arnOf(account, 'secretsmanager', `secret:${name}`),
          SecretString,
          VersionStages: ['AWSCURRENT'],
        };
      },
    },
  };
  return {
    services: [ssm, secretsManager],
    value: (name: string) => parameter(name).Value,
    declareParameter: (name: string, value: string) => void values.set(name, value),
    /** A generated secret keeps its value over restarts. */
    declareSecret(
      name: string,
      value: string | undefined,
      generated: { template?: string; key?: string } | undefined,
    ): void {
      const path = join(account.state, 'secrets', `${encodeURIComponent(name)}.json`);
      let text = value ?? readState<string>(path);
      if (text === undefined) {
        const password = randomBytes(24).toString('base64url');
        const { template, key } = generated ?? {};
        text =
          template !== undefined && key !== undefined
            ? JSON.stringify({ ...(JSON.parse(template) as object), [key]: password })
            : password;
      }
      writeState(path, text);
      secrets.set(name, text);
    },
  };
}
