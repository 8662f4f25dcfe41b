/**
 * Every named error, a time-out and "done but the answer was lost", injected at every task of every state machine: each execution
 * ends in success, quietly, or on the failure path with exactly one notice. And between them, scenarios and faults reach every state
 * and every Catch.
 */
import { describe, expect, it } from 'vitest';
import { SUPERSEDED_ERROR } from '../../lambdas/contracts/errors.ts';
import { machinesOf, WITH_PUBLIC, type Machine } from './machines.ts';
import {
  BRANCH_ITEM,
  DELIVERY,
  failure,
  LASTING_ITEM,
  REMOVAL,
  run,
  SAVED,
  URL,
  type Answers,
  type Fault,
  type Ran,
} from './world.ts';

/** The delivery moves traffic to another side. */
const BESIDE: Answers = {
  'plan-rollout': () => ({ kind: 'roll-out', side: 'green', because: 'canary', waitSeconds: 30 }),
};

/** What an earlier delivery left half-way is ended before anything else is done. */
const AFTER_ANOTHER: Answers = {
  'claim-delivery': () => ({ kind: 'claimed', delivery: DELIVERY, leftHalfWay: true }),
  'find-unfinished': () => ({
    kind: 'unfinished',
    rollout: { delivery: { ...DELIVERY, generation: 2 }, digest: 'sha256:b', side: 'green' },
  }),
  'plan-rollout': () => ({ kind: 'in-place', side: 'blue', because: 'its plan is rolling', leftIdle: true }),
};

const TAKEN_BACK = { layer: 'integration', service: 'orders', bad: 1, instead: 2, because: 'ill' };
/** The service has jobs around its deliveries, and processes without requests. */
const WITH_JOBS: Answers = {
  'record-name': () => ({ kind: 'registered', name: 'orders', runs: { before: true, after: true, processes: true } }),
};

const wait = (before: number): unknown => ({
  kind: before === 0 ? 'ask' : 'wait',
  seconds: 600,
  approval: 'a'.repeat(12),
  tell: 'step 1',
  ...(before === 0 ? { question: 'Does it look well?' } : { because: 'the plan pauses here' }),
});

const REMOVE: Answers = { 'claim-withdrawal': () => ({ kind: 'remove', removal: REMOVAL }) };

const WITH_SECRETS: Answers = {
  change: () => ({
    kind: 'apply',
    items: [
      { ...BRANCH_ITEM, secrets: true },
      { ...LASTING_ITEM, secrets: true },
    ],
    message: 'Version 1',
  }),
};

