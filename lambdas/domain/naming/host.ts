/**
 * Host names of services and the one ambiguity they have. Separate because routes, messages and the check for names that meet in
 * one host must agree.
 */

/** First label of a service's host; at most 24 + 1 + 38 = 63 characters. */
export function hostLabel(service: string, environment: string): string {
  return `${service}-${environment}`;
}

/** Host of a service: below the kind's domain, or below `<installation>.localhost` when there is none. */
export function hostOf(service: string, environment: string, installation: string, domain: string | undefined): string {
  return `${hostLabel(service, environment)}.${domain ?? `${installation}.localhost`}`;
}

/**
 * Other pairs of service and environment that would have the same host label: `orders-feature` in `integration` and `orders` in
 * `feature-integration` are both `orders-feature-integration`.
 */
export function hostRivals(
  service: string,
  environment: string,
): readonly { readonly service: string; readonly environment: string }[] {
  const label = hostLabel(service, environment);
  return [...label.matchAll(/-/g)]
    .map(({ index }) => ({ service: label.slice(0, index), environment: label.slice(index + 1) }))
    .filter((rival) => rival.environment !== environment && rival.service !== '' && rival.environment !== '');
}
