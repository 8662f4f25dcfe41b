/**
 * Makes the resources of an assembly, each after those it refers to, and says what has no effect. Separate from what the types
 * become (resource-kinds.ts) and from the intrinsic functions (resolve.ts).
 */
import { createHash } from 'node:crypto';
import { arnOf, type Account, type Input } from '../api.ts';
import type { World } from '../aws.ts';
import { withoutEffect } from './no-effect.ts';
import type { Assembly, Declared, Stack } from './read-assembly.ts';
import { holds, resolve, type Scope } from './resolve.ts';
import type { Made, Place } from './kind.ts';
import { resourceKinds } from './resource-kinds.ts';

/** What was deployed, for the CloudFormation API and for people. */
export interface Deployed {
  readonly stack: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly { readonly logicalId: string; readonly type: string; readonly physicalId: string }[];
}

const kindOf = (type: string) =>
  resourceKinds[type.startsWith('Custom::') ? 'AWS::CloudFormation::CustomResource' : type];

/** Refuses, all at once and by name, what does not run on the laptop: types and properties that are on neither list. */
export function checkAssembly(assembly: Assembly): void {
  const refused: string[] = [];
  for (const { name, template } of assembly.stacks) {
    if (template.Transform !== undefined) refused.push(`${name}: Transform (macros) is not supported`);
    for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources ?? {})) {
      if (withoutEffect(Type) !== undefined) continue;
      const kind = kindOf(Type);
      if (!kind) refused.push(`${name}/${id}: the resource type ${Type} is not supported`);
      for (const property of Object.keys(Properties))
        if (kind && !kind.runs.includes('*') && !kind.runs.includes(property) && !kind.noEffect?.[property])
          refused.push(`${name}/${id}: ${Type}.${property} is not supported`);
    }
  }
  if (refused.length > 0)
    throw new Error(
      `The laptop cannot run this assembly:\n  ${refused.join('\n  ')}\nWhat it runs is listed in local/aws/README.md.`,
    );
}

/** A line per service and reason: the types and properties that were declared and have no effect. */
export function effectless(assembly: Assembly): string[] {
  const found = new Map<string, Set<string>>();
  const add = (type: string, reason: string, property = '') => {
    const [, service = '', kind = ''] = /^(.*)::([^:]+)$/.exec(type) ?? [];
    const key = `${service}\0${reason}`;
    found.set(key, (found.get(key) ?? new Set()).add(kind + property));
  };
  for (const { template } of assembly.stacks)
    for (const { Type, Properties = {} } of Object.values(template.Resources ?? {})) {
      const reason = withoutEffect(Type);
      if (reason !== undefined) add(Type, reason);
      for (const [property, why] of reason === undefined ? Object.entries(kindOf(Type)?.noEffect ?? {}) : [])
        if (Properties[property] !== undefined && property !== 'Tags' && property !== 'Description')
          add(Type, why, `.${property}`);
    }
  return [...found]
    .map(([key, names]) => `${key.split('\0')[0]} ${[...names].sort().join(', ')}: ${key.split('\0')[1]}`)
    .sort();
}

/** What was uploaded before a deployment, for whoever reads it later; code of functions is taken from the assembly as it is. */
function publishFiles({ assets }: Assembly, account: Account, world: World): void {
  for (const [key, { path, zip, bucket }] of assets)
    if (!zip)
      world.s3.declareFile(
        bucket.replaceAll('${AWS::AccountId}', account.id).replaceAll('${AWS::Region}', account.region),
        key,
        path,
      );
}

