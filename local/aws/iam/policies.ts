/**
 * Who may do what: the policies of the template's roles and resources, and the decision about one request. Separate
 * from the statements themselves and from which request needs which action (required-actions.ts).
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (one account).
 */
import { AwsError, nameOf, type Account, type Caller, type Input } from '../api.ts';
import { managedPolicies, policiesOfOthers } from './managed-policies.ts';
import { requiredActions } from './required-actions.ts';
import { parseDocument, parseStatement, type Context, type Principals, type Statement } from './statements.ts';

/** What was asked, in the words of policies. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
}

/** Yes, or the statement that would be needed. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly missing: string };

/** The policies of one account. Everything declared is checked at once; what is not understood throws with its place. */
export class Policies {
  readonly #account: Pick<Account, 'id' | 'region'>;
  readonly #trust = new Map<string, readonly Statement[]>();
  readonly #identity = new Map<string, Statement[]>();
  readonly #managed = new Map<string, readonly Statement[]>();
  readonly #resource = new Map<string, Statement[]>();
  readonly #needs: { readonly what: string; readonly role: string; readonly questions: readonly Question[] }[] = [];

  constructor(account: Pick<Account, 'id' | 'region'>) {
    this.#account = account;
  }

  /** Declares a role with who may assume it and the managed policies it names. */
  role(arn: string, trust: unknown, managedPolicyArns: readonly string[] = []): void {
    this.#trust.set(nameOf(arn), parseDocument(trust, `trust policy of ${nameOf(arn)}`));
    for (const policy of managedPolicyArns) this.#add(nameOf(arn), this.#managedStatements(policy));
  }

  /** Gives a role (by name or ARN) the statements of a policy. */
  attach(role: string, policy: string, document: unknown): void {
    this.#add(nameOf(role), parseDocument(document, `policy ${policy} of ${nameOf(role)}`));
  }

  /** Declares a customer managed policy, for roles that name it. */
  managed(arn: string, document: unknown): void {
    this.#managed.set(arn, parseDocument(document, `managed policy ${nameOf(arn)}`));
  }

  /** Adds a statement to the policy of a resource (queue, topic, function, bucket). */
  resourceStatement(resource: string, policy: string, statement: unknown): void {
    const parsed = parseStatement(statement, `resource policy ${policy} of ${resource}`);
    this.#resource.set(resource, [...(this.#resource.get(resource) ?? []), parsed]);
  }

  /** Notes what a role must be allowed because a resource uses it; `checkNeeds` asks when all policies are known. */
  needs(what: string, role: string, questions: readonly Question[]): void {
    this.#needs.push({ what, role, questions });
  }

