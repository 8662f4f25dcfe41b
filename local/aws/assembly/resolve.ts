/**
 * CloudFormation's intrinsic functions. Separate because resolving knows no resource type: `ref` and `attribute` say what
 * a resource became, and making it on the way there is what orders the deployment.
 */
import type { Input } from '../api.ts';
import type { Template } from './read-assembly.ts';

/** What the resolver asks while it resolves one stack. */
export interface Scope {
  readonly template: Template;
  readonly pseudo: Readonly<Record<string, string>>;
  /** Values of parameters that name SSM parameters. */
  ssmParameter(name: string): string;
  ref(logicalId: string): Promise<unknown>;
  attribute(logicalId: string, name: string): Promise<unknown>;
  exported(name: string): Promise<unknown>;
}

const absent = Symbol('AWS::NoValue');
type Intrinsic = (operand: unknown, scope: Scope) => unknown;

/** The value with every intrinsic function replaced by its result. */
export async function resolve(value: unknown, scope: Scope): Promise<unknown> {
  if (Array.isArray(value)) {
    const items = [];
    for (const item of value) items.push(await resolve(item, scope));
    return items.filter((item) => item !== absent);
  }
  if (typeof value !== 'object' || value === null) return value;
  const [name = '', ...more] = Object.keys(value);
  if (more.length === 0 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) {
    const operand = (value as Input)[name];
    if (
      name === 'Condition' &&
      !(typeof operand === 'string' && Object.hasOwn(scope.template.Conditions ?? {}, operand))
    )
      return { Condition: await resolve(operand, scope) }; // The element of a policy statement.
    const intrinsic = intrinsics[name];
    if (!intrinsic)
      throw new Error(
        `The intrinsic function ${name} is not supported on the laptop. Supported: ${Object.keys(intrinsics).join(', ')}.`,
      );
    return intrinsic(operand, scope);
  }
  const result: Input = {};
  for (const [key, inner] of Object.entries(value)) {
    const resolved = await resolve(inner, scope);
    if (resolved !== absent) result[key] = resolved;
  }
  return result;
}

/** Whether the condition of this name holds. */
export async function holds(name: string, scope: Scope): Promise<boolean> {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) throw new Error(`The template has no condition ${name}.`);
  return (await resolve(condition, scope)) === true;
}

async function list(operand: unknown, scope: Scope): Promise<unknown[]> {
  return (await resolve(operand, scope)) as unknown[];
}

async function reference(name: string, scope: Scope): Promise<unknown> {
  if (name === 'AWS::NoValue') return absent;
  if (Object.hasOwn(scope.pseudo, name)) return scope.pseudo[name];
  const parameter = scope.template.Parameters?.[name];
  if (!parameter) return scope.ref(name);
  if (parameter.Default === undefined) throw new Error(`The parameter ${name} has no default; the laptop gives none.`);
  return parameter.Type.startsWith('AWS::SSM::Parameter::Value<')
    ? scope.ssmParameter(parameter.Default)
    : parameter.Default;
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (operand, scope) => reference(String(operand), scope),
  Condition: (operand, scope) => holds(String(operand), scope),
  async 'Fn::GetAtt'(operand, scope) {
    const [id, ...attribute] = typeof operand === 'string' ? operand.split('.') : (operand as string[]);
    return scope.attribute(id ?? '', String(await resolve(attribute.join('.'), scope)));
  },
  async 'Fn::Join'(operand, scope) {
    const [separator, values] = operand as [string, unknown];
    return (await list(values, scope)).map(String).join(separator);
  },
  async 'Fn::Select'(operand, scope) {
    const [index, values] = operand as [string, unknown];
    return (await list(values, scope))[Number(await resolve(index, scope))];
  },
  async 'Fn::Split'(operand, scope) {
    const [separator, text] = operand as [string, unknown];
    return String(await resolve(text, scope)).split(separator);
  },
  async 'Fn::Sub'(operand, scope) {
    const [text, variables] = typeof operand === 'string' ? [operand, {}] : (operand as [string, Input]);
    let result = '';
    for (const part of text.split(/(\$\{[^}]+\})/)) {
      const name = /^\$\{([^}]+)\}$/.exec(part)?.[1];
      if (name === undefined) result += part;
      else if (name.startsWith('!')) result += `\${${name.slice(1)}}`;
      else if (Object.hasOwn(variables, name)) result += String(await resolve(variables[name], scope));
      else
        result += String(await (name.includes('.') ? resolve({ 'Fn::GetAtt': name }, scope) : reference(name, scope)));
    }
    return result;
  },
  'Fn::ImportValue': async (operand, scope) => scope.exported(String(await resolve(operand, scope))),
  async 'Fn::If'(operand, scope) {
    const [name, yes, no] = operand as [string, unknown, unknown];
    return resolve((await holds(name, scope)) ? yes : no, scope);
  },
  async 'Fn::Equals'(operand, scope) {
    const [left, right] = await list(operand, scope);
    return String(left) === String(right);
  },
  'Fn::Not': async (operand, scope) => (await list(operand, scope))[0] !== true,
  'Fn::And': async (operand, scope) => (await list(operand, scope)).every((value) => value === true),
  'Fn::Or': async (operand, scope) => (await list(operand, scope)).includes(true),
  async 'Fn::FindInMap'(operand, scope) {
    const [map, first, second] = (await list(operand, scope)).map(String);
    return scope.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
  },
  'Fn::GetAZs': (_operand, scope) => ['a', 'b', 'c'].map((zone) => `${scope.pseudo['AWS::Region']}${zone}`),
  'Fn::Base64': async (operand, scope) => Buffer.from(String(await resolve(operand, scope))).toString('base64'),
  'Fn::ToJsonString': async (operand, scope) => JSON.stringify(await resolve(operand, scope)),
};
