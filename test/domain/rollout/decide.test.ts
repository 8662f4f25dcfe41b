/** Rollouts on a small model of a cluster: whatever happens, traffic stays on a side that can serve it, and every rollout ends. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { compileMetric } from '../../../lambdas/domain/analysis/compile-metric.ts';
import { checkPlan } from '../../../lambdas/domain/rollout/check-plan.ts';
import { decide } from '../../../lambdas/domain/rollout/decide.ts';
import { nextShare } from '../../../lambdas/domain/rollout/due.ts';
import type { Decision } from '../../../lambdas/domain/rollout/decision.ts';
import type { Observation, Order } from '../../../lambdas/domain/rollout/observation.ts';
import { NO_TALLY } from '../../../lambdas/domain/analysis/tally.ts';
import type { Rollout } from '../../../lambdas/domain/rollout/rollout.ts';
import { applyDecision } from '../../../lambdas/domain/rollout/advance.ts';
import { candidateReplicas } from '../../../lambdas/domain/rollout/sizes.ts';
import type { Plan, Step } from '../../../lambdas/domain/rollout/step.ts';

const STABLE_REPLICAS = 4;
const success = compileMetric({ kind: 'success-rate', success: '>= 99' }, 5);
const canary: Plan = {
  name: 'canary',
  keepSeconds: 30,
  intervalSeconds: 5,
  metrics: [],
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 50 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 100 },
  ],
};

function begin(plan: Plan): Rollout {
  return {
    plan,
    candidate: { side: 'green', commit: 'b'.repeat(40), digest: 'sha256:b' },
    stable: { side: 'blue', commit: 'a'.repeat(40), digest: 'sha256:a' },
    phase: 'preparing',
    step: 0,
    stepSince: 0,
    startedAt: 0,
    shifted: { candidatePercent: 0, at: 0 },
    pausedFor: 0,
    stableReplicas: STABLE_REPLICAS,
    deadline: 600_000,
    tally: NO_TALLY,
  };
}

/** The world a rollout runs in: weights, sizes, readiness; every effect is immediate. */
class World {
  now = 0;
  percent = 0;
  header = false;
  plainService: Observation['plainService'] = 'stable';
  candidateReplicas = 0;
  stableReplicas = STABLE_REPLICAS;
  candidateBroken = false;
  wayInAsWanted = true;
  /** Sides whose size, or bounds, are not those of their service file. */
  notAsDefined = new Set<'candidate' | 'stable'>(['candidate', 'stable']);
  analysis: Observation['analysis'];
  order: Order | undefined;
  wanted: Observation['wanted'] = 'this';
  rollout: Rollout;
  readonly trace: string[] = [];

  constructor(plan: Plan) {
    this.rollout = begin(plan);
  }

  observe(): Observation {
    const share = nextShare(this.rollout, this.now);
    const seen: Observation = {
      now: this.now,
      candidatePercent: this.percent,
      headerRoute: this.header,
      wayInAsWanted: this.wayInAsWanted,
      plainService: this.plainService,
      candidate: this.candidateBroken
        ? { kind: 'failed', why: 'crash loop', serving: false }
        : this.candidateReplicas > 0
          ? { kind: 'ready' }
          : { kind: 'waiting', on: 'pods', serving: false },
      stable: this.stableReplicas > 0 ? { kind: 'ready' } : { kind: 'waiting', on: 'pods', serving: false },
      candidateSized: this.candidateReplicas >= candidateReplicas(STABLE_REPLICAS, share),
      stableSized: this.stableReplicas >= STABLE_REPLICAS,
      candidateAsDefined: !this.notAsDefined.has('candidate'),
      stableAsDefined: !this.notAsDefined.has('stable'),
      wanted: this.wanted,
      ...(this.analysis && { analysis: this.analysis }),
      ...(this.order && { order: this.order }),
    };
    this.order = undefined;
    return seen;
  }

  /** One round: observe, decide, do, remember. */
  round(): Decision {
    const decision = decide(this.rollout, this.observe());
    this.trace.push(decision.kind);
    switch (decision.kind) {
      case 'shift':
        if ((decision.candidatePercent === 0 ? this.stableReplicas : this.candidateReplicas) === 0)
          throw new Error(`Traffic was moved to a side without pods: ${String(decision.candidatePercent)} %.`);
        this.percent = decision.candidatePercent;
        break;
      case 'size-candidate':
        this.candidateReplicas = candidateReplicas(STABLE_REPLICAS, decision.candidatePercent);
        break;
      case 'size-as-defined':
        this.notAsDefined.delete(decision.of);
        break;
      case 'size-stable':
        this.stableReplicas = STABLE_REPLICAS;
        break;
      case 'open-header':
        this.header = true;
        break;
      case 'close-header':
        this.header = false;
        break;
      case 'point-service':
        this.plainService = decision.to;
        break;
      case 'open-way-in':
      case 'close-way-in':
        this.wayInAsWanted = true;
        break;
      case 'hold':
        this.now = decision.until;
        break;
      case 'prepare-baseline':
      case 'remove-baseline':
      case 'ask':
      case 'keep-paused':
      case 'next-step':
      case 'promote':
      case 'promoted':
      case 'resume':
      case 'roll-back':
      case 'rolled-back':
      case 'stay-dark':
        break;
    }
    this.rollout = applyDecision(this.rollout, decision, this.now);
    return decision;
  }