  /** Refuses, all at once, resources whose role lacks what AWS looks at when it makes them. */
  checkNeeds(): void {
    const lacking = this.#needs.flatMap(({ what, role, questions }) =>
      questions.flatMap((question) => {
        const decision = this.authorize({ role, arn: this.#arnOf(role) }, question);
        return decision.allowed ? [] : [`${what}: ${decision.missing}`];
      }),
    );
    if (lacking.length > 0)
      throw new Error(`AWS would not make these resources with the roles they have:\n  ${lacking.join('\n  ')}`);
  }

  /** Decides. A person at this machine is administrator; a role needs an Allow and no Deny, a service the resource's Allow. */
  authorize(caller: Caller, question: Question): Decision {
    if (caller.role === undefined && caller.service === undefined) return { allowed: true };
    const { action, resource } = question;
    const request = { action, resource, context: { ...this.#contextOf(caller), ...question.context } };
    const identity = caller.role === undefined ? [] : (this.#identity.get(nameOf(caller.role)) ?? []);
    // An object's policy is its bucket's.
    const owner = resource.startsWith('arn:aws:s3:::') ? resource.split('/')[0]! : resource;
    const ofResource = this.#resource.get(owner) ?? [];
    const applying = [
      ...identity,
      ...ofResource.filter((statement) => this.#names(statement.principals, caller, statement.effect)),
    ].filter((statement) => statement.applies(request));
    const denied = applying.find(({ effect }) => effect === 'Deny');
    if (denied)
      return {
        allowed: false,
        missing: `${denied.from} denies ${action} on ${resource}; it would have to be narrowed.`,
      };
    if (applying.length > 0) return { allowed: true };
    const missing =
      caller.role === undefined
        ? `The policy of ${resource} would need a statement that allows ${action} to ${caller.service?.principal} for ${caller.service?.sourceArn}.`
        : `The role ${nameOf(caller.role)} would need a statement that allows ${action} on ${resource}.`;
    return { allowed: false, missing };
  }

  /** Refuses a call with AWS's error and the statement that is missing. */
  allow(caller: Caller, service: string, operation: string, input: Input): void {
    if (caller.role === undefined && caller.service === undefined) return;
    for (const question of requiredActions(this.#account, service, operation, input)) {
      const decision = this.authorize(caller, question);
      if (decision.allowed) continue;
      const { action, resource } = question;
      const what = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
      throw new AwsError('AccessDeniedException', `${what}. ${decision.missing}`, 403);
    }
  }

  /** Whether the role lets this caller, or this service by name, assume it. */
  trusts(role: string, who: Caller | string): boolean {
    const caller = typeof who === 'string' ? { arn: who, service: { principal: who, sourceArn: '' } } : who;
    if (caller.role === undefined && caller.service === undefined) return this.#trust.has(nameOf(role));
    const request = { action: 'sts:AssumeRole', resource: role, context: this.#contextOf(caller) };
    const applying = (this.#trust.get(nameOf(role)) ?? []).filter(
      (statement) => this.#names(statement.principals, caller, 'Deny') && statement.applies(request),
    );
    return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
  }

  #add(role: string, statements: readonly Statement[]): void {
    this.#identity.set(role, [...(this.#identity.get(role) ?? []), ...statements]);
  }

  #managedStatements(arn: string): readonly Statement[] {
    const own = this.#managed.get(arn);
    if (own) return own;
    const actions = managedPolicies[nameOf(arn)];
    if (actions) return [parseStatement({ Effect: 'Allow', Action: actions, Resource: '*' }, nameOf(arn))];
    if (policiesOfOthers.has(nameOf(arn))) return [];
    throw new Error(
      `The managed policy ${arn} is not known on the laptop; known: ${[...Object.keys(managedPolicies), ...policiesOfOthers].join(', ')}. Write its statements into a policy of your own.`,
    );
  }

  /** Keys every request has. Processes on the laptop talk over its own loopback, which nobody else hears. */
  #contextOf({ role, service }: Caller): Context {
    return {
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': this.#account.region,
      ...(role === undefined
        ? {}
        : { 'aws:PrincipalArn': this.#arnOf(role), 'aws:PrincipalAccount': this.#account.id }),
      ...(service === undefined || service.sourceArn === ''
        ? {}
        : { 'aws:SourceArn': service.sourceArn, 'aws:SourceAccount': this.#account.id }),
    };
  }

  /** The account as principal means its identities in a Deny and a trust policy; in an Allow it only lets their own policies decide. */
  #names(principals: Principals | undefined, { role, arn, service }: Caller, effect: 'Allow' | 'Deny'): boolean {
    if (principals === undefined) return false;
    if (principals.all) return true;
    if (role === undefined) return service !== undefined && principals.services.includes(service.principal);
    const account = [this.#account.id, `arn:aws:iam::${this.#account.id}:root`];
    const named = [arn, this.#arnOf(role), ...(effect === 'Deny' ? account : [])];
    return principals.identities.some((identity) => named.includes(identity));
  }

  #arnOf(role: string): string {
    return role.startsWith('arn:') ? role : `arn:aws:iam::${this.#account.id}:role/${role}`;
  }
}
