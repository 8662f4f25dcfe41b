/**
 * The state machines as they are synthesized, with functions named instead of referenced.
 * Separate because scenarios, faults and the architecture tests all read the same definitions.
 */
import { PLAIN, synthesized, type Resource, type Synthesized } from '../lib/synthesize.ts';

/** Rollouts may have to know what is outside the network. */
export const LOOKING_OUTSIDE = `${PLAIN}
metrics: { cloudWatch: true }
environments:
  performance:
    wayIn: { gateway: { namespace: gateways, name: shop, controller: eks.amazonaws.com/gateway-alb } }
`;

/** Settings with a public kind in each tier, and all that rollouts may measure by, so that every state exists. */
export const WITH_PUBLIC = `${LOOKING_OUTSIDE}  feature: { wayIn: { access: public } }
  pre-release: { wayIn: { access: public } }
`;

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
}

/** A state, as far as tests look at it. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  /** An expression where the limit is a wait. */
  readonly TimeoutSeconds?: number | string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Arguments?: { readonly FunctionName?: string; readonly Payload?: Readonly<Record<string, unknown>> };
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
  readonly Next?: string;
}

export interface Machine {
  readonly name: string;
  /** JSON text with `function:<name>` where the template refers to a function. */
  readonly definition: string;
  /** Every state by name, those inside a Map too. */
  readonly states: ReadonlyMap<string, State>;
}

/** All state machines of these settings by name. */
export function machinesOf(settings: string): ReadonlyMap<string, Machine> {
  const stacks = synthesized(settings);
  return new Map(
    stacks.ofType('AWS::StepFunctions::StateMachine').map((resource) => {
      const name = String(resource.properties['StateMachineName']);
      const definition = render(stacks, resource, resource.properties['DefinitionString']);
      return [name, { name, definition, states: statesOf(definition) }];
    }),
  );
}

/** The machine, or an error that lists the known ones. */
export function machine(settings: string, name: string): Machine {
  const machines = machinesOf(settings);
  const found = machines.get(name);
  if (found === undefined) throw new Error(`No state machine ${name}; there are ${[...machines.keys()].join(', ')}.`);
  return found;
}

function statesOf(definition: string): ReadonlyMap<string, State> {
  const { States } = JSON.parse(definition) as { readonly States: Readonly<Record<string, State>> };
  return new Map(
    Object.entries(States).flatMap(([name, state]) => [
      [name, state] as const,
      ...Object.entries(state.ItemProcessor?.States ?? {}),
    ]),
  );
}

/** Where the state machines of tests are. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '000000000000',
};

/** Text of a property that joins texts and references. */
function render(stacks: Synthesized, resource: Resource, value: unknown): string {
  if (typeof value === 'string') return value;
  const node = value as Readonly<Record<string, unknown>>;
  const join = node['Fn::Join'] as readonly [string, readonly unknown[]] | undefined;
  if (join !== undefined) return join[1].map((part) => render(stacks, resource, part)).join(join[0]);
  const attribute = node['Fn::GetAtt'] as readonly [string, string] | undefined;
  if (attribute !== undefined) return `function:${functionName(stacks.byId(resource.stack, attribute[0]))}`;
  if (typeof node['Ref'] === 'string' && node['Ref'].startsWith('AWS::')) return PSEUDO[node['Ref']] ?? '';
  const exported = node['Fn::ImportValue'] as string | undefined;
  if (exported !== undefined) {
    const found = stacks.resources.find(({ stack, id }) =>
      exported.startsWith(`${stack}:ExportsOutputFnGetAtt${id}Arn`),
    );
    if (found !== undefined) return `function:${functionName(found)}`;
  }
  throw new Error(`A definition refers to ${JSON.stringify(value)}, which is no function.`);
}

function functionName({ properties, id }: Resource): string {
  if (typeof properties['FunctionName'] !== 'string') throw new Error(`${id} is no function with a name.`);
  return properties['FunctionName'];
}
