/**
 * A world in which state machines run: functions that answer well unless a scenario says otherwise, and what they did.
 * Separate because scenarios and fault injection need the same answers.
 */
import { createInterpreter, type Outcome } from '../../local/aws/step-functions/interpreter.ts';
import { VirtualClock } from '../../local/aws/step-functions/virtual-clock.ts';
import type { HistoryEvent } from '../../local/aws/step-functions/history.ts';
import type { Machine } from './machines.ts';

/** What a task was asked: a function's action, or the build. */
export interface Call {
  readonly state: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** How a function fails. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

export const failure = (name: string, message = `${name} for a test`): Failure => ({ name, message });

/** One way for a task to go wrong. `times` attempts are hit; `Infinity` for all. */
export interface Fault {
  readonly state: string;
  readonly times: number;
  readonly kind: 'fails' | 'never-answers' | 'answer-lost';
  readonly error?: Failure;
}

/** Answers by action; a function answers from the call and how often that action was asked before. */
export type Answers = Readonly<Record<string, (call: Call, before: number) => unknown>>;

export interface RunOptions {
  readonly input?: unknown;
  readonly answers?: Answers;
  readonly fault?: Fault;
}

export interface Ran {
  readonly outcome: Outcome;
  /** Every call whose effect happened, in order, repeated ones too. */
  readonly calls: readonly Call[];
  /** Names of the states that were entered, in order. */
  readonly path: readonly string[];
  /** `state → next` for every error that a Catch answered. */
  readonly caught: readonly string[];
  readonly seconds: number;
  readonly events: number;
}

export const DELIVERY = {
  environment: 'feature-login',
  service: 'orders',
  generation: 3,
  kind: 'feature',
  tier: 'branch',
  branch: 'feature/login',
  repository: 'orders',
  commit: 'a'.repeat(40),
};
export const CLAIM = { environment: 'feature-login', service: 'orders', generation: 3 };
export const REMOVAL = { environment: 'feature-login', generation: 2 };
export const URL = 'http://orders-feature-login.espalier.localhost/';

/** Environments to which a change of configuration is brought, and what was saved. */
export const BRANCH_ITEM = { environment: 'feature-login', tier: 'branch', service: 'orders', secrets: false };
export const LASTING_ITEM = { environment: 'integration', tier: 'lasting', secrets: false };
export const SAVED = { layer: 'integration', service: 'orders', version: 1, undo: true };

/** Everything goes well, the image is built now, and the route is seen from inside. */
const WELL: Answers = {
  'claim-delivery': () => ({ kind: 'claimed', delivery: DELIVERY, leftHalfWay: false }),
  'claim-withdrawal': () => ({ kind: 'withdraw', claim: CLAIM }),
  'claim-build': () => ({
    kind: 'start',
    request: {
      sourceLocation: 'https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/orders',
      sourceVersion: DELIVERY.commit,
      idempotencyToken: 'orders-a',
      variables: [{ name: 'ESPALIER_BRANCH', value: 'a$(id)', type: 'PLAINTEXT' }],
    },
  }),
  build: () => ({ Build: { BuildStatus: 'SUCCEEDED' } }),
  'register-tenant': () => ({ kind: 'registered', secrets: false }),
  change: () => ({ kind: 'apply', items: [BRANCH_ITEM, LASTING_ITEM], message: 'Version 1', saved: SAVED }),
  'apply-configuration': () => ({ kind: 'applied', sides: [] }),
  confirm: () => ({ kind: 'confirmed', processes: 2, left: [] }),
  judge: () => ({ kind: 'confirmed', message: 'all confirmed', processes: 4 }),
  'compare-configuration': () => ({ items: [], questions: [] }),
  'compare-secrets': () => ({ items: [], questions: [] }),
  'record-build': () => ({ digest: `sha256:${'b'.repeat(64)}` }),
  'explain-failure': () => failure('RejectedError', 'The build failed in the phase compile.'),
  'record-name': () => ({
    kind: 'registered',
    name: 'orders',
    runs: { before: false, after: false, processes: false },
  }),
  'run-jobs': () => ({ kind: 'ready' }),
  'run-withdrawal-jobs': () => ({ kind: 'ready' }),
  'plan-rollout': () => ({ kind: 'in-place', side: 'blue', because: 'nothing serves here yet', leftIdle: false }),
  'roll-out': () => ({ Output: { kind: 'promoted' } }),
  'advance-rollout': () => ({ kind: 'promoted' }),
  'keep-idle-side': () => ({ kind: 'keep', seconds: 60, side: 'blue', approval: 'a'.repeat(12), dark: false }),
  decide: () => ({ kind: 'taken', message: 'It counts.' }),
  'decide-as-starter': () => ({ kind: 'taken', message: 'It counts.' }),
  'await-pods': () => ({ kind: 'ready' }),
  'close-route': () => ({ kind: 'closed', seconds: 0 }),
  'read-back': () => ({ kind: 'verified', url: URL }),
  'remove-namespace': () => ({ kind: 'ready' }),
  'record-failure': ({ payload }) => {
    const { Error: name, Cause } = payload['error'] as { readonly Error: string; readonly Cause: string };
    return { kind: name === 'RejectedError' ? 'rejected' : 'bug', reason: Cause };
  },
  begin: () => ({ kind: 'go' }),
  'begin-experiment': () => ({ kind: 'begun', seconds: 60, at: 0 }),
  'end-experiment': () => ({ kind: 'ended', message: 'The experiment is over', seconds: 30 }),
  'prepare-experiment': () => ({ kind: 'ready' }),
  'compare-namespaces': () => ({ items: [], questions: [] }),
  'compare-branches': () => ({ items: [], questions: [] }),
  apply: ({ state }) => (state === 'Apply the foundation again' ? { questions: [] } : {}),
};

/** Runs one execution on virtual time to its end. */
export async function run(machine: Machine, options: RunOptions = {}): Promise<Ran> {
  const clock = new VirtualClock();
  const started = clock.now();
  const calls: Call[] = [];
  const attempts = new Map<string, number>();
  const { fault } = options;
  const interpreter = createInterpreter({
    definition: machine.definition,
    clock,
    random: () => 0.5,
    async tasks(resource, args, context) {
      const call = callOf(context.stateName, resource, args);
      const attempt = (attempts.get(context.stateName) ?? 0) + 1;
      attempts.set(context.stateName, attempt);
      const hit = fault?.state === context.stateName && attempt <= fault.times;
      if (hit && fault.kind === 'fails') throw asTaskError(fault.error ?? failure('Error'));
      if (hit && fault.kind === 'never-answers') await clock.sleep(1e12, context.signal);
      const before = calls.filter(({ action }) => action === call.action).length;
      calls.push(call);
      // Takes a moment, as everything does.
      await clock.sleep(10, context.signal);
      const answer = (options.answers?.[call.action] ?? WELL[call.action] ?? (() => ({})))(call, before);
      if (hit && fault.kind === 'answer-lost') throw asTaskError(failure('Lambda.Unknown', 'The answer was lost.'));
      if (isFailure(answer)) throw asTaskError(answer);
      if (context.taskToken !== undefined) wake(context.taskToken, answer);
      const raw = call.action === 'build' || resource.includes(':states:startExecution');
      return raw ? answer : { StatusCode: 200, Payload: answer };
    },
  });
  // Whoever waits is woken with the answer of `wait`; without one its time passes.
  const wake = (token: string, answer: unknown): void => {
    const task = interpreter.tokens.find(token);
    if (typeof task !== 'string' && Object.keys(answer as object).length > 0) task.succeed(answer);
  };
  const execution = interpreter.start({ name: 'one', input: options.input ?? CLAIM });
  const outcome = await clock.run(execution.ended);
  return {
    outcome,
    calls,
    path: pathOf(execution.history),
    caught: caughtIn(execution.history),
    seconds: (clock.now() - started) / 1000,
    events: execution.history.length,
  };
}

function callOf(state: string, resource: string, args: unknown): Call {
  if (resource === 'arn:aws:states:::codebuild:startBuild.sync') {
    return { state, action: 'build', payload: args as Call['payload'] };
  }
  if (resource.startsWith('arn:aws:states:::states:startExecution')) {
    const { StateMachineArn, Input } = args as { readonly StateMachineArn: string; readonly Input: Call['payload'] };
    return { state, action: StateMachineArn.split(':').at(-1)?.replace('espalier-', '') ?? '', payload: Input };
  }
  const { Payload } = args as { readonly Payload: Call['payload'] };
  return { state, action: String(Payload['action']), payload: Payload };
}

function isFailure(answer: unknown): answer is Failure {
  return typeof answer === 'object' && answer !== null && 'name' in answer && 'message' in answer;
}

/** As Lambda tells Step Functions of an error; other names are the service's own. */
function asTaskError({ name, message }: Failure): { readonly name: string; readonly cause: string } {
  return { name, cause: JSON.stringify({ errorType: name, errorMessage: message }) };
}

/** A Catch shows in the history as a failure, the state's exit, and the entry of another state, each naming the one before. */
function caughtIn(history: readonly HistoryEvent[]): readonly string[] {
  const byId = new Map(history.map((event) => [event.id, event]));
  return history.flatMap((entered) => {
    const exited = entered.type.endsWith('StateEntered') ? byId.get(entered.previousEventId) : undefined;
    const before = exited?.type.endsWith('StateExited') === true ? byId.get(exited.previousEventId) : undefined;
    return before !== undefined && /(Failed|TimedOut)$/.test(before.type)
      ? [`${nameIn(exited)} → ${nameIn(entered)}`]
      : [];
  });
}

function nameIn(event: HistoryEvent | undefined): string {
  return String((event?.details as { readonly name?: unknown } | undefined)?.name);
}

function pathOf(history: readonly HistoryEvent[]): readonly string[] {
  return history.filter(({ type }) => type.endsWith('StateEntered')).map(nameIn);
}
