/** Who hears of what: one message per news, and none about what is none. */
import { describe, expect, it } from 'vitest';
import type { NoticeInput } from '../../../lambdas/contracts/inputs.ts';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { announce } from '../../../lambdas/handlers/notice/announce.ts';
import { IntakeWorld, taskError } from '../intake-world.ts';

const FAILURE = { kind: 'transient', reason: 'throttled' } as const;

async function claimed(branch = 'feature/login') {
  const world = new IntakeWorld();
  await world.push('orders', branch);
  return { world, delivery: await world.claimed() };
}

const tell = (world: IntakeWorld, input: NoticeInput): Promise<unknown> => announce(world.notice, input);
const building = (world: IntakeWorld, claim: Delivery): Promise<unknown> =>
  tell(world, { action: 'announce', what: 'building', claim, execution: 'x' });
const failed = (
  world: IntakeWorld,
  claim: Delivery,
  failure: { kind: 'transient' | 'rejected' | 'bug'; reason: string } = FAILURE,
): Promise<unknown> => tell(world, { action: 'announce', what: 'failed', claim, failure, execution: 'x' });

describe('announcing', () => {
  it('tells of a service on its way only when it is not there yet', async () => {
    const { world, delivery } = await claimed();
    expect(await building(world, delivery)).toEqual({ kind: 'announced' });
    await world.applied(delivery);
    await world.push('orders', 'feature/login');
    expect(await building(world, await world.claimed())).toEqual({ kind: 'no-news' });
    expect(world.notices.titles()).toEqual(['orders is on its way to feature-login']);
  });

  it('gives the link, the commit and the steps with their times', async () => {
    const { world, delivery } = await claimed();
    const step = {
      environment: 'feature-login',
      stage: 'build',
      level: 'info',
      service: 'orders',
      generation: 1,
    } as const;
    await world.history.append({ ...step, at: world.clock.now(), message: 'Built it', took: 12_000 });
    await world.history.append({ ...step, at: world.clock.now(), message: 'Another delivery', took: 1, generation: 2 });
    await tell(world, { action: 'announce', what: 'ready', claim: delivery, url: 'http://x/', execution: 'x' });
    const [notice] = world.notices.published;
    expect(notice?.content.description).toContain('http://x/');
    expect(notice?.content.description).toContain('• Built it: 12 s');
    expect(notice?.content.description).not.toContain('Another delivery');
    expect(notice?.metadata.threadId).toBe('shop-feature-login-1');
  });

  it('tells of a failure once, and again only when nothing is tried any more', async () => {
    const { world } = await claimed();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const claim = await world.claimed();
      await world.fail(claim, taskError('TransientError', 'throttled'));
      world.latest().running = false;
      await failed(world, claim);
      await world.clock.sleep(3_600_000);
      await world.ask({ action: 'resume', environment: 'feature-login' });
    }
    const steps = world.notices.published.map(({ content }) => content.nextSteps?.[0]);
    expect(steps).toHaveLength(2);
    expect(steps[0]).toMatch(/^Nothing:/);
    expect(steps[1]).toMatch(/^Push again/);
  });

  it('does not tell of the failure of a commit that nobody wants any more', async () => {
    const { world, delivery } = await claimed();
    await world.push('orders', 'feature/login');
    await world.fail(delivery, taskError('RejectedError'));
    expect(await failed(world, delivery, { kind: 'rejected', reason: 'x' })).toEqual({ kind: 'no-news' });
  });

  it('says what keeps serving', async () => {
    const { world, delivery } = await claimed();
    await world.applied(delivery);
    await world.push('orders', 'feature/login');
    const second = await world.claimed();
    await world.fail(second, taskError('RejectedError', 'no espalier.yaml'));
    await failed(world, second, { kind: 'rejected', reason: 'no espalier.yaml' });
    const { description } = world.notices.published[0]?.content ?? { description: '' };
    expect(description).toContain('no espalier.yaml');
    expect(description).toContain(`\`${delivery.commit.slice(0, 10)}\` keeps serving.`);
  });

  it('tells a person what was wrong with what they typed', async () => {
    const world = new IntakeWorld();
    const failure = { kind: 'rejected', reason: 'There is no environment "x".' } as const;
    await tell(world, { action: 'announce', what: 'failed', claim: { environment: 'x' }, failure, execution: 'x' });
    expect(world.notices.published[0]?.content.description).toContain('There is no environment "x".');
  });

  it('tells of a removal in the thread of the life that ended', async () => {
    const { world, delivery } = await claimed();
    await world.applied(delivery);
    await world.delete('orders', 'feature/login');
    const removal = await world.remove();
    await tell(world, { action: 'announce', what: 'removed', claim: removal, execution: 'x' });
    expect(world.notices.published[0]?.metadata.threadId).toBe('shop-feature-login-1');
    expect(world.notices.titles()).toEqual(['feature-login was removed']);
  });

  it('shows a hostile branch harmlessly', async () => {
    const { world, delivery } = await claimed('feature/<!channel>`id`');
    await building(world, delivery);
    const { description } = world.notices.published[0]?.content ?? { description: '' };
    expect(description).toContain('Branch `feature/&lt;!channel&gt;ˋidˋ`');
  });
});
