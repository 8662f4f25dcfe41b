/**
 * EventBridge's default bus: rules with patterns or schedules, input transformers, targets with dead-letter queues, PutEvents.
 * Separate from the patterns (pattern.ts) and from what the receivers do (delivery.ts).
 */
import { randomUUID } from 'node:crypto';
import { type Account, AwsError, type Caller, type Input, nameOf, type Service } from './api.ts';
import type { Credentials } from './credentials.ts';
import { checkReceiver, type Deliver } from './delivery.ts';
import { checkPattern, matches } from './pattern.ts';
import { json } from './protocols.ts';

/** A rule as the template declares it. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly pattern?: Input | undefined;
  readonly targets: readonly Target[];
}

/** Where a rule sends events. */
export interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number };
}

/** Value at a path like `$.detail.name`. */
function at(path: string, event: unknown): unknown {
  return path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean)
    .reduce<unknown>((value, key) => (value as Input | undefined)?.[key], event);
}

/** What the target gets, by https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
export function inputFor(target: Target, event: Input, rule: Pick<Rule, 'arn' | 'name'>): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(at(target.InputPath, event));
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const known: Input = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.json': event,
    'aws.events.event': event,
    'aws.events.event.ingestion-time': event['time'],
  };
  for (const [name, path] of Object.entries(InputPathsMap)) known[name] = at(path, event);
  // Inside a string a value stands as its text, outside as JSON.
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([\w.-]+)>/g, (found, name: string | undefined) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined || !Object.hasOwn(known, name)) return found;
    const value = JSON.stringify(known[name]) ?? '""';
    return quoted
      ? typeof known[name] === 'string'
        ? value.slice(1, -1)
        : value.replaceAll('"', String.raw`\"`)
      : value;
  });
}

/** The bus. */
export class EventBus {
  readonly #account: Account;
  readonly #deliver: Deliver;
  readonly #credentials: Credentials;
  readonly #rules = new Map<string, Rule>();
  readonly #listeners = new Set<(event: Input) => void>();

  constructor(account: Account, deliver: Deliver, credentials: Credentials) {
    this.#account = account;
    this.#deliver = deliver;
    this.#credentials = credentials;
  }

  /** Makes or replaces a rule; refuses patterns and targets that do not run here. */
  define(rule: Rule): void {
    if (rule.pattern) checkPattern(rule.pattern, `${rule.name}.EventPattern`);
    for (const { Arn } of rule.targets) checkReceiver(Arn);
    this.#rules.set(rule.name, rule);
  }

  /** Hears every event, as long as the returned function is not called. */
  listen(listener: (event: Input) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An event as the bus carries it. */
  event(source: string, detailType: string, detail: unknown, resources: readonly string[] = []): Input {
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const { id: account, region } = this.#account;
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account,
      time,
      region,
      resources,
      detail,
    };
  }

  /** Sends an event from an AWS service or an application to all rules that it fits; answers its id. */
  put(source: string, detailType: string, detail: unknown, resources: readonly string[] = []): string {
    const event = this.event(source, detailType, detail, resources);
    this.publish(event);
    return String(event['id']);
  }

  /** Sends a whole event. */
  publish(event: Input): void {
    for (const listener of this.#listeners) listener(event);
    for (const rule of this.#rules.values())
      if (rule.enabled && rule.pattern && matches(rule.pattern, event)) this.fire(rule, event);
  }

  /** Sends an event to the rule's targets. */
  fire(rule: Rule, event: Input): void {
    for (const target of rule.targets) void this.#send(rule, target, inputFor(target, event, rule));
  }

  async #send(rule: Rule, target: Target, text: string): Promise<void> {
    const service: Caller = {
      arn: 'events.amazonaws.com',
      service: { principal: 'events.amazonaws.com', sourceArn: rule.arn },
    };
    const caller =
      target.RoleArn === undefined ? service : this.#credentials.session(target.RoleArn, rule.name.slice(0, 64));
    const attempts = 1 + Math.min(target.RetryPolicy?.MaximumRetryAttempts ?? 185, 5);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#deliver(target.Arn, text, caller);
      } catch (error) {
        const { code = 'InternalFailure', status = 500, message } = error as Partial<AwsError>;
        if ((status === 429 || status >= 500) && attempt < attempts) {
          await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt).unref());
          continue;
        }
        this.#account.log(`rule ${rule.name}: ${nameOf(target.Arn)} did not take an event: ${code}: ${message}`);
        const queue = target.DeadLetterConfig?.Arn;
        if (queue === undefined) return;
        const attributes = {
          RULE_ARN: rule.arn,
          TARGET_ARN: target.Arn,
          ERROR_CODE: code,
          ERROR_MESSAGE: message ?? '',
        };
        return await this.#deliver(queue, text, service, attributes).catch((lost: unknown) =>
          this.#account.log(`rule ${rule.name}: its dead-letter queue refused the event: ${(lost as Error).message}`),
        );
      }
    }
  }

  service(): Service {
    const shown = ({ name, arn, enabled, pattern }: Rule) => ({
      Name: name,
      Arn: arn,
      State: enabled ? 'ENABLED' : 'DISABLED',
      EventPattern: JSON.stringify(pattern),
    });
    const find = (name: string) => {
      const rule = this.#rules.get(name);
      if (!rule) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
      return rule;
    };
    const enable = (name: string, enabled: boolean) => void this.#rules.set(name, { ...find(name), enabled });
    return {
      name: 'events',
      protocol: json,
      actions: {
        PutEvents: ({
          Entries,
        }: {
          Entries: { Source: string; DetailType: string; Detail: string; Resources?: string[] }[];
        }) => ({
          FailedEntryCount: 0,
          Entries: Entries.map((entry) => ({
            EventId: this.put(entry.Source, entry.DetailType, JSON.parse(entry.Detail), entry.Resources),
          })),
        }),
        ListRules: () => ({ Rules: [...this.#rules.values()].map(shown) }),
        DescribeRule: ({ Name }: { Name: string }) => shown(find(Name)),
        ListTargetsByRule: ({ Rule }: { Rule: string }) => ({ Targets: find(Rule).targets }),
        EnableRule: ({ Name }: { Name: string }) => enable(Name, true),
        DisableRule: ({ Name }: { Name: string }) => enable(Name, false),
      },
    };
  }
}