  /** Until it ends; fails when it does not. */
  run(limit = 500): string {
    for (let round = 0; round < limit; round += 1) {
      const decision = this.round();
      if (decision.kind === 'rolled-back' || decision.kind === 'promoted') return this.rollout.phase;
    }
    throw new Error(`no end after ${String(limit)} rounds: ${this.trace.slice(-20).join(', ')}`);
  }
}

describe('a rollout', () => {
  it('goes through its weights in order and is promoted', () => {
    const world = new World(canary);
    const weights: number[] = [];
    while (world.rollout.phase !== 'promoting') {
      const decision = world.round();
      if (decision.kind === 'shift') weights.push(decision.candidatePercent);
    }
    expect(weights).toEqual([10, 50, 100]);
    expect(world.now).toBeGreaterThanOrEqual(20_000);
  });

  it('returns to stable when a measurement is unhealthy, stable at full size first', () => {
    const world = new World(canary);
    while (world.percent !== 50) world.round();
    world.stableReplicas = 2;
    world.analysis = { kind: 'unhealthy', measurement: 'success rate 71 %, at least 99 % wanted' };
    expect(world.run()).toBe('rolled-back');
    expect(world.trace.indexOf('size-stable')).toBeLessThan(world.trace.lastIndexOf('shift'));
    expect(world.percent).toBe(0);
    expect(world.rollout.reason).toMatchObject({ kind: 'unhealthy' });
  });

  it('asks a person when measurements are inconclusive, and returns when nobody answers', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.analysis = { kind: 'inconclusive', measurement: '3 requests only' };
    expect(world.run()).toBe('rolled-back');
    expect(world.trace).toContain('ask');
    expect(world.rollout.reason).toMatchObject({ kind: 'unanswered' });
  });

  it('goes on when the person who was asked approves', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.analysis = { kind: 'no-data', measurement: 'success rate' };
    while (world.rollout.question === undefined) world.round();
    world.analysis = undefined;
    world.order = { kind: 'approve', by: 'ada' };
    expect(world.run()).toBe('promoted');
  });

  it('does not count the time a person keeps it paused', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.order = { kind: 'pause', by: 'ada' };
    world.round();
    world.now += 10 * 600_000;
    world.round();
    world.order = { kind: 'resume', by: 'ada' };
    expect(world.run()).toBe('promoted');
  });

  it('is looked at less and less while a person keeps it paused: two months of that fit into one execution', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.order = { kind: 'pause', by: 'ada' };
    world.round();
    const end = world.now + 60 * 86_400_000;
    let rounds = 0;
    for (; world.now < end; rounds += 1) {
      const decision = world.round();
      if (decision.kind !== 'hold') throw new Error(`Expected to hold, found ${decision.kind}.`);
      world.now = decision.until;
    }
    // 15 events a round, of 25,000.
    expect(rounds).toBeLessThan(1_600);
    world.order = { kind: 'resume', by: 'ada' };
    expect(world.run()).toBe('promoted');
  });

  it('has the size of its next share before the pause ends, so that nobody waits for pods then', () => {
    const world = new World(canary);
    while (world.rollout.step < 4) world.round();
    expect([world.percent, world.candidateReplicas]).toEqual([50, STABLE_REPLICAS]);
    expect(world.now).toBe(20_000);
    expect(world.round()).toEqual({ kind: 'shift', candidatePercent: 100 });
  });

  it('does not pay for the next share long before it comes', () => {
    const hour = { kind: 'pause', seconds: 3_600 } as const;
    const world = new World({ ...canary, steps: canary.steps.map((step) => (step.kind === 'pause' ? hour : step)) });
    while (world.candidateReplicas < STABLE_REPLICAS) world.round();
    expect(world.percent).toBe(50);
    const left = world.rollout.stepSince + 3_600_000 - world.now;
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(90_000);
  });

  it('starts pods while the gateway takes the way back on', () => {
    const world = new World(canary);
    const seen = { ...world.observe(), unsettled: 'the gateway takes the change on', settledAt: 1_700 };
    expect(decide(world.rollout, seen)).toEqual({ kind: 'size-candidate', candidatePercent: 10 });
    const sized = { ...seen, candidateSized: true };
    expect(decide(world.rollout, sized)).toMatchObject({ kind: 'hold', until: 1_700 });
  });

  it('measures again at once while only requests are missing, and ever less often', () => {
    const world = new World({ ...canary, metrics: [success] });
    while (world.rollout.step < 1) world.round();
    world.candidateReplicas = STABLE_REPLICAS;
    const waits = [0, 8_000].map((later) => {
      const now = world.rollout.stepSince + later;
      const seen = { ...world.observe(), now, analysis: { kind: 'going-on', tooFew: true } } as const;
      const decision = decide(world.rollout, seen);
      return decision.kind === 'hold' ? decision.until - now : decision;
    });
    expect(waits).toEqual([200, 400]);
  });

  it('remembers that a share was verified, until the next one is written', () => {
    const world = new World(canary);
    while (world.rollout.step < 1) world.round();
    expect(world.rollout.shifted).toMatchObject({ candidatePercent: 10, verified: true });
    while (world.percent < 50) world.round();
    expect(world.rollout.shifted).toEqual({ candidatePercent: 50, at: world.now });
  });

  it('takes no share for verified because somebody skips its step', () => {
    const world = new World(canary);
    while (world.percent < 10) world.round();
    world.order = { kind: 'skip', by: 'ada' };
    world.round();
    expect(world.rollout.step).toBe(1);
    expect(world.rollout.shifted).not.toHaveProperty('verified');
  });

  it('puts back weights that somebody edited by hand', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.round();
    world.percent = 90;
    while (world.percent !== 10) world.round();
    expect(world.trace.at(-1)).toBe('shift');
  });

  it.each(['newer', 'nothing'] as const)('returns to stable when %s is wanted', (wanted) => {
    const world = new World(canary);
    while (world.percent !== 50) world.round();
    world.wanted = wanted;
    expect(world.run()).toBe('rolled-back');
    expect(world.percent).toBe(0);
  });

  it('gives stable its name back, whoever took it away meanwhile', () => {
    const world = new World(canary);
    while (world.percent !== 50) world.round();
    world.plainService = 'nobody';
    world.wanted = 'newer';
    expect(world.run()).toBe('rolled-back');
    expect(world.plainService).toBe('stable');
  });

  it('promote fully skips all that is left', () => {
    const world = new World(canary);
    while (world.percent !== 10) world.round();
    world.order = { kind: 'promote', by: 'ada' };
    expect(world.run()).toBe('promoted');
    expect(world.now).toBeLessThan(10_000);
  });

  it('always ends, and traffic is always on a side with pods, whatever happens in between', () => {
    const steps = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }).chain((weights) =>
      fc
        .array(fc.constantFrom('pause', 'analyse', 'ask', 'none'), {
          minLength: weights.length + 1,
          maxLength: weights.length + 1,
        })
        .map((between) =>
          [...weights.toSorted((a, b) => a - b), 100].flatMap((candidatePercent, index): Step[] => {
            const shift: Step = { kind: 'shift', candidatePercent };
            switch (between[index] ?? 'none') {
              case 'pause':
                return [shift, { kind: 'pause', seconds: 7 }];
              case 'analyse':
                return [shift, { kind: 'analyse', seconds: 9 }];
              case 'ask':
                return [shift, { kind: 'ask', question: 'Go on?', deadlineSeconds: 60 }];
              case 'none':
                return [shift];
            }
          }),
        ),
    );
    const events = fc.array(
      fc.record({
        round: fc.nat(60),
        what: fc.constantFrom(
          'approve',
          'abort',
          'promote',
          'pause',
          'resume',
          'skip',
          'unhealthy',
          'healthy',
          'no-data',
          'pods-lost',
          'edited',
          'newer',
          'shrunk',
        ),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(steps, events, (list, happenings) => {
        const world = new World({ name: 'any', steps: list, keepSeconds: 0, intervalSeconds: 5, metrics: [success] });
        expect(checkPlan(world.rollout.plan)).toEqual([]);
        for (let round = 0; round < 3000; round += 1) {
          for (const event of happenings.filter((one) => one.round === round)) happen(world, event.what);
          const decision = world.round();
          expect(world.percent === 0 ? world.stableReplicas : world.candidateReplicas).toBeGreaterThan(0);
          if (decision.kind === 'rolled-back') return world.percent === 0 && world.plainService === 'stable';
          if (decision.kind === 'promoted') return world.percent === 100 && world.plainService === 'candidate';
          // A person who pauses and leaves: somebody resumes in the end.
          if (world.rollout.pausedSince !== undefined && round > 500) world.order = { kind: 'resume', by: 'ada' };
        }
        throw new Error(`no end: ${world.trace.slice(-10).join(', ')}`);
      }),
      { numRuns: 500 },
    );
  });
});

function happen(world: World, what: string): void {
  if (what === 'unhealthy') world.analysis = { kind: 'unhealthy', measurement: 'errors' };
  else if (what === 'healthy') world.analysis = { kind: 'healthy' };
  else if (what === 'no-data') world.analysis = { kind: 'no-data', measurement: 'errors' };
  else if (what === 'pods-lost') world.candidateBroken = world.percent === 0;
  else if (what === 'edited') world.percent = world.candidateReplicas > 0 ? 33 : 0;
  else if (what === 'newer') world.wanted = 'newer';
  else if (what === 'shrunk') world.stableReplicas = 1;
  else world.order = { kind: what as Order['kind'], by: 'ada' };
}
