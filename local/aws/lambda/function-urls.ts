/**
 * Function URLs with IAM authentication: who signed the request is checked, and told to the function as AWS tells it. Separate from the
 * API, because here HTTP itself is the event.
 *
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html (payloads) and
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (since October 2025 both permissions are needed).
 */
import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Account, AwsError, type Caller, type HttpAnswer, type HttpRequest, nameOf } from '../api.ts';
import type { Credentials } from '../credentials.ts';
import type { Policies } from '../iam/policies.ts';
import type { PathHandler } from '../server.ts';
import type { Functions } from './service.ts';

/** Where function URLs are on the laptop; in AWS each has a host of its own. */
const PREFIX = '/function-urls';

/** The addresses of functions that have one. */
export class FunctionUrls {
  readonly #account: Account;
  readonly #functions = new Map<string, string>();

  constructor(account: Account) {
    this.#account = account;
  }

  /** Gives a function its URL; the same in every run. */
  define(functionName: string): string {
    const id = createHash('sha256').update(functionName).digest('hex').slice(0, 32);
    this.#functions.set(id, functionName);
    return this.#urlOf(id);
  }

  /** The URL of a function; undefined when it has none. */
  of(functionName: string): string | undefined {
    for (const [id, name] of this.#functions) if (name === nameOf(functionName)) return this.#urlOf(id);
    return undefined;
  }

  find(id: string): string | undefined {
    return this.#functions.get(id);
  }

  #urlOf(id: string): string {
    return `${this.#account.endpoint}${PREFIX}/${id}/`;
  }
}

/** What answering needs of the rest of the laptop. */
export interface FunctionUrlParts {
  readonly account: Account;
  readonly urls: FunctionUrls;
  readonly functions: () => Functions;
  readonly credentials: Credentials;
  readonly policies: Policies;
}

/** Answers requests to function URLs. */
export function functionUrlPath(parts: FunctionUrlParts): PathHandler {
  return async (request, response, url) => {
    const [, id = '', rest = '/'] = /^\/function-urls\/([0-9a-f]{32})(\/.*)?$/.exec(url.pathname) ?? [];
    const name = parts.urls.find(id);
    if (name === undefined) return undefined;
    const read: HttpRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await buffer(request),
    };
    const answer = await answerTo(parts, { id, name, path: rest }, read);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
    return true;
  };
}

interface Asked {
  readonly id: string;
  readonly name: string;
  /** Path below the function's address. */
  readonly path: string;
}

async function answerTo(parts: FunctionUrlParts, asked: Asked, request: HttpRequest): Promise<HttpAnswer> {
  const signer = parts.credentials.signerOf(request, 'lambda');
  if (signer === undefined) return forbidden();
  try {
    mayCall(parts, asked.name, signer.caller);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    parts.account.log(`function URL of ${asked.name}: ${error.message}`);
    return forbidden();
  }
  const outcome = await parts
    .functions()
    .invoke(asked.name, JSON.stringify(eventOf(parts.account, asked, request, signer)));
  if (outcome.error) return json(502, { Message: 'Internal Server Error' });
  return answerOf(outcome.payload);
}

/** Both permissions, as of October 2025. */
function mayCall({ policies, account }: FunctionUrlParts, name: string, caller: Caller): void {
  const resource = `arn:aws:lambda:${account.region}:${account.id}:function:${name}`;
  const questions = [
    { action: 'lambda:InvokeFunctionUrl', resource, context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    { action: 'lambda:InvokeFunction', resource, context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ];
  for (const question of questions) {
    const decision = policies.authorize(caller, question);
    if (!decision.allowed) throw new AwsError('AccessDeniedException', `${caller.arn}: ${decision.missing}`, 403);
  }
}

function eventOf(
  account: Account,
  { id, path }: Asked,
  { method, query, headers, body }: HttpRequest,
  { caller, accessKey }: { readonly caller: Caller; readonly accessKey: string },
) {
  const now = new Date();
  const domain = `${id}.lambda-url.${account.region}.on.aws`;
  const unique = `${caller.role === undefined ? 'AIDA' : 'AROA'}LAPTOP`;
  const callerId = caller.role === undefined ? unique : `${unique}:${nameOf(caller.arn)}`;
  const read = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query.toString(),
    headers: { ...Object.fromEntries(read), host: domain },
    ...(query.size > 0 && { queryStringParameters: Object.fromEntries(query) }),
    requestContext: {
      accountId: account.id,
      apiId: id,
      authorizer: {
        iam: {
          accessKey,
          accountId: account.id,
          callerId,
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: caller.arn,
          userId: callerId,
        },
      },
      domainName: domain,
      domainPrefix: id,
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: String(headers['user-agent'] ?? ''),
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString() }),
    isBase64Encoded: false,
  };
}

/** An answer with a status code is HTTP as the function words it; anything else is the body. */
function answerOf(payload: string): HttpAnswer {
  const read = JSON.parse(payload) as {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } | null;
  if (typeof read?.statusCode !== 'number') return { ...json(200, undefined), body: payload };
  return {
    status: read.statusCode,
    headers: { 'content-type': 'application/json', ...read.headers },
    body: read.body ?? '',
  };
}

function forbidden(): HttpAnswer {
  return json(403, {
    Message:
      'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
  });
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) ?? '' };
}
