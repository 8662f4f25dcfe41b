/**
 * The words every service of the laptop's AWS shares: who calls, what a service is, how it fails, what the account is called.
 * Separate because services, the server, the policies and the assembly all speak them and know nothing else of each other.
 */

/** The account and region that the laptop plays, and where it keeps what must survive a restart. */
export interface Account {
  readonly id: string;
  readonly region: string;
  /** `http://127.0.0.1:PORT`: every API, git and function URL answers here. */
  readonly endpoint: string;
  /** The state directory. */
  readonly state: string;
  readonly log: (line: string) => void;
}

/** Who calls: the session of a role, or (without `role`) a person at this machine, who is administrator. */
export interface Caller {
  readonly arn: string;
  /** The role whose policies decide. */
  readonly role?: string;
  /** An AWS service that acts for a resource of ours: the resource policy of whatever it calls decides. */
  readonly service?: { readonly principal: string; readonly sourceArn: string };
}

/** A person at this machine. */
export function person(account: Pick<Account, 'id'>, name = 'local'): Caller {
  return { arn: `arn:aws:iam::${account.id}:user/${name}` };
}

/** Whatever an API was sent. Actions narrow it to the SDK's own input type. */
export type Input = Record<string, unknown>;

/** One API action. `never` lets each action name the SDK's input type; the protocol has parsed the request, nothing more. */
export type Action = (input: never, caller: Caller) => unknown;

/** A request as the protocols see it: body read, query parsed. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What goes back over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** How a service's calls look on the wire. */
export interface Protocol {
  /** The action and its input; undefined when the request is none that the service knows. */
  readonly read: (request: HttpRequest) => { action: string; input: Input } | undefined;
  readonly write: (action: string, output: unknown) => HttpAnswer;
  readonly fail: (error: AwsError) => HttpAnswer;
}

/** One AWS service, named as in the credential scope of signed requests. */
export interface Service {
  readonly name: string;
  readonly protocol: Protocol;
  readonly actions: Readonly<Record<string, Action>>;
}

/** Calls any action of any service as somebody, in process, under the same policies as over the wire. */
export type Call = (service: string, action: string, input: Input, caller: Caller) => Promise<unknown>;

/** An error as AWS tells it: a code that clients match on, a sentence for people, an HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape. */
  readonly members: Input;
  constructor(code: string, message: string, status = 400, members: Input = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** `arn:aws:<service>:<region>:<account>:<rest>`. */
export function arnOf(account: Pick<Account, 'id' | 'region'>, service: string, rest: string): string {
  return `arn:aws:${service}:${account.region}:${account.id}:${rest}`;
}

/** The last part of an ARN or of a name that may be given as one. */
export function nameOf(arnOrName: string): string {
  return arnOrName.split(/[:/]/).at(-1) ?? arnOrName;
}