/** Worlds that together lead through every state that no fault leads to. */
const SCENARIOS: Readonly<Record<string, readonly Answers[]>> = {
  'deliver-service': [
    { 'read-back': () => ({ kind: 'ask-outside', url: URL, probe: { url: URL, commit: 'a' } }) },
    // Ways that end early come first: faults on the failure path are injected where it is shortest.
    { prepare: () => failure('RejectedError') },
    { prepare: () => failure('SupersededError') },
    { build: () => failure('States.TaskFailed', '{}') },
    { 'claim-delivery': () => ({ kind: 'nothing-to-do', message: 'applied already' }) },
    {
      'claim-build': (_call, before) =>
        before < 2 ? { kind: 'wait', seconds: 5 } : { kind: 'built', digest: 'sha256:a' },
    },
    { 'claim-build': () => ({ kind: 'wait', seconds: 5 }) },
    { 'await-pods': () => ({ kind: 'waiting', on: 'pod x' }) },
    { 'register-tenant': () => ({ kind: 'registered', secrets: true }) },
    { 'check-contract': () => failure('RejectedError') },
    BESIDE,
    AFTER_ANOTHER,
    WITH_JOBS,
    { ...WITH_JOBS, ...BESIDE },
    {
      ...WITH_JOBS,
      'run-jobs': (_call, before) => (before < 3 ? { kind: 'waiting', on: 'job x' } : { kind: 'ready' }),
    },
    { ...WITH_JOBS, 'run-jobs': () => ({ kind: 'waiting', on: 'job x' }) },
    { ...BESIDE, 'roll-out': () => ({ Output: { kind: 'dark' } }) },
    { ...BESIDE, 'roll-out': () => ({ Output: { kind: 'rolled-back', superseded: false, reason: 'errors' } }) },
    { ...BESIDE, 'roll-out': () => ({ Output: { kind: 'rolled-back', superseded: true, reason: 'newer' } }) },
  ],
  'roll-out': [
    {
      'advance-rollout': (_call, before) => (before < 1 ? { kind: 'look-outside', request: {} } : { kind: 'promoted' }),
    },
    { 'advance-rollout': (_call, before) => (before < 2 ? wait(before) : { kind: 'promoted' }) },
    { 'advance-rollout': () => ({ kind: 'dark' }) },
    { 'advance-rollout': () => ({ kind: 'rolled-back', superseded: false, reason: 'errors' }) },
    { 'advance-rollout': (_call, before) => (before < 1 ? failure('TypeError') : { kind: 'promoted' }) },
  ],
  'retire-side': [
    {},
    { wait: () => ({ kind: 'decided', decision: 'roll-back' }) },
    { wait: () => ({ kind: 'decided', decision: 'release' }) },
    {
      'keep-idle-side': () => ({ kind: 'keep', seconds: 60, side: 'green', approval: 'a'.repeat(12), dark: true }),
    },
    { 'keep-idle-side': () => ({ kind: 'nothing-to-keep' }) },
  ],
  'apply-configuration': [
    { change: () => ({ kind: 'refused', reason: 'unknown key' }) },
    {},
    WITH_SECRETS,
    // Processes do not bear it: it is taken back, and then they are well again.
    {
      confirm: (_call, before) =>
        before < 2 ? { kind: 'failed', because: 'ill' } : { kind: 'confirmed', processes: 1, left: [] },
      judge: (_call, before) =>
        before === 0
          ? {
              kind: 'apply',
              items: [BRANCH_ITEM],
              message: 'back',
              saved: { ...SAVED, version: 2, undo: false, takesBack: { version: 1, because: 'ill' } },
            }
          : { kind: 'rolled-back', reason: 'ill', takenBack: TAKEN_BACK },
    },
    {
      confirm: () => ({ kind: 'waiting', on: 'pod x', replacing: false }),
      judge: () => ({ kind: 'incomplete', reason: 'not confirmed' }),
    },
    // An answer that no definition foresaw: the Map itself fails.
    { change: () => ({ kind: 'apply', items: [{ ...BRANCH_ITEM, tier: 'unheard-of' }], message: 'x' }) },
  ],
  'decide-approval': [
    {},
    { decide: () => ({ kind: 'who', seconds: 900, because: 'a rule is about authors' }) },
    {
      decide: () => ({ kind: 'who', seconds: 900, because: 'a rule is about authors' }),
      'wait-for-starter': () => ({ kind: 'heard' }),
    },
    { decide: () => ({ kind: 'refused', reason: 'It was decided already.' }) },
  ],
  'withdraw-service': [
    {},
    REMOVE,
    { 'run-withdrawal-jobs': (_call, before) => (before < 3 ? { kind: 'waiting', on: 'job x' } : { kind: 'ready' }) },
    { 'stop-builds': () => failure('RejectedError') },
    { 'stop-builds': () => failure('SupersededError') },
    { 'claim-withdrawal': () => ({ kind: 'nothing-to-do', message: 'nothing' }) },
    { ...REMOVE, 'remove-namespace': () => ({ kind: 'waiting', on: 'pod x' }) },
  ],
  'run-experiment': [
    {},
    {
      'end-experiment': (_call, before) =>
        before < 3 ? { kind: 'waiting', on: 'a delivery' } : { kind: 'ended', message: 'over' },
    },
    { 'end-experiment': () => ({ kind: 'waiting', on: 'a delivery' }) },
    { 'prepare-experiment': (_call, before) => (before < 3 ? { kind: 'waiting', on: 'pod x' } : { kind: 'ready' }) },
    { 'prepare-experiment': () => ({ kind: 'waiting', on: 'pod x' }) },
  ],
  sweep: [
    {
      'compare-namespaces': () => ({
        items: [{ kind: 'remove-orphan', namespace: 'espalier-gone', because: 'no record' }],
        questions: [],
      }),
      'compare-branches': () => ({
        items: [
          { kind: 'look', repository: 'orders', branch: 'feature/a', because: 'no record' },
          { kind: 'resume', environment: 'feature-b', because: 'never started' },
        ],
        questions: [],
      }),
    },
    {
      'compare-configuration': () => ({
        items: [
          { kind: 'configure', environment: 'feature-login', because: 'edited' },
          { kind: 'remove-tenant', environment: 'feature-gone', because: 'its environment is gone' },
        ],
        questions: [],
      }),
    },
    { begin: () => ({ kind: 'busy' }) },
    // An answer that no definition foresaw: the Map itself fails.
    { 'compare-branches': () => ({ items: [{ kind: 'unheard-of' }], questions: [] }) },
  ],
};

