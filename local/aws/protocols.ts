/**
 * AWS's wire formats: JSON with a target header, query with XML answers, REST with JSON. Separate because each service only says
 * which one it speaks; the services themselves never see HTTP.
 */
import { randomUUID } from 'node:crypto';
import type { AwsError, HttpAnswer, Input, Protocol } from './api.ts';

/** JSON as AWS writes it: times in epoch seconds, bytes in base64. */
export function awsJson(value: unknown): string {
  return JSON.stringify(value ?? {}, function (this: Input, key, shown: unknown) {
    const raw = key === '' ? shown : this[key];
    if (raw instanceof Date) return raw.getTime() / 1000;
    return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : shown;
  });
}

function parsed(body: Buffer): Input {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Input);
}

function failJson(error: AwsError): HttpAnswer {
  const body = JSON.stringify({ __type: error.code, message: error.message, ...error.members });
  return answer(error.status, body, 'application/json', { 'x-amzn-ErrorType': error.code });
}

function answer(status: number, body: string, type: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, body, headers: { 'content-type': type, 'x-amzn-RequestId': randomUUID(), ...headers } };
}

/** JSON 1.0 and 1.1: the action is the last part of the `X-Amz-Target` header. */
export const json: Protocol = {
  read(request) {
    const target = request.headers['x-amz-target'];
    const action = typeof target === 'string' ? target.split('.').at(-1) : undefined;
    return action === undefined ? undefined : { action, input: parsed(request.body) };
  },
  write: (_action, output) => answer(200, awsJson(output), 'application/x-amz-json-1.1'),
  fail: failJson,
};

/** REST with JSON: a table of `METHOD /path/{Member}` → action; path, query and body members make the input. */
export function restJson(routes: Readonly<Record<string, string>>): Protocol {
  const table = Object.entries(routes).map(([route, action]) => {
    const [method = '', path = ''] = route.split(' ');
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    return { method, action, names, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}/?$`) };
  });
  return {
    read(request) {
      for (const { method, action, names, pattern } of table) {
        const found = method === request.method ? pattern.exec(request.path) : null;
        if (!found) continue;
        const members = names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]);
        return {
          action,
          input: { ...Object.fromEntries(request.query), ...parsed(request.body), ...Object.fromEntries(members) },
        };
      }
      return undefined;
    },
    write: (_action, output) => answer(200, awsJson(output), 'application/json'),
    fail: failJson,
  };
}

/** Form-encoded members with dots (`Tags.member.1.Key`) as the structure they mean. */
function unflatten(form: URLSearchParams): Input {
  const root: Input = {};
  for (const [path, value] of form) {
    const keys = path.split('.').filter((key) => key !== 'member' && key !== 'entry');
    let at = root;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Input;
    at[keys.at(-1) ?? ''] = value;
  }
  return lists(root) as Input;
}

function lists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, lists(inner)] as const);
  return entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))
    ? entries.map(([, inner]) => inner)
    : Object.fromEntries(entries);
}

/** A value as AWS's XML: lists as `<member>`, times as ISO 8601. */
export function xml(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((inner) => `<member>${xml(inner)}</member>`).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => `<${key}>${xml(inner)}</${key}>`)
      .join('');
  return `${value as string | number | boolean}`.replace(
    /[<>&]/g,
    (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[sign] ?? sign,
  );
}

/** The query protocol: a form with `Action`, an XML answer. */
export const query: Protocol = {
  read(request) {
    const form = new URLSearchParams(request.body.length > 0 ? request.body.toString() : request.query);
    const action = form.get('Action');
    return action === null ? undefined : { action, input: unflatten(form) };
  },
  write(action, output) {
    const id = randomUUID();
    const result = `<${action}Result>${xml(output)}</${action}Result>`;
    return answer(
      200,
      `<${action}Response xmlns="https://aws.amazon.com/">${result}<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></${action}Response>`,
      'text/xml',
    );
  },
  fail: (error) =>
    answer(
      error.status,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${error.code.replace('AccessDeniedException', 'AccessDenied')}</Code><Message>${xml(error.message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
      'text/xml',
    ),
};
