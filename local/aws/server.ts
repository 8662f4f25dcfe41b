/**
 * The one HTTP address behind which all of the laptop's AWS answers. The credential scope of a request's signature names the
 * service, the service's protocol reads it, `call` decides and does it. Separate from the services so that they work in process too.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { AwsError, type Call, type Caller, type HttpAnswer, type HttpRequest, type Service } from './api.ts';
import { json } from './protocols.ts';

/** What answers paths that are not API calls (git, function URLs, the image registry); undefined passes the request on. */
export type PathHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<boolean | undefined>;

/** What the server needs. */
export interface ServerOptions {
  readonly port: number;
  readonly services: () => ReadonlyMap<string, Service>;
  /** Who has this access key. */
  readonly callerOf: (accessKey: string) => Caller | undefined;
  readonly call: Call;
  readonly paths: readonly PathHandler[];
  readonly log: (line: string) => void;
}

/** Listens on 127.0.0.1. */
export async function serve(options: ServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      options.log(`server: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
  });
  return server;
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  for (const path of options.paths) if (await path(request, response, url)) return;
  const read: HttpRequest = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await buffer(request),
  };
  const answer = await answerTo(options, read);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

async function answerTo(options: ServerOptions, request: HttpRequest): Promise<HttpAnswer> {
  const scope = credentialOf(request);
  const service = options.services().get(scope?.service ?? '');
  const fail = (error: AwsError) => (service?.protocol ?? json).fail(error);
  if (!scope)
    return fail(
      new AwsError('MissingAuthenticationToken', 'The request is not signed with AWS Signature Version 4.', 403),
    );
  const caller = options.callerOf(scope.key);
  if (!caller)
    return fail(
      new AwsError(
        'UnrecognizedClientException',
        `The access key ${scope.key} is not known here. People use AWS_ACCESS_KEY_ID=local and AWS_SECRET_ACCESS_KEY=local.`,
        403,
      ),
    );
  if (!service)
    return fail(
      new AwsError(
        'UnknownOperationException',
        `The service ${scope.service} is not on the laptop. There are: ${[...options.services().keys()].sort().join(', ')}.`,
        501,
      ),
    );
  try {
    const read = service.protocol.read(request);
    if (!read)
      throw new AwsError(
        'UnknownOperationException',
        `${request.method} ${request.path} is no ${service.name} call that the laptop knows.`,
        501,
      );
    return service.protocol.write(read.action, await options.call(service.name, read.action, read.input, caller));
  } catch (error) {
    if (error instanceof AwsError) return fail(error);
    options.log(`${service.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return fail(new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500));
  }
}

/** Access key and service out of the signature, in the header or (presigned) in the query. */
function credentialOf(request: HttpRequest): { key: string; service: string } | undefined {
  const header = request.headers.authorization;
  const credential =
    (typeof header === 'string' ? /Credential=([^,\s]+)/.exec(header)?.[1] : undefined) ??
    request.query.get('X-Amz-Credential') ??
    undefined;
  const [key, , , service] = credential?.split('/') ?? [];
  return key !== undefined && service !== undefined ? { key, service } : undefined;
}
