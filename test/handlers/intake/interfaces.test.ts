/** Versions of interfaces, from the service files to the registered record: what fits, what waits, what is refused. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../lambdas/contracts/payloads.ts';
import { IntakeWorld } from '../intake-world.ts';

let world: IntakeWorld;

beforeEach(() => {
  world = new IntakeWorld();
});

/** Pushes a service file and brings the delivery to where its build is recorded. */
async function built(repository: 'orders' | 'web', branch: string, file: string): Promise<Delivery> {
  await world.push(repository, branch);
  const delivery = await world.claimed();
  const reading = world.build.parseServiceFile(`name: ${repository}\n${file}`);
  if (reading.kind !== 'read') throw new Error(reading.message);
  const { commit } = delivery;
  await world.builds.save({
    repository,
    commit,
    version: 0,
    state: 'built',
    holder: delivery,
    attempt: 1,
    startedAt: 0,
    wantedBy: [],
    definition: reading.definition,
  });
  return delivery;
}

const register = (claim: Delivery): Promise<unknown> => world.ask({ action: 'record-name', execution: 'x', claim });

async function delivered(repository: 'orders' | 'web', branch: string, file: string): Promise<void> {
  const started = () => world.latest();
  const delivery = await built(repository, branch, file);
  await register(delivery);
  await world.applied(delivery);
  started().running = false;
}

const NEEDS_V2 = 'dependencies: [{ name: orders, api: v2 }]';

describe('a version of an interface', () => {
  it('is found in the own environment', async () => {
    await delivered('orders', 'feature/login', 'offers: [v1, v2]');
    await expect(register(await built('web', 'feature/login', NEEDS_V2))).resolves.toMatchObject({
      kind: 'registered',
    });
  });

  it('is found in integration by who borrows', async () => {
    await delivered('orders', 'integration', 'offers: [v2]');
    await expect(register(await built('web', 'feature/login', NEEDS_V2))).resolves.toMatchObject({
      kind: 'registered',
    });
  });

  it('is not borrowed past an own service that lacks it: the own one is what is called', async () => {
    await delivered('orders', 'integration', 'offers: [v2]');
    await delivered('orders', 'feature/login', 'offers: [v1]');
    await expect(register(await built('web', 'feature/login', NEEDS_V2))).rejects.toMatchObject({
      name: 'RejectedError',
      message:
        'Version v2 of orders is needed, but orders in feature-login offers v1. Deliver orders with v2 among its `offers`, or need one of those (`dependencies`).',
    });
  });

  it('is not lent to pre-release, which stands alone', async () => {
    await delivered('orders', 'integration', 'offers: [v2]');
    await expect(register(await built('web', 'main', NEEDS_V2))).rejects.toThrow('nobody offers it yet');
  });

  it('that nobody offers waits for another delivery, and fits when that was registered', async () => {
    const web = await built('web', 'feature/login', NEEDS_V2);
    await expect(register(web)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('Deliver orders first') as unknown,
    });
    await register(await built('orders', 'feature/login', 'offers: [v2]'));
    await expect(register(web)).resolves.toMatchObject({ kind: 'registered' });
  });

  it('that a running service still needs cannot be dropped', async () => {
    await delivered('orders', 'feature/login', 'offers: [v1, v2]');
    await delivered('web', 'feature/login', NEEDS_V2);
    await expect(register(await built('orders', 'feature/login', 'offers: [v3]'))).rejects.toThrow(
      'web in feature-login needs version v2 of orders, but this commit offers v3',
    );
  });
});

describe('dependencies', () => {
  it('in a circle can be delivered for the first time, in any order', async () => {
    const orders = await built('orders', 'feature/login', 'offers: [v1]\ndependencies: [{ name: web, api: v1 }]');
    await expect(register(orders)).rejects.toMatchObject({ name: 'TransientError' });
    const web = await built('web', 'feature/login', 'offers: [v1]\ndependencies: [{ name: orders, api: v1 }]');
    await expect(register(web)).resolves.toMatchObject({ kind: 'registered' });
    await expect(register(orders)).resolves.toMatchObject({ kind: 'registered' });
  });

  it('that exist nowhere stop no delivery, which could be the first of all, but are told', async () => {
    const web = await built('web', 'feature/login', 'dependencies: [paymnt]');
    await expect(register(web)).resolves.toMatchObject({ kind: 'registered' });
    const events = await world.history.of('feature-login');
    expect(events.at(-1)).toMatchObject({
      level: 'warning',
      service: 'web',
      message: expect.stringMatching(/It needs paymnt, but .* its calls fail until paymnt is delivered/) as unknown,
    });
  });

  it('may be components of the settings, which have no versions', async () => {
    const components = [{ name: 'database', url: 'postgres://database:5432/shop', kinds: ['feature'] }];
    Object.assign(world.ports.rules, { components });
    await register(await built('web', 'feature/login', 'dependencies: [database]'));
    expect((await world.history.of('feature-login')).filter(({ level }) => level === 'warning')).toEqual([]);
    const versioned = await built('orders', 'feature/login', 'dependencies: [{ name: database, api: v1 }]');
    await expect(register(versioned)).rejects.toThrow('a component of the settings, which offers no versions');
  });
});

describe('what a service promises', () => {
  it('is kept with what runs, and forgotten when it is withdrawn', async () => {
    await delivered('orders', 'feature/login', 'offers: [v1]');
    await delivered('web', 'feature/login', 'dependencies: [orders]');
    expect((await world.service('feature-login')).applied?.promised).toMatchObject({
      offers: ['v1'],
      dependencies: [],
    });
    expect((await world.service('feature-login', 'web')).applied?.promised).toMatchObject({ dependencies: ['orders'] });
    await world.delete('orders', 'feature/login');
    const answer = await world.claim(world.latest());
    if (answer.kind !== 'withdraw') throw new Error(answer.kind);
    await world.ask({ action: 'record-withdrawn', execution: 'x', claim: answer.claim });
    expect(await world.service('feature-login')).not.toHaveProperty('promised');
  });
});
