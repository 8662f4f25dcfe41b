/**
 * EventBridge event patterns. Separate because it is pure: the same pattern and event always match or never do.
 * Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

/** Throws, naming the operator, for a pattern that this file does not understand: called when a rule is made. */
export function checkPattern(pattern: unknown, path = 'EventPattern'): void {
  if (typeof pattern !== 'object' || pattern === null) throw new Error(`${path} is not an object or list.`);
  if (!Array.isArray(pattern)) {
    for (const [key, inner] of Object.entries(pattern)) {
      if (key === '$or') for (const choice of inner as unknown[]) checkPattern(choice, `${path}.$or`);
      else checkPattern(inner, `${path}.${key}`);
    }
    return;
  }
  for (const condition of pattern) {
    if (typeof condition !== 'object' || condition === null) continue;
    const [operator = '', ...more] = Object.keys(condition);
    if (more.length > 0 || !Object.hasOwn(operators, operator))
      throw new Error(
        `${path}: the operator ${JSON.stringify(operator)} is not supported on the laptop. Supported: ${Object.keys(operators).join(', ')}.`,
      );
  }
}

/** Whether the event fits the pattern. */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    return values.some((value) => pattern.some((condition) => fits(condition, value)));
  }
  return Object.entries(pattern as object).every(([key, inner]) =>
    key === '$or'
      ? (inner as unknown[]).some((choice) => matches(choice, event))
      : matches(inner, (event as Record<string, unknown> | undefined)?.[key]),
  );
}

type Operator = (operand: unknown, value: unknown) => boolean;

const text =
  (test: (value: string, operand: string) => boolean): Operator =>
  (operand, value) => {
    if (typeof value !== 'string') return false;
    if (typeof operand === 'string') return test(value, operand);
    const lowered = (operand as { 'equals-ignore-case'?: string })['equals-ignore-case'];
    return lowered !== undefined && test(value.toLowerCase(), lowered.toLowerCase());
  };

const operators: Readonly<Record<string, Operator>> = {
  prefix: text((value, operand) => value.startsWith(operand)),
  suffix: text((value, operand) => value.endsWith(operand)),
  'equals-ignore-case': text((value, operand) => value.toLowerCase() === operand.toLowerCase()),
  wildcard: text((value, operand) =>
    new RegExp(
      `^${operand
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
        .join('.*')}$`,
      's',
    ).test(value),
  ),
  exists: (operand, value) => (value !== undefined) === operand,
  // A missing field fits neither `anything-but` nor its nested operators.
  'anything-but': (operand, value) =>
    value !== undefined &&
    !(Array.isArray(operand) ? operand : [operand]).some((condition) => fitsAny(condition, value)),
  numeric: (operand, value) => {
    const terms = operand as (string | number)[];
    return (
      typeof value === 'number' &&
      terms.every((term, index) => typeof term !== 'string' || compare(term, value, Number(terms[index + 1])))
    );
  },
};

/** Inside `anything-but` an operator's operand may be a list. */
function fitsAny(condition: unknown, value: unknown): boolean {
  if (typeof condition !== 'object' || condition === null) return fits(condition, value);
  return Object.entries(condition).some(([operator, operand]) =>
    (Array.isArray(operand) ? operand : [operand]).some((one) => fits({ [operator]: one as unknown }, value)),
  );
}

function fits(condition: unknown, value: unknown): boolean {
  if (typeof condition !== 'object' || condition === null) return condition === value;
  return Object.entries(condition).some(([operator, operand]) => operators[operator]?.(operand, value) ?? false);
}

function compare(sign: string, value: number, operand: number): boolean {
  if (sign === '=') return value === operand;
  if (sign === '<') return value < operand;
  if (sign === '<=') return value <= operand;
  return sign === '>' ? value > operand : value >= operand;
}
