/**
 * The functions Step Functions adds to JSONata, and those of JSONata's own that read the clock or draw numbers.
 * Separate because each is documented on its own.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn
 */
import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const formatTime = jsonata('$fromMillis($time, $picture, $timezone)');

/** Bindings by name. Non-integers are cut towards zero; senseless arguments give nothing, which fails the field. */
export function awsFunctions(now: () => number, random: () => number): Readonly<Record<string, unknown>> {
  return {
    partition(array: unknown, size: unknown): unknown[][] | undefined {
      const list = Array.isArray(array) ? [...(array as unknown[])] : array === undefined ? [] : [array];
      const step = Math.trunc(Number(size));
      if (!(step > 0) || list.length === 0) return undefined;
      return Array.from({ length: Math.ceil(list.length / step) }, (_, index) =>
        list.slice(index * step, (index + 1) * step),
      );
    },
    range(start: unknown, end: unknown, by: unknown): number[] | number | undefined {
      const [from, to, step] = [start, end, by].map((value) => Math.trunc(Number(value))) as [number, number, number];
      const length = Math.floor((to - from) / step) + 1;
      if (!Number.isFinite(length) || length < 1) return undefined;
      return length === 1 ? from : Array.from({ length }, (_, index) => from + index * step);
    },
    hash(data: unknown, algorithm: unknown): string | undefined {
      const name = algorithms[String(algorithm)];
      if (data === undefined || name === undefined) return undefined;
      return createHash(name)
        .update(typeof data === 'string' ? data : JSON.stringify(data))
        .digest('hex');
    },
    random: (seed?: unknown): number => (seed === undefined ? random() : seeded(Number(seed))),
    uuid: (): string => uuid(random),
    parse: (text: unknown): unknown => (typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined),
    // INVARIANT: never evaluates, as in AWS.
    eval: undefined,
    millis: (): number => now(),
    now: (picture?: unknown, timezone?: unknown): Promise<unknown> =>
      formatTime.evaluate(undefined, { time: now(), picture, timezone }),
  };
}

/** A version 4 UUID from this source of randomness. */
export function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16));
  hex[12] = 4;
  hex[16] = 8 + (hex[16]! % 4);
  return hex
    .map((digit) => digit.toString(16))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The first number of a generator (mulberry32) with this seed: the same seed gives the same number, not AWS's. */
function seeded(seed: number): number {
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}
