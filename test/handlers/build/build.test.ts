/** The function `build`: one build per commit, its digest read by us, its failure explained to the author. */
import { describe, expect, it } from 'vitest';
import type { BuildAnswer, Delivery } from '../../../lambdas/contracts/payloads.ts';
import { claimCommitBuild } from '../../../lambdas/handlers/build/claim-commit-build.ts';
import { explainBuildFailure } from '../../../lambdas/handlers/build/explain-build-failure.ts';
import { recordBuild } from '../../../lambdas/handlers/build/record-build.ts';
import { stopBuilds } from '../../../lambdas/handlers/build/stop-builds.ts';
import { FILE, IntakeWorld, once, taskError } from '../intake-world.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const named = (name: string) => expect.objectContaining({ name }) as unknown;
const claim = (world: IntakeWorld, delivery: Delivery): Promise<BuildAnswer> =>
  claimCommitBuild(world.build, { delivery });

/** A claimed delivery of a push with these files. */
async function pushed(files: Readonly<Record<string, string>> = FILE, branch = 'feature/login') {
  const world = new IntakeWorld();
  await world.push('orders', branch, files);
  return { world, delivery: await world.claimed() };
}

/** The same commit on another branch, claimed too. */
async function alsoOn(world: IntakeWorld, branch: string, commit: string): Promise<Delivery> {
  world.git.point('orders', branch, commit);
  await world.look('orders', branch);
  return world.claimed();
}

describe('claiming a build', () => {
  it('asks for the commit by variables only, with our own tag', async () => {
    const { world, delivery } = await pushed({
      'espalier.yaml': 'name: orders\nbuild: { test: [npm test, npm run e2e] }',
    });
    const answer = await claim(world, delivery);
    const { commit } = delivery;
    expect(answer).toEqual({
      kind: 'start',
      request: {
        sourceLocation: 'https://git/orders',
        sourceVersion: commit,
        idempotencyToken: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        variables: [
          { name: 'ESPALIER_REPOSITORY', value: 'orders', type: 'PLAINTEXT' },
          { name: 'ESPALIER_BRANCH', value: 'feature/login', type: 'PLAINTEXT' },
          { name: 'ESPALIER_TARGET_BRANCH', value: 'integration', type: 'PLAINTEXT' },
          { name: 'ESPALIER_COMMIT', value: commit, type: 'PLAINTEXT' },
          { name: 'ESPALIER_IMAGE', value: `registry.example/shop:orders.${commit}`, type: 'PLAINTEXT' },
          { name: 'ESPALIER_TEST_COMMANDS', value: 'npm test\nnpm run e2e', type: 'PLAINTEXT' },
        ],
      },
    });
    // The same attempt has the same token: asked again, it starts no second build.
    expect(await claim(world, delivery)).toEqual(answer);
  });

  it.each([
    [{}, 'There is no espalier.yaml at the root of orders'],
    [{ 'espalier.yaml': 'name: Orders' }, 'espalier.yaml:1:1: name: found "Orders"'],
  ])('rejects the service file of %j before anything is built', async (files, said) => {
    const { world, delivery } = await pushed(files);
    await expect(claim(world, delivery)).rejects.toThrow(
      expect.objectContaining({ name: 'RejectedError', reason: expect.stringContaining(said) as unknown }),
    );
    expect(await world.builds.load('orders', delivery.commit)).toBeUndefined();
  });

  it('ends quietly when a newer commit is wanted', async () => {
    const { world, delivery } = await pushed();
    await world.push('orders', 'feature/login');
    await expect(claim(world, delivery)).rejects.toThrow(named('SupersededError'));
  });

  it('lets exactly one of two environments build the commit, and gives both the image', async () => {
    const { world, delivery } = await pushed();
    const other = await alsoOn(world, 'feature/second', delivery.commit);
    const answers = await Promise.all([claim(world, delivery), claim(world, other)]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['start', 'wait']);
    world.images.push('orders', delivery.commit, DIGEST);
    expect(await recordBuild(world.build, { delivery })).toEqual({ digest: DIGEST });
    expect(await claim(world, other)).toEqual({ kind: 'built', digest: DIGEST });
  });

  it('takes a build over whose holder is no longer responsible', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    const other = await alsoOn(world, 'feature/second', delivery.commit);
    expect(await claim(world, other)).toMatchObject({ kind: 'wait' });
    await world.fail(delivery, taskError('RejectedError'));
    expect(await claim(world, other)).toMatchObject({ kind: 'start' });
  });

  it('starts one build when the process dies between the claim and the answer', async () => {
    const { world, delivery } = await pushed();
    world.faults = once('builds.save', 'after');
    await expect(claim(world, delivery)).rejects.toThrow('killed');
    await claim(world, delivery);
    expect(await world.builds.load('orders', delivery.commit)).toMatchObject({ attempt: 1 });
  });

  it('builds again what has expired from the registry', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    world.images.push('orders', delivery.commit, DIGEST);
    await recordBuild(world.build, { delivery });
    world.images.expire('orders', delivery.commit);
    expect(await claim(world, delivery)).toMatchObject({ kind: 'start' });
  });
});

