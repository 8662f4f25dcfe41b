/** Who may decide, how many must agree, and how it is known who they are: through the real state machines, on virtual time. */
import { describe, expect, it } from 'vitest';
import { WITH_APPROVAL } from './rollout-plans.ts';
import { BRANCH, RolloutWorld } from './rollout-world.ts';

const ACCOUNT = '123456789012';
const session = (role: string, name: string): string => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const [ANN, BOB, EVE] = [session('Leads', 'ann'), session('Leads', 'bob'), session('Developers', 'eve')];
const GROUPS = { leads: [`arn:aws:iam::${ACCOUNT}:role/Leads`] };

/** A rollout that asks, under these rules. */
async function asking(rules: RolloutWorld['decisions']['rules'] = {}): Promise<RolloutWorld> {
  const world = new RolloutWorld(WITH_APPROVAL);
  world.file = { owner: 'team-checkout' };
  world.decisions = { groups: GROUPS, rules };
  await world.deliver();
  const commit = await world.push();
  await world.pushes.remember('orders', { commit, by: EVE });
  await world.until(async () => (await world.stored())?.rollout.question !== undefined);
  return world;
}

describe('whoever reads about a rollout', () => {
  it('knows whose service it is, from the question to the end', async () => {
    const world = await asking();
    await world.until(() => world.notices.titles().some((title) => title.includes('waits for a decision')));
    await world.decide('approve');
    await world.settled();
    await world.pass(1_000);
    const told = world.notices.published.slice(-2);
    expect(told.map(({ metadata }) => metadata.eventType)).toEqual(['asked', 'ready']);
    for (const { content } of told) expect(content.description).toContain('Owner team-checkout');
  });
});

describe('a decision on the command line', () => {
  it('counts at once and is audited with who and when', async () => {
    const world = await asking();
    expect(await world.decideAs(ANN, 'approve')).toMatchObject({ kind: 'taken' });
    const [approval] = [...world.approvals.items.values()].filter(({ decided }) => decided !== undefined);
    expect(approval?.decided).toMatchObject({ arns: [ANN], decision: 'approve', at: expect.any(Number) as number });
    await world.settled();
    expect(world.traffic()).toMatchObject({ green: 100 });
    expect(world.log().join('\n')).toContain('ann (role Leads) decided "approve"');
  });

  it('of somebody who is not in the group is refused with who may, and changes nothing', async () => {
    const world = await asking({ approve: 'leads' });
    expect(await world.decideAs(EVE, 'approve')).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/eve \(role Developers\) may not decide.*the group leads.*role\/Leads/) as string,
    });
    expect(await world.decideAs(EVE, 'promote')).toMatchObject({ kind: 'refused' });
    await world.pass(60_000);
    expect(world.traffic()).toMatchObject({ blue: 90, green: 10 });
    // Stopping is in nobody's group here.
    expect(await world.decideAs(EVE, 'abort')).toMatchObject({ kind: 'taken' });
    await world.settled();
    expect(JSON.stringify(world.notices.published.at(-1))).toContain('eve (role Developers) decided so');
  });

  it('twice, or by two at once, is taken once', async () => {
    const world = await asking();
    const approval = await world.approval();
    const answers = await Promise.all([
      world.decideAs(ANN, 'approve', approval),
      world.decideAs(BOB, 'reject', approval),
    ]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['refused', 'taken']);
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
      reason: expect.stringContaining('decided already') as string,
    });
  });

  it('after the time to decide, after an abort and about another build is refused with why', async () => {
    const late = await asking();
    const approval = await late.approval();
    await late.pass(3_600_000);
    expect(await late.decideAs(ANN, 'approve', approval)).toMatchObject({ kind: 'refused' });

    const aborted = await asking();
    const asked = await aborted.approval();
    await aborted.decideAs(ANN, 'abort');
    await aborted.settled();
    expect(await aborted.decideAs(ANN, 'approve', asked)).toMatchObject({ kind: 'refused' });

    const superseded = await asking();
    const old = await superseded.approval();
    await superseded.push();
    await superseded.pass(20_000);
    expect(await superseded.decideAs(ANN, 'approve', old)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('moved on or was replaced') as string,
    });
  });

  it('under an id that nobody gave out is refused', async () => {
    const world = await asking();
    expect(await world.decideAs(ANN, 'approve', 'f'.repeat(12))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('nothing to decide under') as string,
    });
  });
});

