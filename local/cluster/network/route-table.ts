/**
 * Which rule a request gets, in the order that the Gateway API defines: host, path, method, headers, query, age, name
 * (https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule). Pure, and separate, because the order is the contract.
 */
import type { HttpRoute, RouteMatch, RouteRule, ValueMatch } from '../kinds.ts';
import { attach, covers, servedGateway } from './attachment.ts';
import type { View } from '../view.ts';

/** What of a request decides. */
export interface RequestShape {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: URLSearchParams;
}

/** A rule that may serve a request, and by which of its matches. */
export interface Candidate {
  readonly host: string;
  readonly match: RouteMatch;
  readonly rule: RouteRule;
  readonly route: HttpRoute;
}

/** All candidates of the attached routes, the one that wins first. */
export function routeTable(view: View): Candidate[] {
  const candidates = view.list('HTTPRoute').flatMap((route) => {
    const attachments = (route.spec.parentRefs ?? []).flatMap((to) => {
      const gateway = servedGateway(view, route, to);
      const attachment = gateway && attach(view, route, to, gateway);
      return attachment?.kind === 'attached' ? attachment.hosts : [];
    });
    return [...new Set(attachments)].flatMap((host) =>
      (route.spec.rules ?? []).flatMap((rule) =>
        (rule.matches?.length ? rule.matches : [{}]).map((match) => ({ host, match, rule, route })),
      ),
    );
  });
  return candidates.sort(byPrecedence);
}

/** The winning candidate for a request. */
export function findRule(table: readonly Candidate[], request: RequestShape): Candidate | undefined {
  return table.find(({ host, match }) => covers(host, request.host) && matches(match, request));
}

function byPrecedence(a: Candidate, b: Candidate): number {
  const [left, right] = [rank(a), rank(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  if (differs >= 0) return (left[differs] ?? 0) > (right[differs] ?? 0) ? -1 : 1;
  const [older, younger] = [a, b].map(
    ({ route: { metadata } }) => `${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`,
  );
  if (older === younger) return 0;
  return String(older) < String(younger) ? -1 : 1;
}

function rank({ host, match }: Candidate): number[] {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  const kind = host === '*' ? 0 : host.startsWith('*.') ? 1 : 2;
  return [
    kind,
    host.length,
    type === 'Exact' ? 1 : 0,
    value.length,
    match.method ? 1 : 0,
    match.headers?.length ?? 0,
    match.queryParams?.length ?? 0,
  ];
}

function matches(match: RouteMatch, request: RequestShape): boolean {
  if (match.method !== undefined && match.method !== request.method) return false;
  const headers = (match.headers ?? []).every((wanted) => {
    const value = request.headers[wanted.name.toLowerCase()];
    return value !== undefined && hasValue(wanted, String(value));
  });
  const query = (match.queryParams ?? []).every((wanted) => {
    const value = request.query.get(wanted.name);
    return value !== null && hasValue(wanted, value);
  });
  return headers && query && matchesPath(match, request.path);
}

function matchesPath({ path: { type = 'PathPrefix', value = '/' } = {} }: RouteMatch, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return isLike(value, path);
  const prefix = value.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

const hasValue = (wanted: ValueMatch, value: string): boolean =>
  wanted.type === 'RegularExpression' ? isLike(wanted.value, value) : wanted.value === value;

/** Found anywhere in the value, as in Traefik; an expression that cannot be read matches nothing. */
function isLike(expression: string, value: string): boolean {
  try {
    return new RegExp(expression).test(value);
  } catch {
    return false;
  }
}
