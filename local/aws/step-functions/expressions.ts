/**
 * JSONata as Step Functions evaluates it: no context item, `$states` and variables, AWS's own functions, no `$eval`,
 * and nothing is not a value. Separate because it is the only place that knows the jsonata library.
 *
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import jsonata from 'jsonata';
import { awsFunctions } from './functions.ts';
import type { Template } from './definition.ts';
import { StateError } from './state-error.ts';

/** What expressions see. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Evaluates templates at one time with one source of randomness. */
export type Evaluate = (template: Template, field: string, bindings: Bindings) => Promise<unknown>;

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly [part: string]: unknown;
}

const parsed = new Map<string, jsonata.Expression>();

/** The source between `{%` and `%}`, or undefined for a plain string. */
export function expressionOf(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4 ? text.slice(2, -2).trim() : undefined;
}

/** The parsed expression; each source is parsed once. Throws when it is not JSONata. */
export function parseExpression(source: string): jsonata.Expression {
  let expression = parsed.get(source);
  if (expression === undefined) parsed.set(source, (expression = jsonata(source)));
  return expression;
}

/** What Step Functions refuses in an expression that parses. */
export function problemsOf(expression: jsonata.Expression, inCatch: boolean): string[] {
  const problems: string[] = [];
  inspect(expression.ast() as unknown as Node, true);
  return problems;

  function inspect(node: Node, top: boolean): void {
    if (node.type === 'variable' && node.value === 'eval') problems.push('$eval is not available; use $parse.');
    if (node.type === 'variable' && node.value === '$') problems.push("Reference to '$$' is not supported.");
    if (top && node.type === 'name') {
      problems.push(
        `Reference to '${String(node.value)}' at the top level is not supported; write $states.input.${String(node.value)} or $${String(node.value)}.`,
      );
    }
    const [first, second] = node.steps ?? [];
    if (!inCatch && first?.value === 'states' && second?.value === 'errorOutput') {
      problems.push('$states.errorOutput exists only in Output and Assign of a Catch.');
    }
    for (const [part, value] of Object.entries(node)) {
      // Only the first step of a path is read against the (missing) context; filters, orders and groups have one.
      const inner = !top || ['predicate', 'stages', 'group', 'terms', 'nextFunction'].includes(part);
      const list: unknown[] = Array.isArray(value) ? value.flat() : [value];
      for (const [index, child] of list.entries()) {
        if (typeof child === 'object' && child !== null && !(child instanceof RegExp)) {
          inspect(child as Node, !inner && !(part === 'steps' && index > 0));
        }
      }
    }
  }
}

/** An evaluator with this time and randomness. */
export function createEvaluate(now: () => number, random: () => number): Evaluate {
  const functions = awsFunctions(now, random);

  async function evaluate(template: Template, field: string, bindings: Bindings): Promise<unknown> {
    if (typeof template === 'string') {
      const source = expressionOf(template);
      return source === undefined ? template : evaluateExpression(source, field, bindings);
    }
    if (Array.isArray(template)) {
      const elements: unknown[] = [];
      for (const [index, element] of template.entries()) {
        elements.push(await evaluate(element, `${field}[${index}]`, bindings));
      }
      return elements;
    }
    if (typeof template === 'object' && template !== null) {
      const result: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(template)) {
        define(result, key, await evaluate(value, `${field}/${key}`, bindings));
      }
      return result;
    }
    return template;
  }

  async function evaluateExpression(source: string, field: string, bindings: Bindings): Promise<unknown> {
    const about = `The JSONata expression '${source}' specified for the field '${field}'`;
    let value: unknown;
    try {
      value = await parseExpression(source).evaluate(undefined, {
        ...functions,
        ...bindings.variables,
        states: bindings.states,
      });
    } catch (thrown) {
      const { code, message } = thrown as jsonata.JsonataError;
      throw new QueryError(
        field,
        `${about} threw an error during evaluation. ${code === undefined ? '' : `${code}: `}${message}`,
      );
    }
    if (value === undefined) throw new QueryError(field, `${about} returned nothing (undefined).`);
    if (holdsFunction(value)) throw new QueryError(field, `${about} returned an unsupported result type.`);
    return JSON.parse(JSON.stringify(value)) as unknown;
  }

  return evaluate;
}

/** An expression failed; `location` is its field. */
export class QueryError extends StateError {
  readonly location: string;

  constructor(location: string, reason: string) {
    super('States.QueryEvaluationError', reason);
    this.location = location;
  }
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return true;
  return Object.values(value).some(holdsFunction);
}

/** Sets a key as JSON does, `__proto__` too. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
