/**
 * What a route's filters do to a request and its response. Pure, and separate from choosing the rule and from sending.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { HeaderChange, RouteFilter } from '../kinds.ts';

/** Headers with a change applied: set, then add, then remove. */
export function changedHeaders(headers: OutgoingHttpHeaders, change: HeaderChange | undefined): OutgoingHttpHeaders {
  const next = { ...headers };
  for (const { name, value } of change?.set ?? []) next[name.toLowerCase()] = value;
  for (const { name, value } of change?.add ?? []) {
    const before = next[name.toLowerCase()];
    next[name.toLowerCase()] = before === undefined ? value : [before, value].flat().map(String);
  }
  for (const name of change?.remove ?? []) delete next[name.toLowerCase()];
  return next;
}

type PathChange = NonNullable<NonNullable<RouteFilter['urlRewrite']>['path']>;

/** A path with its query, changed as a whole or in the part that the rule matched. */
export function changedPath(url: string, prefix: string, change: PathChange | undefined): string {
  if (!change) return url;
  const [path = '/', query] = url.split(/\?(.*)/s);
  const full = change.replaceFullPath ?? '/';
  const rest = path.slice(prefix.replace(/\/$/, '').length);
  const joined = `${(change.replacePrefixMatch ?? '/').replace(/\/$/, '')}/${rest.replace(/^\//, '')}`;
  const kept = rest === '' ? joined.replace(/(?<=.)\/$/, '') : joined;
  const next = change.type === 'ReplaceFullPath' ? full : kept;
  return query === undefined ? next : `${next}?${query}`;
}

/** Where a redirect leads; what it does not name stays as it was asked. */
export function redirectLocation(
  redirect: NonNullable<RouteFilter['requestRedirect']>,
  asked: { host: string; url: string; prefix: string },
): string {
  const [hostname = '', port] = asked.host.split(':');
  const kept = redirect.scheme === undefined && port !== undefined ? Number(port) : undefined;
  const chosen = redirect.port ?? kept;
  const scheme = redirect.scheme ?? 'http';
  const usual = chosen === undefined || (scheme === 'http' ? chosen === 80 : chosen === 443);
  const authority = `${redirect.hostname ?? hostname}${usual ? '' : `:${chosen}`}`;
  return `${scheme}://${authority}${changedPath(asked.url, asked.prefix, redirect.path)}`;
}
