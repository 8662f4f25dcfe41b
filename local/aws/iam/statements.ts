/**
 * One policy statement: parsed when it is declared, so that what is not understood is refused at start, and matched
 * against requests. Separate from who has which statements (policies.ts).
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */

/** What a request is about besides action and resource: condition keys and their values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A request as statements see it. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** Who may be named in a Principal. */
export interface Principals {
  readonly all: boolean;
  readonly services: readonly string[];
  readonly identities: readonly string[];
}

/** A statement that is understood. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Where it is from, for people. */
  readonly from: string;
  readonly principals: Principals | undefined;
  applies(request: Request): boolean;
}

type Json = Readonly<Record<string, unknown>>;
type Test = (context: Context) => boolean;

/** Compares one value of the request with one of the policy. */
const comparisons: Readonly<Record<string, (seen: string, wanted: string) => boolean>> = {
  StringEquals: (seen, wanted) => seen === wanted,
  StringEqualsIgnoreCase: (seen, wanted) => seen.toLowerCase() === wanted.toLowerCase(),
  StringLike: (seen, wanted) => pattern(wanted).test(seen),
  ArnEquals: (seen, wanted) => arnPattern(wanted).test(seen),
  ArnLike: (seen, wanted) => arnPattern(wanted).test(seen),
  Bool: (seen, wanted) => seen.toLowerCase() === wanted.toLowerCase(),
};

/** Keys whose values requests on the laptop carry; a Deny on any other would silently never apply. */
const knownKeys =
  /^(aws:(SourceArn|SourceAccount|PrincipalArn|PrincipalAccount|SecureTransport|RequestedRegion|(RequestTag|ResourceTag)\/.+)|cloudwatch:namespace|lambda:(FunctionUrlAuthType|InvokedViaFunctionUrl))$/i;

/** Parses a statement. Throws with the place and what is allowed. */
export function parseStatement(value: unknown, from: string): Statement {
  const statement = value as Json;
  const allowed = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
  for (const field of Object.keys(statement)) {
    if (!allowed.includes(field))
      refuse(from, `the element ${field} is not supported; supported: ${allowed.join(', ')}`);
  }
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny')
    refuse(from, `Effect is ${JSON.stringify(effect)}; allowed: Allow, Deny`);
  const actions = matcher(statement.Action, statement.NotAction, (text) => pattern(text, 'i'), from);
  const resources = matcher(statement.Resource, statement.NotResource, (text) => pattern(text), from);
  const conditions = Object.entries((statement.Condition ?? {}) as Json).flatMap(([operator, keys]) =>
    Object.entries(keys as Json).map(([key, wanted]) => condition(operator, key, strings(wanted, from), from)),
  );
  return {
    effect,
    from: typeof statement.Sid === 'string' && statement.Sid !== '' ? `${from} (${statement.Sid})` : from,
    principals: statement.Principal === undefined ? undefined : principalsOf(statement.Principal, from),
    applies: ({ action, resource, context }) =>
      actions(action) && resources(resource) && conditions.every((test) => test(context)),
  };
}

/** The statements of a document. */
export function parseDocument(document: unknown, from: string): Statement[] {
  const list = [(document as Json | undefined)?.Statement ?? []].flat();
  return list.map((statement, index) => parseStatement(statement, `${from}, statement ${index + 1}`));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function condition(operator: string, key: string, wanted: readonly string[], from: string): Test {
  if (!knownKeys.test(key)) refuse(from, `the condition key ${key} is not known on the laptop`);
  const valueOf = (context: Context): readonly string[] | undefined => {
    const name = Object.keys(context).find((other) => other.toLowerCase() === key.toLowerCase());
    return name === undefined ? undefined : [context[name] ?? []].flat();
  };
  if (operator === 'Null')
    return (context) => wanted.some((value) => (value === 'true') === (valueOf(context) === undefined));
  const [, quantifier = '', name = '', ifExists = ''] =
    /^(?:(For(?:All|Any)Value(?:s)?):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = /^(String|Arn)Not/.test(name);
  const compare = comparisons[name.replace(/^(String|Arn)Not/, '$1')];
  if (compare === undefined || !['', 'ForAllValues', 'ForAnyValue'].includes(quantifier)) {
    refuse(
      from,
      `the condition operator ${operator} is not supported; supported: ${Object.keys(comparisons).join(', ')}, their Not forms, IfExists, ForAllValues and ForAnyValue, and Null`,
    );
  }
  const one = (seen: string): boolean => wanted.some((value) => compare(seen, value)) !== negated;
  return (context) => {
    const seen = valueOf(context);
    if (seen === undefined) return ifExists !== '' || quantifier === 'ForAllValues' || (negated && quantifier === '');
    return quantifier === 'ForAllValues' || (negated && quantifier === '') ? seen.every(one) : seen.some(one);
  };
}

function matcher(
  yes: unknown,
  no: unknown,
  compile: (text: string) => RegExp,
  from: string,
): (seen: string) => boolean {
  // Neither: a trust policy or a statement of a resource, which is about the one it hangs on.
  if (yes === undefined && no === undefined) return () => true;
  const patterns = strings(yes ?? no, from).map(compile);
  return (seen) => patterns.some((one) => one.test(seen)) === (yes !== undefined);
}

function principalsOf(principal: unknown, from: string): Principals {
  if (principal === '*') return { all: true, services: [], identities: [] };
  const { AWS = [], Service = [], Federated = [], ...others } = principal as Json;
  for (const kind of Object.keys(others))
    refuse(from, `a Principal of kind ${kind} is not supported; supported: AWS, Service, Federated`);
  const identities = strings(AWS, from);
  return {
    all: identities.includes('*'),
    services: strings(Service, from),
    identities: [...identities, ...strings(Federated, from)],
  };
}

/** Texts with their variables refused: `${aws:username}` and the like have no value here. */
function strings(value: unknown, from: string): string[] {
  return [value].flat().map((text) => {
    if (typeof text !== 'string' && typeof text !== 'boolean') refuse(from, `${JSON.stringify(text)} is not a text`);
    if (String(text).includes('${'))
      refuse(from, `the policy variable in ${JSON.stringify(text)} is not supported; write the value`);
    return String(text);
  });
}

/** `*` is any text, `?` any one character. */
function pattern(text: string, flags = ''): RegExp {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}

/** In an ARN's first five parts a wildcard does not cross the colons. */
function arnPattern(text: string): RegExp {
  const parts = text.split(':');
  const head = parts.slice(0, 5).map((part) => pattern(part).source.slice(1, -1).replaceAll('.*', '[^:]*'));
  return new RegExp(`^${[...head, pattern(parts.slice(5).join(':')).source.slice(1, -1)].join(':')}$`, 's');
}

function refuse(from: string, problem: string): never {
  throw new Error(`${from}: ${problem}.`);
}