const FAULTS: readonly Omit<Fault, 'state'>[] = [
  ...['TransientError', 'Lambda.TooManyRequestsException', 'Lambda.Unknown'].flatMap((name) => [
    { kind: 'fails', times: 1, error: failure(name) } as const,
    { kind: 'fails', times: Infinity, error: failure(name) } as const,
  ]),
  ...['RejectedError', SUPERSEDED_ERROR, 'TypeError', 'States.TaskFailed'].map(
    (name) => ({ kind: 'fails', times: Infinity, error: failure(name) }) as const,
  ),
  { kind: 'never-answers', times: 1 },
  { kind: 'never-answers', times: Infinity },
  { kind: 'answer-lost', times: 1 },
];

interface Case {
  readonly machine: string;
  readonly answers: Answers;
  readonly fault?: Fault;
  readonly ran: Ran;
}

const all = machinesOf(WITH_PUBLIC);
// Delivering to lasting environments is the same definition with other functions, as the first test says.
const machines = [...all.values()].filter(({ name }) => name !== 'espalier-deliver-service-lasting');

function scenariosOf({ name }: Machine): readonly Answers[] {
  const word = Object.keys(SCENARIOS).find((workflow) => name.includes(workflow));
  return word === undefined ? [] : (SCENARIOS[word] ?? []);
}

/** What executions are started with, where it is more than a claim. */
function inputsOf({ name }: Machine): readonly { readonly input?: object }[] {
  if (name.includes('roll-out')) return [{ input: { delivery: DELIVERY, digest: 'sha256:a', side: 'green' } }];
  if (name.includes('run-experiment')) return [{}, { input: { fault: 'dependency', delayMs: 750 } }];
  return [name.includes('retire-side') ? { input: { delivery: DELIVERY } } : {}];
}

/** Every scenario by itself, and each fault at each task in the first scenario that reaches it. */
async function allCases(machine: Machine): Promise<readonly Case[]> {
  const cases: Case[] = [];
  const injected = new Set<string>();
  const scenarios = inputsOf(machine).flatMap((input) =>
    scenariosOf(machine).map((answers) => ({ answers: { ...answers }, input })),
  );
  for (const { answers, input } of scenarios) {
    const plain = await run(machine, { answers, ...input });
    cases.push({ machine: machine.name, answers, ran: plain });
    const tasks = [...new Set(plain.path)].filter((state) => machine.states.get(state)?.Type === 'Task');
    for (const state of tasks.filter((name) => !injected.has(name))) {
      injected.add(state);
      for (const kind of FAULTS) {
        const fault = { ...kind, state };
        cases.push({
          machine: machine.name,
          answers,
          fault,
          ran: await run(machine, { answers, fault, ...input }),
        });
      }
    }
  }
  return cases;
}

/** Executions end in one of these ways and no other. */
function endOf({ ran, machine }: Case): 'success' | 'quiet' | 'failed' | 'untold' | 'operators' | 'wrong' {
  const { outcome } = ran;
  const failures = noticesOf(ran).filter((what) => what === 'failed').length;
  if (outcome.status === 'SUCCEEDED') {
    const kind = (outcome.output as { readonly kind?: string } | undefined)?.kind;
    if (failures > 0) return 'wrong';
    return kind === 'superseded' ? 'quiet' : 'success';
  }
  if (outcome.status !== 'FAILED') return 'wrong';
  // Whoever started it tells people: the delivery, or the person in the console.
  const told = /roll-out|retire-side|decide-approval|apply-configuration|run-experiment/.test(machine);
  if (told || outcome.error.startsWith('sweep-')) return failures === 0 ? 'operators' : 'wrong';
  if (outcome.error === 'notice-lost') return failures === 0 ? 'untold' : 'wrong';
  return failures === 1 ? 'failed' : 'wrong';
}

