/** Reading bodies and writing answers: separate because everything that is JSON leaves the same way, refusals included. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'yaml';
import { decodeProtobuf, protobufType } from './protobuf.ts';
import { ApiError, badRequest } from './status.ts';

/** The size at which a real API server stops reading a request. */
const longestBody = 3 * 1024 * 1024;

/** A request's body as it was sent. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  // All of it is read, so that the connection can carry the refusal; only so much is kept.
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= longestBody) parts.push(part);
  }
  if (size > longestBody)
    throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longestBody}`);
  return Buffer.concat(parts);
}

/** A body as JSON, YAML or protocol buffer, by its content type. */
export function parseBody(body: Buffer, contentType: string | undefined, kind: string): unknown {
  const type = (contentType ?? 'application/json').split(';')[0]?.trim() ?? '';
  if (body.length === 0) return {};
  if (type === protobufType) return decodeProtobuf(body);
  const text = body.toString();
  if (!/[/+](json|yaml)$/.test(type))
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${protobufType}`,
    );
  try {
    return type.endsWith('yaml') ? parse(text) : JSON.parse(text);
  } catch (error) {
    const why = `couldn't get version/kind; json parse error: ${(error as Error).message}`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
  }
}

/** Writes a JSON answer, with what the client is to be warned of. */
export function respond(
  response: ServerResponse,
  code: number,
  body: unknown,
  contentType = 'application/json',
  warnings: readonly string[] = [],
): void {
  if (response.headersSent || response.destroyed) return;
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
  // A header carries one line of visible characters.
  const quoted = warnings.map((one) => `299 - ${JSON.stringify(one.replaceAll(/[^\x20-\x7e]/g, '?'))}`);
  if (quoted.length > 0) response.setHeader('warning', quoted);
  response.writeHead(code, { 'content-type': contentType, 'content-length': text.length });
  response.end(text);
}

const codes: Record<string, number> = { NotFound: 404, BadRequest: 400, Conflict: 409, Forbidden: 403, Invalid: 422 };

/** Any error as a refusal; what is none of ours is the server's fault, and told to `log`. */
export function refusalOf(error: unknown, log: (line: string) => void): ApiError {
  if (error instanceof ApiError) return error;
  const { reason, message } = error as { reason?: string; message: string };
  if (reason !== undefined && codes[reason] !== undefined) return new ApiError(codes[reason], reason, message);
  log(`api: ${(error as Error).stack ?? String(error)}`);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`);
}
