/**
 * Takes a definition in or refuses it, naming every field that does not run here: JSONPath, distributed maps,
 * activities, expressions that do not parse. Separate because it runs once, before any execution.
 */
import type { StateMachineDefinition } from './definition.ts';
import { expressionOf, parseExpression, problemsOf } from './expressions.ts';

type Json = Readonly<Record<string, unknown>>;

const everyState = ['Type', 'Comment', 'QueryLanguage'];
const leaving = [...everyState, 'Next', 'End', 'Output', 'Assign'];
const fallible = [...leaving, 'Retry', 'Catch'];

/** The fields each state may carry in JSONata: https://states-language.net/spec.html#toplevelfields and the sections of the states. */
export const fieldsOfStates: Readonly<Record<string, readonly string[]>> = {
  Task: [...fallible, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...everyState, 'Output', 'Assign', 'Choices', 'Default'],
  Wait: [...leaving, 'Seconds', 'Timestamp'],
  Pass: leaving,
  Succeed: [...everyState, 'Output'],
  Fail: [...everyState, 'Error', 'Cause'],
  Parallel: [...fallible, 'Branches', 'Arguments'],
  Map: [
    ...fallible,
    'ItemProcessor',
    'Items',
    'ItemSelector',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
  ],
};
/** The fields of a machine. */
export const machineFields = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
/** The fields of a catcher. */
export const catcherFields = ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment'];
/** The fields of a rule of a Choice. */
export const ruleFields = ['Condition', 'Next', 'Output', 'Assign', 'Comment'];
/** The fields of a retrier. */
export const retrierFields = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];

/**
 * The largest numbers that AWS takes:
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
 */
const MOST = 99_999_999;
const YEAR = 31_622_400;

/** RFC 3339 with a capital T and a zone: https://states-language.net/spec.html#timestamps */
export const isTimestamp = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);

/** The definition is not one that runs here; the message lists every place and what to do. */
export class DefinitionError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Invalid State Machine Definition:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const loaded = new Map<string, StateMachineDefinition>();

/** Parses and checks a definition; each text once. Throws DefinitionError. */
export function loadDefinition(source: string | Json): StateMachineDefinition {
  if (typeof source !== 'string') return check(source);
  let definition = loaded.get(source);
  if (definition === undefined) loaded.set(source, (definition = check(source)));
  return definition;
}

function check(source: string | Json): StateMachineDefinition {
  const problems: string[] = [];
  let machine: unknown = source;
  if (typeof source === 'string') {
    try {
      machine = JSON.parse(source);
    } catch (error) {
      throw new DefinitionError([`/: not JSON: ${(error as Error).message}`]);
    }
  }
  if (!isObject(machine)) throw new DefinitionError(['/: expected an object with StartAt and States.']);
  if (machine.QueryLanguage !== 'JSONata') {
    problems.push(
      `/QueryLanguage: found ${JSON.stringify(machine.QueryLanguage ?? 'JSONPath (the default)')}; only "JSONata" runs here.`,
    );
  }
  checkFields(machine, machineFields, '', problems);
  checkNumber(machine, 'TimeoutSeconds', 1, '', problems, false);
  checkStates(machine, '', new Set(), problems);
  if (problems.length > 0) throw new DefinitionError(problems);
  return machine as unknown as StateMachineDefinition;
}

function checkStates(place: Json, path: string, outer: ReadonlySet<string>, problems: string[]): void {
  const states = place.States;
  if (!isObject(states) || Object.keys(states).length === 0) {
    problems.push(`${path}/States: expected an object of states.`);
    return;
  }
  const targets = new Set([place.StartAt]);
  const assigned = new Set(outer);
  for (const state of Object.values(states).filter(isObject)) {
    for (const name of [state, ...listOf(state.Choices), ...listOf(state.Catch)].flatMap((part) =>
      Object.keys(isObject(part.Assign) ? part.Assign : {}),
    )) {
      // https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html, "Scope of variables".
      if (outer.has(name))
        problems.push(`${path}: variable ${name} is already assigned in an outer scope; rename one.`);
      if (name === 'states' || !/^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u.test(name)) {
        problems.push(
          `${path}: "${name}" cannot be a variable: a letter, then at most 79 letters, digits or _, not "states".`,
        );
      }
      assigned.add(name);
    }
  }
  for (const [name, state] of Object.entries(states)) {
    if (name.length > 80) problems.push(`${path}/States: the name "${name}" is longer than 80 characters.`);
    if (!isObject(state)) problems.push(`${path}/States/${name}: expected an object.`);
    else checkState(state, `${path}/States/${name}`, assigned, targets, problems);
  }
  for (const target of targets) {
    if (typeof target !== 'string' || !Object.hasOwn(states, target)) {
      problems.push(`${path}: leads to ${JSON.stringify(target ?? null)}, which is not a state here.`);
    }
  }
  for (const name of Object.keys(states).filter((name) => !targets.has(name))) {
    problems.push(`${path}/States/${name}: no state leads here.`);
  }
}

