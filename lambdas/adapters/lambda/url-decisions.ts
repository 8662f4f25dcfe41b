/**
 * Decisions by the function URL of `approval`, signed with the caller's credentials. Separate from the SDK's clients, none of which
 * calls function URLs.
 */
import { GetFunctionUrlConfigCommand, ResourceNotFoundException, type LambdaClient } from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import type { DecideAnswer } from '../../contracts/inputs.ts';
import { RejectedError, TransientError } from '../../domain/errors.ts';
import type { Decisions } from '../../ports/decisions.ts';
import { NodeSha256 } from '../aws/node-sha256.ts';

/** Longest that an answer may take: a cold start and a few calls. */
const TIMEOUT = 30_000;

/** Decisions in one installation. */
export function urlDecisions(client: LambdaClient, installation: string): Decisions {
  const functionName = `${installation}-approval`;
  return {
    async decide(input) {
      const url = await urlOf(client, functionName, installation);
      const body = JSON.stringify(input);
      const response = await send(client, url, body);
      const text = await response.text();
      const answer = read(text);
      if (answer !== undefined) return answer;
      if (response.status === 403) {
        throw new RejectedError(
          `AWS does not let you decide: your role needs the managed policy ${installation}-decide (lambda:InvokeFunctionUrl and lambda:InvokeFunction on ${functionName}).`,
        );
      }
      throw new TransientError(
        `${functionName} answered ${String(response.status)}: ${text.slice(0, 200)}. Nothing is known to have been decided; look with \`npx espalier rollout\`, then try again.`,
      );
    },
  };
}

async function urlOf(client: LambdaClient, functionName: string, installation: string): Promise<URL> {
  try {
    const { FunctionUrl } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: functionName }));
    return new URL(FunctionUrl ?? '');
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new RejectedError(
      `There is no function ${functionName} with a URL in this account and region: the installation "${installation}" is not deployed here.`,
    );
  }
}

async function send(client: LambdaClient, url: URL, body: string): Promise<Response> {
  const signer = new SignatureV4({
    service: 'lambda',
    region: await client.config.region(),
    credentials: await client.config.credentials(),
    sha256: NodeSha256,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  });
  // The host is sent anyway, as it was signed.
  const { host: _host, ...headers } = signed.headers;
  try {
    return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT) });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new TransientError(`${url.host} did not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}

/** The function's own answer; undefined when AWS answered in its place. */
function read(text: string): DecideAnswer | undefined {
  try {
    const answer = JSON.parse(text) as Partial<DecideAnswer> | null;
    return typeof answer?.kind === 'string' ? (answer as DecideAnswer) : undefined;
  } catch {
    return undefined;
  }
}