describe('several approvals', () => {
  it('of the group are needed: the first counts, the second lets it go on', async () => {
    const world = await asking({ approve: { group: 'leads', approvals: 2 } });
    expect(await world.decideAs(ANN, 'approve')).toEqual({
      kind: 'counted',
      message: expect.stringContaining('1 of 2 said so (ann (role Leads))') as string,
    });
    await world.pass(60_000);
    expect(world.traffic()).toMatchObject({ green: 10 });
    expect(await world.decideAs(BOB, 'approve')).toMatchObject({ kind: 'taken' });
    await world.settled();
    expect(world.traffic()).toMatchObject({ green: 100 });
    expect(world.log().join('\n')).toMatch(/ann.*more people are needed[\s\S]*bob/);
  });

  it('do not count twice for one person, not even in another role', async () => {
    const world = await asking({ approve: { approvals: 2 } });
    await world.decideAs(ANN, 'approve');
    for (const again of [ANN, session('Developers', 'ann')]) {
      expect(await world.decideAs(again, 'approve')).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('1 more person is needed') as string,
      });
    }
    expect(world.traffic()).toMatchObject({ green: 10 });
  });

  it('do not add up across decisions, and one reject is enough', async () => {
    const world = await asking({ approve: { approvals: 2 } });
    await world.decideAs(ANN, 'approve');
    expect(await world.decideAs(BOB, 'promote')).toMatchObject({ kind: 'counted' });
    expect(await world.decideAs(BOB, 'reject')).toMatchObject({ kind: 'taken' });
    await world.settled();
    expect(world.traffic()).toMatchObject({ blue: 100 });
  });

  it('are void when a newer commit is rolled out', async () => {
    const world = await asking({ approve: { approvals: 2 } });
    await world.decideAs(ANN, 'approve');
    await world.push();
    await world.pass(20_000);
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect(await world.decideAs(BOB, 'approve')).toMatchObject({ kind: 'counted' });
    expect(world.traffic()).toMatchObject({ green: 10 });
  });
});

describe('the author', () => {
  const RULES = { approve: { notByAuthor: true } };

  it('who pushed the commit may not approve it, but may stop it', async () => {
    const world = await asking(RULES);
    expect(await world.decideAs(EVE, 'approve')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('eve (role Developers) pushed it') as string,
    });
    expect(await world.decideAs(EVE, 'abort')).toMatchObject({ kind: 'taken' });
  });

  it('whom the commit names may not either', async () => {
    const world = await asking(RULES);
    expect(await world.decideAs(session('Leads', 'ada@example.com'), 'approve')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('ada@example.com') as string,
    });
    expect(await world.decideAs(ANN, 'approve')).toMatchObject({ kind: 'taken' });
  });

  it('cannot be told from others while nobody knows who pushed: nobody may approve', async () => {
    const world = new RolloutWorld(WITH_APPROVAL);
    world.decisions = { groups: {}, rules: RULES };
    await world.deliver();
    await world.push();
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect(await world.decideAs(ANN, 'approve')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('not known who pushed') as string,
    });
  });

  it('of what was merged is known from the push before the merge', async () => {
    const world = new RolloutWorld(WITH_APPROVAL);
    world.decisions = { groups: {}, rules: RULES };
    await world.deliver();
    const commit = await world.push();
    await world.pushes.remember('orders', { commit: 'e'.repeat(40), by: EVE });
    await world.pushes.remember('orders', { commit, mergedFrom: 'e'.repeat(40) });
    await world.until(async () => (await world.stored())?.rollout.question !== undefined);
    expect(await world.decideAs(EVE, 'approve')).toMatchObject({ kind: 'refused' });
    expect(await world.decideAs(ANN, 'approve')).toMatchObject({ kind: 'taken' });
  });
});

