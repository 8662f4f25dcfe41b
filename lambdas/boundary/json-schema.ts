/**
 * A JSON Schema from a parser, for editors. Separate from the parsers, which stay the only place where something is allowed or not:
 * what no schema can say (keys that must agree) is left to them.
 */
import type * as v from 'valibot';

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Shapes of a value whose parser is chosen by the value itself; a parser names them with `v.metadata({ shapes })`. */
interface Shapes {
  readonly shapes?: readonly v.GenericSchema[];
}

interface Action {
  readonly kind: string;
  readonly type: string;
  readonly requirement?: unknown;
  readonly description?: string;
  readonly metadata?: Shapes;
}

interface Parser {
  readonly kind: string;
  readonly type: string;
  readonly entries?: Readonly<Record<string, Parser>>;
  readonly item?: Parser;
  readonly key?: Parser;
  readonly value?: Parser;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly wrapped?: Parser;
  readonly default?: unknown;
  readonly pipe?: readonly (Parser & Action)[];
}

/** The JSON Schema of everything that a parser takes. */
export function jsonSchemaOf(parser: v.GenericSchema): JsonSchema {
  return convert(parser);
}

function convert(parser: Parser): JsonSchema {
  const actions = (parser.pipe ?? []).slice(1) as readonly Action[];
  const shapes = actions.flatMap(({ metadata }) => metadata?.shapes ?? []);
  const [inner] = parser.pipe ?? [];
  const base: JsonSchema =
    shapes.length > 0 ? { anyOf: shapes.map(jsonSchemaOf) } : inner === undefined ? plain(parser) : convert(inner);
  return actions.reduce<JsonSchema>((schema, action) => ({ ...schema, ...constraint(action, schema) }), base);
}

/** A parser without its pipe. */
function plain(parser: Parser): JsonSchema {
  switch (parser.type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type: parser.type };
    case 'literal':
      return { const: parser.literal };
    case 'picklist':
      return { enum: parser.options };
    case 'array':
      return { type: 'array', items: convert(needed(parser.item)) };
    case 'record':
      return {
        type: 'object',
        propertyNames: convert(needed(parser.key)),
        additionalProperties: convert(needed(parser.value)),
      };
    case 'union':
      return { anyOf: (parser.options as readonly Parser[]).map(convert) };
    case 'strict_object':
      return object(parser.entries ?? {});
    case 'optional':
    case 'exact_optional':
      return withDefault(convert(needed(parser.wrapped)), parser.default);
    default:
      throw new Error(
        `A parser of the type ${parser.type} has no JSON Schema; name its shapes with v.metadata({ shapes }).`,
      );
  }
}

function object(entries: Readonly<Record<string, Parser>>): JsonSchema {
  const required = Object.entries(entries).filter(([, parser]) => !isOptional(parser));
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(entries).map(([key, parser]) => [key, convert(parser)])),
    ...(required.length > 0 && { required: required.map(([key]) => key) }),
    additionalProperties: false,
  };
}

function isOptional({ type }: Parser): boolean {
  return type === 'optional' || type === 'exact_optional';
}

/** Defaults that a reader would not learn anything from (nothing, an empty mapping or list) are left out. */
function withDefault(schema: JsonSchema, value: unknown): JsonSchema {
  const empty =
    value === undefined ||
    typeof value === 'function' ||
    (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
  return empty ? schema : { ...schema, default: value };
}

/** What one step of a pipe adds. Steps that no schema can say add nothing. */
function constraint({ type, requirement, description }: Action, schema: JsonSchema): JsonSchema {
  const size = schema['type'] === 'array' ? 'Items' : schema['type'] === 'object' ? 'Properties' : 'Length';
  switch (type) {
    case 'description':
      return { description };
    case 'regex':
      return { pattern: (requirement as RegExp).source };
    case 'integer':
      return { type: 'integer' };
    case 'min_value':
      return { minimum: requirement };
    case 'max_value':
      return { maximum: requirement };
    case 'gt_value':
      return { exclusiveMinimum: requirement };
    case 'lt_value':
      return { exclusiveMaximum: requirement };
    case 'non_empty':
      return { [`min${size}`]: 1 };
    case 'min_length':
      return { [`min${size}`]: requirement };
    case 'max_length':
    case 'max_entries':
      return { [`max${size}`]: requirement };
    default:
      return {};
  }
}

function needed(parser: Parser | undefined): Parser {
  if (parser === undefined) throw new Error('A parser without its inner parser has no JSON Schema.');
  return parser;
}
