/**
 * Asks Prometheus, or what speaks its API, for one number. Separate because only this knows the API; whatever goes wrong is an answer
 * within a bounded time. Source: https://prometheus.io/docs/prometheus/latest/querying/api
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { MetricReading, PrometheusMetrics } from '../../ports/metrics.ts';

/** Longest wait for one answer: a rollout looks again within seconds anyhow. */
const PATIENCE_MS = 3_000;
/** One number is a few hundred characters. */
const LARGEST_ANSWER = 1_000_000;

/** The parts of an answer that we read. */
interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/** Over the network. */
export class Prometheus implements PrometheusMetrics {
  readonly #url: string;
  readonly #patience: number;

  /** `url`: up to and without `/api/v1`. */
  constructor(url: string, patienceMs = PATIENCE_MS) {
    this.#url = url.replace(/\/+$/, '');
    this.#patience = patienceMs;
  }

  async query(promql: string, at: number): Promise<MetricReading> {
    const form = new URLSearchParams({
      query: promql,
      time: (at / 1000).toFixed(3),
      timeout: `${String(this.#patience)}ms`,
    });
    const answer = await post(`${this.#url}/api/v1/query`, form.toString(), this.#patience);
    return answer.kind === 'answered' ? readingOf(answer.status, answer.body) : { kind: 'error', because: answer.why };
  }
}

type HttpAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly why: string };

/** A query may be longer than a URL may be: the API takes it as a form too. */
function post(url: string, form: string, patience: number): Promise<HttpAnswer> {
  const target = new URL(url);
  const { host, protocol } = target;
  return new Promise((resolve) => {
    const fail = (why: string) => {
      resolve({ kind: 'failed', why: `Prometheus at ${host}: ${why}` });
      outgoing.destroy();
    };
    const end = setTimeout(() => {
      fail(`no answer within ${String(patience)} ms`);
    }, patience);
    const outgoing = (protocol === 'https:' ? httpsRequest : httpRequest)(
      target,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) },
      },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (part: string) => {
          body += part;
          if (body.length > LARGEST_ANSWER) fail('the answer is too large for one number');
        });
        incoming.on('error', (error) => {
          fail(error.message);
        });
        incoming.on('end', () => {
          resolve({ kind: 'answered', status: incoming.statusCode ?? 0, body });
        });
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.message === '' ? (error.code ?? 'the connection broke') : error.message);
    });
    outgoing.on('close', () => {
      clearTimeout(end);
    });
    outgoing.end(form);
  });
}

function readingOf(status: number, body: string): MetricReading {
  const answer = parsed(body);
  if (answer === undefined) return failed(`it answered ${String(status)} without JSON`);
  if (answer.status !== 'success') {
    return failed(
      `it answered ${String(status)}: ${typeof answer.error === 'string' ? answer.error : 'no reason given'}`,
    );
  }
  const { resultType, result } = answer.data ?? {};
  if (!Array.isArray(result)) return failed('its answer has no result');
  if (resultType === 'scalar') return numberOf(result[1]);
  if (resultType !== 'vector') return failed(`the query gives a ${String(resultType)}; it must give one number`);
  if (result.length === 0) return { kind: 'no-data', because: 'Prometheus has nothing for this query' };
  if (result.length > 1) {
    return failed(`the query gives ${String(result.length)} series; it must give one number: sum them, or select one`);
  }
  return numberOf((result[0] as { readonly value?: readonly unknown[] } | null)?.value?.[1]);
}

/** Numbers are texts, `NaN` and `+Inf` among them. */
function numberOf(sample: unknown): MetricReading {
  const value = typeof sample === 'string' && sample.trim() !== '' ? Number(sample) : Number.NaN;
  return Number.isFinite(value)
    ? { kind: 'value', value }
    : { kind: 'no-data', because: `Prometheus answered ${JSON.stringify(sample)}, which is no number` };
}

function parsed(body: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

function failed(why: string): MetricReading {
  return { kind: 'error', because: `Prometheus: ${why}` };
}
