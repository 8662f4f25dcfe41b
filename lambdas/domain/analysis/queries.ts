/**
 * What the gateway's own request metrics are asked for one side of a service, as PromQL. Separate because names and labels are Traefik's.
 * Counters are compared with what they were at the beginning of the window, exactly: `increase` would miss the first requests to a
 * side that had none before, and extrapolate the rest.
 * Source: https://doc.traefik.io/traefik/observability/metrics/overview/ and, for `@`,
 * https://prometheus.io/docs/prometheus/latest/querying/basics/#modifier
 */
import type { Backend } from '../../contracts/kubernetes.ts';
import type { Instant } from '../environment/record.ts';
import { SERVICE_PORT, namespace, sideName, type ServicePlace } from '../manifests/manifest.ts';

const REQUESTS = 'traefik_service_requests_total';
const BUCKETS = 'traefik_service_request_duration_seconds_bucket';
/** A series that every gateway has, whoever asks it: without it the gateway is not measured at all. */
const ALIVE = 'traefik_config_reloads_total';
/** How long before the window a counter's value still counts: a scrape or two may fail. */
const LOOK_BACK = '1m';

/** One side of a service, or its baseline, during a span of time. */
export interface Traffic {
  readonly place: ServicePlace;
  readonly side: Backend;
  readonly from: Instant;
}

/** Words that an author's query may use, written `$candidate`. */
export const PLACEHOLDERS = ['namespace', 'service', 'candidate', 'stable', 'window'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** Name of a side at the gateway. */
export function gatewayService(place: ServicePlace, side: Backend): string {
  return `${namespace(place)}-${sideName(place.name, side)}-http-${String(SERVICE_PORT)}@kubernetesgateway`;
}

/** How many requests the side got; 0 when the gateway is measured and the side got none. */
export function requestCount(traffic: Traffic): string {
  return orNone(`sum(${growth(REQUESTS, labels(traffic), traffic.from)})`, traffic.from);
}

/** How many of them ended in a 5xx. */
export function errorCount(traffic: Traffic): string {
  return orNone(`sum(${growth(REQUESTS, `${labels(traffic)},code=~"5.."`, traffic.from)})`, traffic.from);
}

/** Share of requests that did not end in a 5xx, in percent; nothing without requests. */
export function successRate(traffic: Traffic): string {
  return `100 * (1 - ${errorCount(traffic)} / (${requestCount(traffic)} > 0))`;
}

/** Milliseconds within which this percentage of requests was answered; as exact as the gateway's buckets are. */
export function latency(traffic: Traffic, percentile: number): string {
  const share = String(percentile / 100);
  return `1000 * histogram_quantile(${share}, sum by (le) (${growth(BUCKETS, labels(traffic), traffic.from)}))`;
}

/** The author's text with its placeholders filled in. */
export function fillPlaceholders(
  text: string,
  place: ServicePlace,
  candidate: Backend,
  stable: Backend,
  seconds: number,
): string {
  const values: Readonly<Record<Placeholder, string>> = {
    namespace: namespace(place),
    service: place.name,
    candidate: sideName(place.name, candidate),
    stable: sideName(place.name, stable),
    window: `${String(Math.max(1, Math.ceil(seconds)))}s`,
  };
  return text.replace(PLACEHOLDER, (whole, word: string) => (isPlaceholder(word) ? values[word] : whole));
}

/** Placeholders that nobody fills in. */
export function unknownPlaceholders(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].filter(([, word = '']) => !isPlaceholder(word)).map(([whole]) => whole);
}

const PLACEHOLDER = /\$([A-Za-z]+)/g;

function isPlaceholder(word: string): word is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(word);
}

function labels({ place, side }: Traffic): string {
  return `service="${gatewayService(place, side)}"`;
}

/** By how much each series grew; one that fell began anew with the gateway, and counts from 0. */
function growth(counter: string, selector: string, from: Instant): string {
  const now = `${counter}{${selector}}`;
  const before = `last_over_time(${now}[${LOOK_BACK}] @ ${moment(from)})`;
  return `((${now} - (${before} or 0 * ${now})) >= 0) or ${now}`;
}

/** Without any series of the side the answer is 0, but only when the gateway was measured then and is now. */
function orNone(sum: string, from: Instant): string {
  return `((${sum} or on() 0 * max(${ALIVE})) and on() max(last_over_time(${ALIVE}[${LOOK_BACK}] @ ${moment(from)})))`;
}

function moment(instant: Instant): string {
  return (instant / 1000).toFixed(3);
}