function checkState(
  state: Json,
  path: string,
  variables: ReadonlySet<string>,
  targets: Set<unknown>,
  problems: string[],
): void {
  const fields = fieldsOfStates[String(state.Type)];
  if (fields === undefined) {
    problems.push(
      `${path}/Type: found ${JSON.stringify(state.Type)}; allowed: ${Object.keys(fieldsOfStates).join(', ')}.`,
    );
    return;
  }
  checkFields(state, fields, path, problems);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONata') {
    problems.push(`${path}/QueryLanguage: found ${JSON.stringify(state.QueryLanguage)}; only "JSONata" runs here.`);
  }
  if (fields.includes('Next') && (state.Next === undefined) === (state.End !== true)) {
    problems.push(`${path}: needs either Next or "End": true.`);
  }
  if (state.Next !== undefined) targets.add(state.Next);
  if (state.Default !== undefined) targets.add(state.Default);
  const nested = ['Branches', 'ItemProcessor', 'Choices', 'Catch', 'Retry'];
  for (const [field, value] of Object.entries(state)) {
    if (!nested.includes(field)) checkExpressions(value, `${path}/${field}`, false, problems);
  }
  for (const [index, retrier] of listOf(state.Retry).entries()) {
    const at = `${path}/Retry[${index}]`;
    checkFields(retrier, retrierFields, at, problems);
    checkErrorEquals(retrier, index === listOf(state.Retry).length - 1, at, problems);
    checkNumber(retrier, 'IntervalSeconds', 1, at, problems, false, MOST);
    checkNumber(retrier, 'MaxAttempts', 0, at, problems, false, MOST);
    checkNumber(retrier, 'BackoffRate', 1, at, problems, false);
    checkNumber(retrier, 'MaxDelaySeconds', 1, at, problems, false, YEAR - 1);
    if (
      retrier.JitterStrategy !== undefined &&
      retrier.JitterStrategy !== 'FULL' &&
      retrier.JitterStrategy !== 'NONE'
    ) {
      problems.push(`${at}/JitterStrategy: found ${JSON.stringify(retrier.JitterStrategy)}; allowed: "FULL", "NONE".`);
    }
  }
  for (const [index, catcher] of listOf(state.Catch).entries()) {
    const at = `${path}/Catch[${index}]`;
    checkFields(catcher, catcherFields, at, problems);
    checkErrorEquals(catcher, index === listOf(state.Catch).length - 1, at, problems);
    targets.add(catcher.Next);
    checkExpressions({ Output: catcher.Output, Assign: catcher.Assign }, at, true, problems);
  }
  for (const [index, rule] of listOf(state.Choices).entries()) {
    const at = `${path}/Choices[${index}]`;
    checkFields(rule, ruleFields, at, problems);
    if (rule.Condition === undefined) problems.push(`${at}: needs a Condition.`);
    targets.add(rule.Next);
    checkExpressions(rule, at, false, problems);
  }
  checkByType(state, path, variables, problems);
}

