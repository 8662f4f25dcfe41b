/**
 * What a resource type on the laptop is: what it becomes, which of its properties have effect, which have none and why. Separate
 * from the types themselves (kinds/) and from the order in which resources are made (deploy.ts).
 */
import type { Account, Input } from '../api.ts';
import type { World } from '../aws.ts';
import type { Assembly } from './read-assembly.ts';

/** What a resource became: the value of `Ref` and the attributes of `Fn::GetAtt`. */
export interface Made {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Where a resource is made. */
export interface Place {
  readonly world: World;
  readonly account: Account;
  readonly assembly: Assembly;
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** A name of its own for a resource that the template does not name; the same in every run. */
  readonly name: (longest?: number) => string;
}

/** One resource type that runs. */
export interface ResourceKind {
  readonly runs: readonly string[];
  /** Properties without effect on a laptop, with the reason. */
  readonly noEffect?: Readonly<Record<string, string>>;
  make(properties: Properties, place: Place): Made | Promise<Made>;
}

/** Resolved properties; each kind reads what it declared in `runs`. */
// oxlint-disable-next-line typescript/no-explicit-any -- CloudFormation's properties have no types here
export type Properties = Record<string, any>;

/** Why some properties have no effect, wherever they occur. */
export const reasons = {
  people: 'it is for people',
  tags: 'tags are for bills and searches',
  encrypted: 'the disk of a laptop is its own',
  kept: 'the state directory is kept until it is deleted',
  cost: 'nothing is billed',
} as const;

/** Properties without effect that most types have. */
export const ordinary = { Tags: reasons.tags, Description: reasons.people };

/** What a resource became. */
export function made(ref: string, attributes: Readonly<Record<string, unknown>> = {}): Made {
  return { ref, attributes };
}

/** Throws as AWS does when a service, for this resource, could not take the role that it is given. */
export function checkTrust({ world }: Place, role: unknown, principal: string, sourceArn: string): void {
  if (!world.policies.trusts(String(role), { arn: principal, service: { principal, sourceArn } }))
    throw new Error(
      `the role ${String(role)} is not in this assembly, or its trust policy does not let ${principal} assume it`,
    );
}

/** The statements of a policy document. */
export function statements(document: Properties): Input[] {
  return [document['Statement']].flat() as Input[];
}
