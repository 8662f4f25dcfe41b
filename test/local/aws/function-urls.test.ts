/** Function URLs on the laptop: who signed a request is checked and told to the function, as AWS does. */
import { GetFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { urlDecisions } from '../../../lambdas/adapters/lambda/url-decisions.ts';
import { NodeSha256 } from '../../../lambdas/adapters/aws/node-sha256.ts';
import { type Laptop, role, withLaptop } from './laptop.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** A function that answers who called it and with what; `decides` may call it, `looks` has one of two permissions. */
const assembly = (code: string) => ({
  Resources: {
    Role: role('lambda'),
    Asked: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'espalier-approval',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: code },
        Role: arnOf('Role'),
      },
    },
    Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: arnOf('Asked'), AuthType: 'AWS_IAM' } },
    Decides: role('lambda'),
    Looks: role('lambda'),
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'decide',
        Roles: [{ Ref: 'Decides' }],
        PolicyDocument: {
          Statement: [
            { Effect: 'Allow', Action: 'lambda:GetFunctionUrlConfig', Resource: arnOf('Asked') },
            {
              Effect: 'Allow',
              Action: 'lambda:InvokeFunctionUrl',
              Resource: arnOf('Asked'),
              Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
            },
            {
              Effect: 'Allow',
              Action: 'lambda:InvokeFunction',
              Resource: arnOf('Asked'),
              Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
            },
          ],
        },
      },
    },
    Half: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'half',
        Roles: [{ Ref: 'Looks' }],
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: ['lambda:GetFunctionUrlConfig', 'lambda:InvokeFunctionUrl'],
              Resource: arnOf('Asked'),
            },
          ],
        },
      },
    },
  },
  Outputs: { DecidesArn: { Value: arnOf('Decides') }, LooksArn: { Value: arnOf('Looks') } },
});

const SHOWS = `exports.handler = async (event) => ({
  statusCode: 200,
  body: JSON.stringify({ kind: 'taken', message: JSON.stringify([event.requestContext.authorizer.iam.userArn, JSON.parse(event.body)]) }),
});`;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Credentials of a session of one of the two roles. */
async function sessionOf({ aws }: Laptop, output: string): Promise<Keys & { readonly sessionToken: string }> {
  const person = { arn: 'person' };
  const { Stacks } = (await aws.call('cloudformation', 'DescribeStacks', {}, person)) as {
    Stacks: { Outputs: { OutputKey: string; OutputValue: string }[] }[];
  };
  const RoleArn = Stacks[0]?.Outputs.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
  const { Credentials } = (await aws.call(
    'sts',
    'AssumeRole',
    { RoleArn, RoleSessionName: 'ann@example.com' },
    person,
  )) as {
    Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
  };
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials;
  return { accessKeyId, secretAccessKey, sessionToken };
}

async function urlOf(client: Laptop['client']): Promise<URL> {
  const { FunctionUrl } = await new LambdaClient(client).send(
    new GetFunctionUrlConfigCommand({ FunctionName: 'espalier-approval' }),
  );
  return new URL(FunctionUrl ?? '');
}

/** A request that is signed, and then changed. */
async function post(
  url: URL,
  credentials: Keys,
  change: { readonly body?: string; readonly service?: string; readonly at?: Date } = {},
): Promise<number> {
  const signer = new SignatureV4({
    service: change.service ?? 'lambda',
    region: 'eu-central-1',
    credentials,
    sha256: NodeSha256,
  });
  const body = '{"approval":"0123456789ab","decision":"approve"}';
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host },
      body,
    },
    change.at === undefined ? {} : { signingDate: change.at },
  );
  const { host: _host, ...headers } = signed.headers;
  return (await fetch(url, { method: 'POST', headers, body: change.body ?? body })).status;
}

describe('a function URL', () => {
  it('tells the function who called: a person, or the session of a role', async () => {
    await withLaptop(assembly(SHOWS), async (laptop) => {
      const input = { approval: '0123456789ab', decision: 'approve' } as const;
      const said = async (credentials: Keys): Promise<unknown> => {
        const client = new LambdaClient({ ...laptop.client, credentials });
        const answer = await urlDecisions(client, 'espalier').decide(input);
        return answer.kind === 'taken' ? JSON.parse(answer.message) : answer;
      };
      const account = 'arn:aws:iam::000000000000';
      expect(await said(laptop.client.credentials)).toEqual([`${account}:user/local`, input]);
      expect(await said({ accessKeyId: 'local-ann', secretAccessKey: 'local' })).toEqual([
        `${account}:user/ann`,
        input,
      ]);
      const [arn] = (await said(await sessionOf(laptop, 'DecidesArn'))) as [string];
      expect(arn).toMatch(/^arn:aws:sts::000000000000:assumed-role\/.*\/ann@example\.com$/);
    });
  });

  it('takes nobody who lacks one of the two permissions, and says which', async () => {
    await withLaptop(assembly(SHOWS), async (laptop) => {
      const client = new LambdaClient({ ...laptop.client, credentials: await sessionOf(laptop, 'LooksArn') });
      await expect(
        urlDecisions(client, 'espalier').decide({ approval: '0123456789ab', decision: 'approve' }),
      ).rejects.toThrow(/managed policy espalier-decide/);
      expect(laptop.lines.join('\n')).toMatch(
        /function URL.*would need a statement that allows lambda:InvokeFunction on/,
      );
    });
  });

  it('takes no request that is unsigned, forged, changed, meant for another service or old', async () => {
    await withLaptop(assembly(SHOWS), async ({ client }) => {
      const url = await urlOf(client);
      const { credentials } = client;
      expect(await post(url, credentials)).toBe(200);
      expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(403);
      expect(await post(url, { ...credentials, secretAccessKey: 'guessed' })).toBe(403);
      expect(await post(url, { accessKeyId: 'unknown', secretAccessKey: 'local' })).toBe(403);
      expect(await post(url, credentials, { body: '{"approval":"0123456789ab","decision":"abort"}' })).toBe(403);
      expect(await post(url, credentials, { service: 'sts' })).toBe(403);
      expect(await post(url, credentials, { at: new Date(Date.now() - 10 * 60_000) })).toBe(403);
    });
  });

  it('of a function that fails is an error of the server, which the command line does not take for an answer', async () => {
    await withLaptop(assembly("exports.handler = async () => { throw new Error('no'); }"), async ({ client }) => {
      expect(await post(await urlOf(client), client.credentials)).toBe(502);
      await expect(
        urlDecisions(new LambdaClient(client), 'espalier').decide({ approval: '0123456789ab', decision: 'approve' }),
      ).rejects.toThrow(/answered 502.*look with/);
    });
  });

  it('that anybody may call is refused at start', async () => {
    const open = assembly(SHOWS);
    open.Resources.Url.Properties.AuthType = 'NONE';
    await expect(withLaptop(open, () => Promise.resolve())).rejects.toThrow(/AuthType NONE does not run/);
  });

  it('is missing where nothing is deployed', async () => {
    await withLaptop({}, async ({ client }) => {
      await expect(
        urlDecisions(new LambdaClient(client), 'other').decide({ approval: '0123456789ab', decision: 'approve' }),
      ).rejects.toThrow(/installation "other" is not deployed here/);
    });
  });
});