function checkByType(state: Json, path: string, variables: ReadonlySet<string>, problems: string[]): void {
  switch (state.Type) {
    case 'Task':
      if (!/^arn:[a-z-]+:(states:[a-z0-9-]*:\d*:(?!activity:)|lambda:)/.test(String(state.Resource))) {
        problems.push(
          `${path}/Resource: found ${JSON.stringify(state.Resource)}; allowed: an integration (arn:aws:states:::…) or a Lambda function's ARN, not an activity.`,
        );
      }
      checkNumber(state, 'TimeoutSeconds', 1, path, problems, true, MOST);
      checkNumber(state, 'HeartbeatSeconds', 1, path, problems, true, MOST);
      if (
        typeof state.HeartbeatSeconds === 'number' &&
        typeof state.TimeoutSeconds === 'number' &&
        state.HeartbeatSeconds >= state.TimeoutSeconds
      )
        problems.push(
          `${path}/HeartbeatSeconds: found ${state.HeartbeatSeconds}; allowed: less than TimeoutSeconds, ${state.TimeoutSeconds}.`,
        );
      return;
    case 'Choice':
      if (listOf(state.Choices).length === 0) problems.push(`${path}/Choices: expected at least one rule.`);
      return;
    case 'Wait':
      if ((state.Seconds === undefined) === (state.Timestamp === undefined)) {
        problems.push(`${path}: needs exactly one of Seconds and Timestamp.`);
      }
      checkNumber(state, 'Seconds', 0, path, problems, true, MOST);
      if (
        typeof state.Timestamp === 'string' &&
        expressionOf(state.Timestamp) === undefined &&
        !isTimestamp(state.Timestamp)
      )
        problems.push(
          `${path}/Timestamp: found ${JSON.stringify(state.Timestamp)}; allowed: a time such as 2026-01-31T12:00:00Z.`,
        );
      return;
    case 'Parallel':
      if (listOf(state.Branches).length === 0) problems.push(`${path}/Branches: expected at least one branch.`);
      for (const [index, branch] of listOf(state.Branches).entries()) {
        checkFields(branch, ['StartAt', 'States', 'Comment'], `${path}/Branches[${index}]`, problems);
        checkStates(branch, `${path}/Branches[${index}]`, variables, problems);
      }
      return;
    case 'Map': {
      const processor = isObject(state.ItemProcessor) ? state.ItemProcessor : {};
      checkFields(processor, ['StartAt', 'States', 'Comment', 'ProcessorConfig'], `${path}/ItemProcessor`, problems);
      const config = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : { Mode: 'INLINE' };
      checkFields(config, ['Mode'], `${path}/ItemProcessor/ProcessorConfig`, problems);
      if (config.Mode !== undefined && config.Mode !== 'INLINE') {
        problems.push(
          `${path}/ItemProcessor/ProcessorConfig/Mode: found ${JSON.stringify(config.Mode)}; only "INLINE" runs here.`,
        );
      }
      checkNumber(state, 'MaxConcurrency', 0, path, problems, true);
      checkNumber(state, 'ToleratedFailureCount', 0, path, problems, true);
      checkNumber(state, 'ToleratedFailurePercentage', 0, path, problems, true, 100);
      checkStates(processor, `${path}/ItemProcessor`, variables, problems);
      return;
    }
  }
}

function checkErrorEquals(part: Json, last: boolean, path: string, problems: string[]): void {
  const names = part.ErrorEquals;
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    problems.push(`${path}/ErrorEquals: expected a list of error names.`);
  } else if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    problems.push(`${path}/ErrorEquals: States.ALL must stand alone and come last.`);
  }
}

function checkNumber(
  part: Json,
  field: string,
  least: number,
  path: string,
  problems: string[],
  expressions: boolean,
  most = Infinity,
): void {
  const value = part[field];
  if (value === undefined || (expressions && typeof value === 'string' && expressionOf(value) !== undefined)) return;
  const whole = field !== 'BackoffRate' && field !== 'ToleratedFailurePercentage';
  if (typeof value !== 'number' || value < least || value > most || (whole && !Number.isInteger(value))) {
    const bounds = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    problems.push(`${path}/${field}: found ${JSON.stringify(value)}; allowed: a number ${bounds}.`);
  }
}

function checkFields(part: Json, fields: readonly string[], path: string, problems: string[]): void {
  for (const field of Object.keys(part).filter((field) => !fields.includes(field))) {
    problems.push(`${path}/${field}: is not supported here; allowed: ${fields.join(', ')}.`);
  }
}

function checkExpressions(template: unknown, path: string, inCatch: boolean, problems: string[]): void {
  if (typeof template === 'string') {
    const source = expressionOf(template);
    if (source === undefined) return;
    try {
      for (const problem of problemsOf(parseExpression(source), inCatch)) problems.push(`${path}: ${problem}`);
    } catch (error) {
      problems.push(`${path}: {% ${source} %} does not parse: ${(error as Error).message}`);
    }
  } else if (Array.isArray(template)) {
    for (const [index, element] of template.entries())
      checkExpressions(element, `${path}[${index}]`, inCatch, problems);
  } else if (isObject(template)) {
    for (const [key, value] of Object.entries(template)) checkExpressions(value, `${path}/${key}`, inCatch, problems);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
