/**
 * AWS as the SDK hears it: answers and errors in the wire protocol, so that the SDK's own parsing makes the exceptions.
 * Separate because adapters are tested against real exception classes, never against ones that a test made up.
 */
import { Readable } from 'node:stream';

/** What a service answers to one call. */
export type WireAnswer =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message?: string; readonly status?: number }
  /** An error in a form that the protocol does not have. */
  | { readonly kind: 'foreign'; readonly text: string }
  | { readonly kind: 'broken' };

/** One call as it was sent. */
export interface WireCall {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export const answer = (body: unknown): WireAnswer => ({ kind: 'answer', body });
export const failure = (name: string, status = 400): WireAnswer => ({ kind: 'error', name, status });
export const broken: WireAnswer = { kind: 'broken' };

/** Settings of a client that talks to these answers; `calls` collects what was sent. */
export function wire(answers: (call: WireCall) => WireAnswer) {
  const calls: WireCall[] = [];
  const handle = async (request: { readonly headers: Record<string, string>; readonly body?: unknown }) => {
    const call = parse(request);
    calls.push(call);
    const said = answers(call);
    if (said.kind === 'broken') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const [statusCode, body] =
      said.kind === 'foreign'
        ? [400, said.text]
        : said.kind === 'answer'
          ? [200, JSON.stringify(said.body)]
          : [said.status ?? 400, JSON.stringify({ __type: said.name, message: said.message ?? 'for a test' })];
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      ...(said.kind === 'error' && { 'x-amzn-errortype': said.name }),
    };
    return Promise.resolve({ response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } });
  };
  return {
    calls,
    options: {
      region: 'eu-central-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: { handle },
    },
  };
}

function parse({ headers, body }: { readonly headers: Record<string, string>; readonly body?: unknown }): WireCall {
  const target = headers['x-amz-target'];
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : typeof body === 'string' ? body : '';
  if (target !== undefined) {
    return { action: target.split('.').at(-1) ?? '', input: JSON.parse(text) as Record<string, unknown> };
  }
  const query = new URLSearchParams(text);
  return { action: query.get('Action') ?? '', input: Object.fromEntries(query) };
}