describe('recording a build', () => {
  it('does not believe in an image that is not in the registry', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(named('RejectedError'));
  });

  it('keeps what a superseded delivery built for those who wait', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    const other = await alsoOn(world, 'feature/second', delivery.commit);
    await claim(world, other);
    await world.push('orders', 'feature/login');
    expect(world.runner.stopped).toEqual([]);
    world.images.push('orders', delivery.commit, DIGEST);
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(named('SupersededError'));
    expect(await world.builds.load('orders', delivery.commit)).toMatchObject({ state: 'built', digest: DIGEST });
  });
});

describe('explaining a failure', () => {
  const ofBuild = {
    Error: 'States.TaskFailed',
    Cause: JSON.stringify({ Build: { Id: 'shop:1', BuildStatus: 'FAILED' } }),
  };

  it.each([
    [
      { status: 'FAILED', phase: 'BUILD', message: 'exit status 1', logLink: 'https://log' },
      'RejectedError',
      'failed in its phase BUILD: exit status 1.\nIts log: https://log',
    ],
    [{ status: 'TIMED_OUT' }, 'RejectedError', 'longer than 30 minutes'],
    [{ status: 'STOPPED' }, 'TransientError', 'was stopped by somebody'],
    [{ status: 'FAULT', message: 'no capacity' }, 'TransientError', 'no capacity.'],
    [{ status: 'FAILED', message: 'It ended.', logLink: 'https://log' }, 'RejectedError', 'It ended.\nIts log'],
  ] as const)('of %j is a %s', async (explained, name, said) => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    world.runner.explanations.set('shop:1', explained);
    await expect(explainBuildFailure(world.build, { delivery, error: ofBuild })).rejects.toThrow(
      expect.objectContaining({ name, reason: expect.stringContaining(said) as unknown }),
    );
    expect((await world.builds.load('orders', delivery.commit))?.state).toBe(
      name === 'RejectedError' ? 'failed' : 'stopped',
    );
  });

  it.each(['CodeBuild.AccountLimitExceededException', 'States.Timeout'])('of %s passes', async (error) => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    const told = explainBuildFailure(world.build, { delivery, error: { Error: error, Cause: 'no json' } });
    await expect(told).rejects.toThrow(named('TransientError'));
  });

  it('ends quietly when the build was stopped for a newer commit', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    await world.push('orders', 'feature/login');
    expect(world.runner.stopped).toHaveLength(1);
    world.runner.explanations.set('shop:1', { status: 'STOPPED' });
    await expect(explainBuildFailure(world.build, { delivery, error: ofBuild })).rejects.toThrow(
      named('SupersededError'),
    );
  });

  it('tells those who waited the same reason', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    const other = await alsoOn(world, 'feature/second', delivery.commit);
    await claim(world, other);
    world.runner.explanations.set('shop:1', { status: 'FAILED', message: 'exit status 1' });
    await expect(explainBuildFailure(world.build, { delivery, error: ofBuild })).rejects.toThrow('exit status 1');
    await expect(claim(world, other)).rejects.toThrow('exit status 1');
  });
});

