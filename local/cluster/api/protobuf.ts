/**
 * Reads bodies that kubectl sends as protocol buffers (`kubectl create namespace`, `kubectl auth can-i`). Separate because only the
 * wire form differs: field numbers come from the table, names and types from the same schemas as for JSON.
 * The envelope is described in https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
 */
import { isObject, type Json } from './decode.ts';
import { badRequest } from './status.ts';
import { fieldNumbers, resolve, resourceOfKind, schemas, type Schema } from './table.ts';

/** The content type of these bodies. */
export const protobufType = 'application/vnd.kubernetes.protobuf';
const magic = 'k8s\0';

/** One field as it was found: its number, and an integer or bytes. */
type Field = readonly [number: number, value: number | Buffer];

/** The fields of a message, in their order. */
function* fieldsOf(message: Buffer): Generator<Field> {
  let position = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[position++];
      if (byte === undefined) throw badRequest('the protobuf body ends in the middle of a number');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (position < message.length) {
    const tag = varint();
    const number = tag >> 3;
    const wire = tag & 7;
    if (wire === 0) yield [number, varint()];
    else if (wire === 1) {
      yield [number, message.readDoubleLE(position)];
      position += 8;
    } else if (wire === 2) {
      const length = varint();
      yield [number, message.subarray(position, position + length)];
      position += length;
    } else throw badRequest(`the protobuf body has a field of wire type ${wire}; allowed are 0, 1 and 2`);
  }
}

/** Numbers and truths that are meant although they are zero: everything else that is zero was not said. */
const meaningfulZeros = new Set(
  'replicas minReplicas gracePeriodSeconds terminationGracePeriodSeconds automountServiceAccountToken enableServiceLinks immutable suspend parallelism completions backoffLimit allowPrivilegeEscalation readOnlyRootFilesystem runAsNonRoot runAsUser intVal'.split(
    ' ',
  ),
);

/** Types that are messages on this wire and plain values in JSON. */
const plain: Record<string, (message: Buffer) => unknown> = {
  Quantity: (message) => textOf(message, 1),
  IntOrString(message) {
    const { 1: type = 0, 2: number = 0 } = Object.fromEntries(fieldsOf(message)) as Record<number, number>;
    return type === 0 ? number : textOf(message, 3);
  },
  Time: timeOf,
  MicroTime: timeOf,
  FieldsV1: (message) => JSON.parse(textOf(message, 1) || '{}') as unknown,
};

const textOf = (message: Buffer, wanted: number): string => {
  for (const [number, value] of fieldsOf(message))
    if (number === wanted && Buffer.isBuffer(value)) return value.toString();
  return '';
};

function timeOf(message: Buffer): string | undefined {
  const { 1: seconds } = Object.fromEntries(fieldsOf(message)) as Record<number, number>;
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** One value of a schema. */
function valueOf(raw: number | Buffer, of: Schema): unknown {
  const schema = resolve(of);
  const short = of.$ref?.split('.').at(-1) ?? '';
  if (typeof raw === 'number') return schema.type === 'boolean' ? raw !== 0 : raw;
  if (plain[short]) return plain[short](raw);
  if (schema.type === 'string') return schema.format === 'byte' ? raw.toString('base64') : raw.toString();
  return of.$ref === undefined ? undefined : messageOf(raw, of.$ref, schema);
}

/** A message as the object it stands for; `numbered` is where its numbers are found, `schema` where its fields' types are. */
function messageOf(message: Buffer, numbered: string, schema: Schema): Json {
  const out: Json = {};
  const numbers = fieldNumbers[numbered] ?? {};
  for (const [number, raw] of fieldsOf(message)) {
    const name = numbers[number];
    if (name === undefined) continue;
    if (name.startsWith('+') && Buffer.isBuffer(raw)) {
      Object.assign(out, messageOf(raw, name.slice(1), schema));
      continue;
    }
    const property = schema.properties?.[name] ?? {};
    const type = resolve(property);
    if (type.type === 'array') {
      const value = valueOf(raw, type.items ?? {});
      out[name] = [...((out[name] as unknown[] | undefined) ?? []), value];
    } else if (type.type === 'object' && typeof type.additionalProperties === 'object' && Buffer.isBuffer(raw)) {
      const entry = Object.fromEntries(fieldsOf(raw)) as Record<number, number | Buffer>;
      out[name] = {
        ...(out[name] as Json | undefined),
        [String(entry[1] ?? '')]: valueOf(entry[2] ?? Buffer.alloc(0), type.additionalProperties),
      };
    } else {
      const value = valueOf(raw, property);
      const unsaid =
        value === '' || value === undefined || ((value === 0 || value === false) && !meaningfulZeros.has(name));
      if (!unsaid) out[name] = value;
    }
  }
  return out;
}

/** A protobuf body as the JSON object that it stands for. */
export function decodeProtobuf(body: Buffer): Json {
  if (body.subarray(0, 4).toString('latin1') !== magic)
    throw badRequest('the protobuf body does not begin with "k8s" and a zero byte');
  const envelope = Object.fromEntries(fieldsOf(body.subarray(4))) as Record<number, Buffer>;
  const apiVersion = textOf(envelope[1] ?? Buffer.alloc(0), 1);
  const kind = textOf(envelope[1] ?? Buffer.alloc(0), 2);
  const name =
    resourceOfKind(apiVersion, kind)?.schema ??
    Object.keys(schemas).find((one) => one.endsWith(`.${apiVersion.split('/').at(-1)}.${kind}`));
  const schema = name === undefined ? undefined : schemas[name];
  if (name === undefined || schema === undefined || !isObject(fieldNumbers[name]))
    throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"; send it as JSON`);
  return { ...messageOf(envelope[2] ?? Buffer.alloc(0), name, schema), apiVersion, kind };
}