describe('a decision in the console', () => {
  it('counts at once where it does not matter who decides; the history learns it from CloudTrail', async () => {
    const world = await asking();
    const execution = await world.startDecision('approve');
    await world.settled();
    expect(world.decisionOutcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.log().join('\n')).toContain(`Whoever started ${execution} decided "approve"`);
    await world.tellStarter(execution, ANN);
    expect(world.log().at(-1)).toContain(`It was ann (role Leads) who started ${execution} and decided "approve"`);
  });

  it('waits for CloudTrail where it matters, and counts as that person', async () => {
    const world = await asking({ approve: 'leads' });
    const execution = await world.startDecision('approve');
    await world.pass(4 * 60_000);
    expect(world.decisionOutcome(execution)).toBeUndefined();
    expect(world.traffic()).toMatchObject({ green: 10 });
    await world.tellStarter(execution, ANN);
    await world.settled();
    expect(world.decisionOutcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.log().join('\n')).toContain('ann (role Leads) decided "approve"');
    // Told once more, as events are: nothing happens.
    await world.tellStarter(execution, ANN);
    expect(world.traffic()).toMatchObject({ green: 100 });
  });

  it('is found whichever comes first, the event or the state that waits for it', async () => {
    const world = await asking({ approve: { group: 'leads', approvals: 2 } });
    await world.tellStarter('in-console-1', ANN);
    const early = await world.startDecision('approve');
    await world.until(() => world.decisionOutcome(early) !== undefined);
    expect(world.decisionOutcome(early)).toMatchObject({ status: 'SUCCEEDED', output: { kind: 'counted' } });
    const late = await world.startDecision('approve');
    await world.pass(1_000);
    await world.tellStarter(late, BOB);
    await world.settled();
    expect(world.traffic()).toMatchObject({ green: 100 });
  });

  it('of somebody who may not is refused once it is known who', async () => {
    const world = await asking({ approve: 'leads' });
    const execution = await world.startDecision('approve');
    await world.pass(1_000);
    await world.tellStarter(execution, EVE);
    await world.until(() => world.decisionOutcome(execution) !== undefined);
    expect(world.decisionOutcome(execution)).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringContaining('eve (role Developers) may not decide') as string,
    });
    expect(world.traffic()).toMatchObject({ green: 10 });
  });

  it('that nobody tells about is refused in a quarter of an hour, with what to do instead; a later event changes nothing', async () => {
    const world = await asking({ approve: 'leads' });
    const approval = await world.approval();
    const execution = await world.startDecision('approve');
    await world.pass(16 * 60_000);
    expect(world.decisionOutcome(execution)).toMatchObject({
      status: 'FAILED',
      error: 'rejected',
      cause: expect.stringContaining(`npx espalier decide ${approval} approve`) as string,
    });
    await world.tellStarter(execution, ANN);
    await world.pass(5_000);
    expect(world.traffic()).toMatchObject({ green: 10 });
  });

  it('started by a service of AWS is nobody’s in a group', async () => {
    const world = await asking({ approve: 'leads' });
    const execution = await world.startDecision('approve');
    await world.pass(1_000);
    await world.tellStarter(execution, 'arn:aws:sts::123456789012:assumed-role/Robots/ann');
    await world.until(() => world.decisionOutcome(execution) !== undefined);
    expect(world.decisionOutcome(execution)).toMatchObject({ status: 'FAILED' });
  });
});

describe('who pushed', () => {
  it('is taken from branch events, also of branches that nothing is delivered from', async () => {
    const world = new RolloutWorld(WITH_APPROVAL);
    await world.hear({ branch: BRANCH, commitId: 'a'.repeat(40), callerUserArn: EVE });
    await world.hear({ branch: 'trunk', commitId: 'b'.repeat(40), callerUserArn: ANN });
    expect(await world.pushes.pushersOf('orders', 'a'.repeat(40))).toEqual([EVE]);
    expect(await world.pushes.pushersOf('orders', 'b'.repeat(40))).toEqual([ANN]);
  });
});
