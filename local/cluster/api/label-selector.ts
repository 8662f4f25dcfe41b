/**
 * Label selectors as clients write them: a lexer and a parser with the API server's own refusals. Separate because no other text of
 * a request has a grammar. Follows https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/labels/selector.go
 */
import { labelFaults, labelKeyFaults } from './labels.ts';
import { badRequest } from './status.ts';

/** Whether labels are chosen. */
export type ChoosesLabels = (labels: Readonly<Record<string, string>>) => boolean;

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end';
  readonly text: string;
}

const operators = ['in', 'notin', '=', '==', '!=', '>', '<'];
const expectedOperators = 'in, notin, =, ==, !=, gt, lt';

/** Longest symbols first; what is between them is an identifier. */
const lexer = /\s*(?:(?<symbol>==|!=|[=!(),<>])|(?<identifier>[^\s=!(),<>]+))/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  lexer.lastIndex = 0;
  for (let found = lexer.exec(text); found; found = lexer.exec(text)) {
    const { symbol, identifier = '' } = found.groups ?? {};
    tokens.push(symbol ? { kind: 'symbol', text: symbol } : { kind: 'identifier', text: identifier });
  }
  return tokens;
}

class Parser {
  readonly #tokens: Token[];

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  /** All requirements, which must hold together. */
  selector(): ChoosesLabels[] {
    const found: ChoosesLabels[] = [];
    if (this.#next.kind === 'end') return found;
    for (;;) {
      if (this.#next.kind !== 'identifier' && this.#next.text !== '!')
        throw badRequest(
          found.length === 0
            ? `found '${this.#next.text}', expected: !, identifier, or 'end of string'`
            : `found '${this.#next.text}', expected: identifier after ','`,
        );
      found.push(this.#requirement());
      const { kind, text } = this.#take();
      if (kind === 'end') return found;
      if (text !== ',') throw badRequest(`found '${text}', expected: ',' or 'end of string'`);
    }
  }

  get #next(): Token {
    return this.#tokens[0] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    return this.#tokens.shift() ?? { kind: 'end', text: '' };
  }

  #requirement(): ChoosesLabels {
    const not = this.#next.text === '!' && this.#take() !== undefined;
    const { kind, text: key } = this.#take();
    if (kind !== 'identifier') throw refused(`found '${key}', expected: identifier`);
    for (const why of labelKeyFaults(key)) throw refused(`<nil>: Invalid value: ${JSON.stringify(key)}: ${why}`);
    const ends = this.#next.kind === 'end' || this.#next.text === ',';
    if (not) return (labels) => labels[key] === undefined;
    if (ends) return (labels) => labels[key] !== undefined;
    const operator = this.#take().text;
    if (!operators.includes(operator)) throw refused(`found '${operator}', expected: ${expectedOperators}`);
    const values = operator.endsWith('in') ? this.#values() : [this.#value()];
    return compare(key, operator, values);
  }

  #value(): string {
    if (this.#next.kind === 'end' || this.#next.text === ',') return '';
    const { kind, text } = this.#take();
    if (kind !== 'identifier') throw refused(`found '${text}', expected: identifier`);
    return text;
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  #values(): string[] {
    const open = this.#take();
    if (open.text !== '(') throw refused(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      const { kind, text } = this.#take();
      values.push(kind === 'identifier' ? text : '');
      const end = kind === 'identifier' ? this.#take() : { kind, text };
      if (end.text === ')') return values;
      if (end.text !== ',')
        throw refused(
          `found '${end.text}', expected: ${kind === 'identifier' ? "',' or ')'" : "',', ')' or identifier"}`,
        );
    }
  }
}

const refused = (why: string): Error => badRequest(`unable to parse requirement: ${why}`);

function compare(key: string, operator: string, values: readonly string[]): ChoosesLabels {
  values.forEach((value, index) => {
    if ((operator === '>' || operator === '<') && !/^[+-]?\d+$/.test(value))
      throw refused(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    for (const why of labelFaults(value))
      throw refused(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${why}`);
  });
  return (labels) => {
    const label = labels[key];
    if (operator === '!=' || operator === 'notin') return label === undefined || !values.includes(label);
    if (label === undefined) return false;
    if (operator === '>') return Number(label) > Number(values[0]);
    if (operator === '<') return Number(label) < Number(values[0]);
    return values.includes(label);
  };
}

/** `a=b,c in (d,e),!f`, as on the command line. */
export function parseLabelSelector(text: string): ChoosesLabels {
  const all = new Parser(text).selector();
  return (labels) => all.every((one) => one(labels));
}