/** Makes everything. */
export async function deploy(assembly: Assembly, account: Account, world: World): Promise<Deployed[]> {
  checkAssembly(assembly);
  publishFiles(assembly, account, world);
  const made = new Map<string, Promise<Made>>();
  const scopes = new Map(assembly.stacks.map((stack) => [stack, scopeOf(stack)]));

  function make(stack: Stack, id: string, path: readonly string[]): Promise<Made> {
    const key = `${stack.name}/${id}`;
    if (path.includes(key)) throw new Error(`Circular dependency: ${[...path, key].join(' → ')}`);
    const known = made.get(key);
    if (known) return known;
    const declared = stack.template.Resources?.[id];
    if (!declared) throw new Error(`${key} does not exist.`);
    const promise = makeNew(stack, id, declared, [...path, key]).catch((error: unknown) => {
      const message = (error as Error).message;
      throw message.startsWith('Cannot make ') ? error : new Error(`Cannot make ${key} (${declared.Type}): ${message}`);
    });
    promise.catch(() => undefined);
    made.set(key, promise);
    return promise;
  }

  async function makeNew(stack: Stack, id: string, declared: Declared, path: readonly string[]): Promise<Made> {
    const scope = scopeOf(stack, path);
    for (const other of [declared.DependsOn ?? []].flat()) await make(stack, other, path);
    const name = nameIn(stack.name, id);
    if (withoutEffect(declared.Type) !== undefined) return { ref: name() };
    const properties = (await resolve(declared.Properties ?? {}, scope)) as Input;
    const place: Place = { world, account, assembly, stack: stack.name, logicalId: id, type: declared.Type, name };
    const kind = kindOf(declared.Type);
    if (!kind) throw new Error('this type is not supported');
    return kind.make(properties, place);
  }

  async function attribute(stack: Stack, id: string, name: string, path: readonly string[]): Promise<unknown> {
    const { ref, attributes = {} } = await make(stack, id, path);
    if (Object.hasOwn(attributes, name)) return attributes[name];
    const type = stack.template.Resources?.[id]?.Type ?? '';
    if (withoutEffect(type) === undefined) {
      const dotted = name.split('.').reduce<unknown>((value, key) => (value as Input | undefined)?.[key], attributes);
      if (dotted !== undefined) return dotted;
      throw new Error(
        `${type} has no attribute ${name} on the laptop; it has: ${Object.keys(attributes).join(', ') || 'none'}`,
      );
    }
    if (/Ids$|Blocks$|NameServers$/.test(name)) return [`${ref}-${name}`];
    const [, service = '', kind = ''] = type.split('::');
    return name.endsWith('Arn')
      ? arnOf(account, service.toLowerCase(), `${kind.toLowerCase()}/${ref}`)
      : `${ref}-${name}`;
  }

  function scopeOf(stack: Stack, path: readonly string[] = []): Scope {
    return {
      template: stack.template,
      pseudo: {
        'AWS::AccountId': account.id,
        'AWS::Region': account.region,
        'AWS::Partition': 'aws',
        'AWS::URLSuffix': 'amazonaws.com',
        'AWS::StackName': stack.name,
        'AWS::StackId': arnOf(account, 'cloudformation', `stack/${stack.name}/laptop`),
      },
      ssmParameter: (name) => world.parameters.value(name),
      ref: async (id) => (await make(stack, id, path)).ref,
      attribute: (id, name) => attribute(stack, id, name, path),
      async exported(name) {
        for (const other of assembly.stacks)
          for (const { Export, Value } of Object.values(other.template.Outputs ?? {}))
            if (Export && (await resolve(Export.Name, scopeOf(other, path))) === name)
              return resolve(Value, scopeOf(other, path));
        throw new Error(`No stack exports ${name}.`);
      },
    };
  }

  const deployed: Deployed[] = [];
  for (const stack of assembly.stacks) {
    const scope = scopes.get(stack) ?? scopeOf(stack);
    const resources = [];
    for (const [logicalId, { Type, Condition }] of Object.entries(stack.template.Resources ?? {})) {
      if (Condition !== undefined && !(await holds(Condition, scope))) continue;
      resources.push({ logicalId, type: Type, physicalId: (await make(stack, logicalId, [])).ref });
    }
    const outputs: Input = {};
    for (const [key, { Value, Condition }] of Object.entries(stack.template.Outputs ?? {}))
      if (Condition === undefined || (await holds(Condition, scope))) outputs[key] = await resolve(Value, scope);
    deployed.push({ stack: stack.name, outputs, resources });
  }
  world.policies.checkNeeds();
  return deployed;
}

/** Names as CloudFormation makes them, but the same in every run. */
function nameIn(stack: string, logicalId: string): (longest?: number) => string {
  const hash = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, 12).toUpperCase();
  return (longest = 128) => `${`${stack}-${logicalId}`.slice(0, longest - 13)}-${hash}`;
}
