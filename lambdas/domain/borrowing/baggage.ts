/**
 * The environment that a request entered by, carried in the W3C header `baggage` that tracing libraries pass on. Separate because the
 * way in writes it, the router reads it, and an admission policy decides who may claim it.
 * Source: https://www.w3.org/TR/baggage/
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import { borrows, LENDER } from './lender.ts';

/** The header; a request may have it several times, which means the same as one with commas. */
export const BAGGAGE = 'baggage';

/** The member that names an environment. Ids are a-z, 0-9 and "-", which need no escape in a value or an expression. */
export const memberOf = (environment: string): string => `environment=${environment}`;

/** A header value that has exactly this environment among its members; for proxies that search and for those that match the whole. */
export function carries(environment: string): string {
  return `(^|.*[,; ])${memberOf(environment)}($|[,; ].*)`;
}

/**
 * A header value in which somebody claims an environment, also in spellings that a tracing library would turn into `environment=…`
 * when it passes them on (spaces around "=", percent-encoded keys). Too much is no harm: such a header is replaced.
 */
export const CLAIMS_ENVIRONMENT = '(.*[=,;])?[^=,;]*([Ee][Nn][Vv][Ii][Rr][Oo][Nn][Mm][Ee][Nn][Tt]|%)[^=,;]*=.*';

/** Kinds whose requests carry where they entered: those that meet in integration. */
export function marksRequests(kind: EnvironmentKind): boolean {
  return borrows(kind) || kind === LENDER;
}

/** What a way in matches on, changes and serves; only what this file needs of an HTTPRoute's rule. */
interface Rule {
  readonly matches: readonly { readonly path?: object; readonly headers?: readonly object[] }[];
  readonly filters?: readonly object[];
}

/** Matches a request whose caller claims an environment. */
export const CLAIM_MATCH = { type: 'RegularExpression', name: BAGGAGE, value: CLAIMS_ENVIRONMENT } as const;

/**
 * The rules of a way in, so that each request carries this environment and no other. A caller's own members are kept: the member is
 * added. Only a caller that claims an environment loses the header, because a Gateway can replace a header but not a part of it.
 * INVARIANT: the rule with the claim comes first and has one more header to match, so that it wins wherever both match.
 */
export function carryingEnvironment<Of extends Rule>(rules: readonly Of[], environment: string): readonly Of[] {
  const change = (how: 'set' | 'add') => ({
    type: 'RequestHeaderModifier',
    requestHeaderModifier: { [how]: [{ name: BAGGAGE, value: memberOf(environment) }] },
  });
  return rules.flatMap((rule) => [
    {
      ...rule,
      matches: rule.matches.map((match) => ({ ...match, headers: [...(match.headers ?? []), CLAIM_MATCH] })),
      filters: [...(rule.filters ?? []), change('set')],
    },
    { ...rule, filters: [...(rule.filters ?? []), change('add')] },
  ]);
}

/** Whether a rule is the twin that `carryingEnvironment` made for callers who claim an environment. */
export function isClaimTwin({ matches = [] }: { readonly matches?: readonly object[] }): boolean {
  return matches.some((match) =>
    ((match as { headers?: readonly { value?: unknown }[] }).headers ?? []).some(
      ({ value }) => value === CLAIMS_ENVIRONMENT,
    ),
  );
}