describe('stopping builds', () => {
  it('of a removal stops what only this environment wants', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    await world.delete('orders', 'feature/login');
    await world.ask({ action: 'step-aside', execution: 'x', claim: delivery });
    const answer = await world.claim(world.latest());
    if (answer.kind !== 'remove') throw new Error('Not a removal.');
    // The look that saw the deletion has stopped it already; here nothing is left to stop.
    expect(world.runner.stopped).toEqual([`orders ${delivery.commit}`]);
    expect(await stopBuilds(world.build, { claim: answer.removal })).toEqual({ stopped: 0 });
  });

  it('of a withdrawal stops a build that was begun afterwards', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    await world.push('web', 'feature/login', { 'espalier.yaml': 'name: web' });
    await world.fail(delivery, taskError('RejectedError'));
    await world.delete('orders', 'feature/login');
    const withdrawal = await world.claim(world.latest());
    if (withdrawal.kind !== 'withdraw') throw new Error('Not a withdrawal.');
    world.runner.running.add(`orders ${delivery.commit}`);
    expect(await stopBuilds(world.build, { claim: withdrawal.claim })).toEqual({ stopped: 1 });
    expect(await stopBuilds(world.build, { claim: withdrawal.claim })).toEqual({ stopped: 0 });
  });
});

describe('rules for containers', () => {
  const WITH_VOLUME = { 'espalier.yaml': 'name: orders\nvolumes: { data: { path: /data } }' };
  const rooted = { user: '', layers: [1_000], secretVariables: [], secretSteps: ['ARG NPM_TOKEN'] };

  it('are asked when an image was built, and nothing is applied when it breaks them', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    world.images.push('orders', delivery.commit, DIGEST);
    world.images.known.set(DIGEST, rooted);
    await expect(recordBuild(world.build, { delivery })).rejects.toMatchObject({
      name: 'RejectedError',
      message: expect.stringMatching(/runs as root.*\n.*ARG NPM_TOKEN.*\nNothing was applied/) as unknown,
    });
    // Facts are kept with the build, and the image is judged again for whoever else wants it.
    expect((await world.builds.load('orders', delivery.commit))?.image).toEqual(rooted);
    await expect(claim(world, delivery)).rejects.toThrow('runs as root');
  });

  it('may be broken for a while, by an exception with a reason and an end', async () => {
    const exceptions = ['root-user', 'secret-in-history'].map(
      (rule) => `  - { rule: ${rule}, reason: We move to another base image., until: 2999-12-31 }`,
    );
    const file = ['name: orders', 'exceptions:', ...exceptions].join('\n');
    const { world, delivery } = await pushed({ 'espalier.yaml': file });
    world.images.push('orders', delivery.commit, DIGEST);
    world.images.known.set(DIGEST, rooted);
    await expect(claim(world, delivery)).resolves.toEqual({ kind: 'built', digest: DIGEST });
  });

  it('say before anything is applied what an environment needs instead of a volume', async () => {
    const { world, delivery } = await pushed(WITH_VOLUME);
    world.images.push('orders', delivery.commit, DIGEST);
    await expect(claim(world, delivery)).resolves.toMatchObject({ kind: 'built' });
    const lasting = { ...delivery, kind: 'pre-release' } as const;
    await expect(claim(world, lasting)).rejects.toThrow('Data of pre-release belongs into a database');
  });
});

describe('an image without anything that runs', () => {
  it('never skips the rules: it is rejected, by whoever comes first and later', async () => {
    const { world, delivery } = await pushed();
    await claim(world, delivery);
    world.images.push('orders', delivery.commit, DIGEST);
    world.images.nothing.add(DIGEST);
    const rejected = expect.objectContaining({
      name: 'RejectedError',
      reason: expect.stringContaining('an index with only signatures or attestations') as unknown,
    });
    await expect(recordBuild(world.build, { delivery })).rejects.toThrow(rejected);
    await expect(claim(world, delivery)).rejects.toThrow(rejected);
  });
});