/** Notices that people got; an author who asked twice for the same is told once, which the function sees to. */
function noticesOf(ran: Ran): readonly string[] {
  return [
    ...new Set(ran.calls.filter(({ action }) => action === 'announce').map(({ payload }) => JSON.stringify(payload))),
  ].map((text) => String((JSON.parse(text) as { readonly what: unknown }).what));
}

const describeCase = ({ fault, ran }: Case): string =>
  `${fault === undefined ? 'no fault' : `${fault.state}: ${fault.kind} ${fault.error?.name ?? ''} ×${String(fault.times)}`} → ${JSON.stringify(ran.outcome)}`;

describe('delivering to lasting environments', () => {
  it('is delivering to branch environments with functions of another tier', () => {
    const lasting = all
      .get('espalier-deliver-service-lasting')
      ?.definition.replaceAll(/(function:[a-z-]+)-lasting/g, '$1-branch')
      .replaceAll(/(stateMachine:[a-z-]+)-lasting/g, '$1');
    const states = (definition = '{}'): unknown => (JSON.parse(definition) as { readonly States: unknown }).States;
    expect(states(lasting)).toEqual(states(all.get('espalier-deliver-service')?.definition));
  });
});

describe.each(machines.map((machine) => [machine.name, machine] as const))('%s', (_name, machine) => {
  const cases = allCases(machine);

  it('always ends in success, quietly, or on the failure path with exactly one notice', async () => {
    const wrong = (await cases).filter((one) => endOf(one) === 'wrong').map(describeCase);
    expect(wrong).toEqual([]);
  });

  it('loses a notice only when the notice itself fails', async () => {
    const untold = (await cases).filter((one) => endOf(one) === 'untold');
    for (const { fault } of untold) expect(fault?.state).toMatch(/^(Announce|Tell)/);
  });

  it('goes on after passing trouble as if nothing had been', async () => {
    const before = new Map((await cases).filter(({ fault }) => fault === undefined).map((one) => [one.answers, one]));
    for (const one of await cases) {
      const passing = one.fault?.times === 1 && !['Explain why the build failed'].includes(one.fault.state);
      // Errors of a build are CodeBuild's, those of a started execution Step Functions': neither fails under our names.
      if (
        !passing ||
        [
          'Build the image',
          'Roll out',
          'Bring the rollout before it to an end',
          'Bring its configuration again',
        ].includes(one.fault.state)
      )
        continue;
      expect([describeCase(one), one.ran.outcome.status]).toEqual([
        describeCase(one),
        before.get(one.answers)?.ran.outcome.status,
      ]);
    }
  });

  it('records a failure before the author is told', async () => {
    for (const one of await cases) {
      if (endOf(one) !== 'failed' || one.fault?.state === 'Record the failure') continue;
      const actions = one.ran.calls.map(({ action, payload }) =>
        action === 'announce' ? `announce ${payload['what'] as string}` : action,
      );
      expect([describeCase(one), actions.includes('record-failure')]).toEqual([describeCase(one), true]);
      expect(actions.indexOf('record-failure')).toBeLessThan(actions.indexOf('announce failed'));
    }
  });

  it('reaches every state', async () => {
    const reached = new Set((await cases).flatMap(({ ran }) => ran.path));
    expect([...machine.states.keys()].filter((state) => !reached.has(state))).toEqual([]);
  });

  it('reaches every Catch', async () => {
    const all = [...machine.states].flatMap(([state, { Catch = [] }]) => Catch.map(({ Next }) => `${state} → ${Next}`));
    const taken = new Set((await cases).flatMap(({ ran }) => ran.caught));
    expect(all.filter((way) => !taken.has(way))).toEqual([]);
  });

  it('stays within the limit of history events, whatever happens', async () => {
    expect(Math.max(...(await cases).map(({ ran }) => ran.events))).toBeLessThan(25_000 / 4);
  });
});
