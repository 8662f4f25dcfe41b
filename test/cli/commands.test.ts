/** What the commands of `npx espalier` do and say. */
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../cli/arguments.ts';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../lambdas/domain/environment/record.ts';
import { fakeWorld, readyRecord, type FakeWorld } from './fake-world.ts';

async function run(world: FakeWorld, ...words: string[]): Promise<string> {
  const asked = parseArguments(words);
  if (asked.kind === 'help') throw new Error('help');
  await asked.command.run(world, asked.words, asked.switches, asked.options);
  return world.lines.join('\n');
}

function withOrders(record: EnvironmentRecord, change: Partial<ServiceRecord>): EnvironmentRecord {
  const orders = record.services['orders'];
  return orders === undefined ? record : { ...record, services: { orders: { ...orders, ...change } } };
}

const login = readyRecord('feature-login', 'feature/login');
const failed = {
  kind: 'rejected',
  reason: 'espalier.yaml:3:1: port: found 80',
  generation: 2,
  attempts: 1,
  at: 0,
} as const;

describe('environments', () => {
  it('lists what there is and leaves out what is removed unless asked', async () => {
    const gone = readyRecord('feature-old', 'feature/old', { phase: 'removed' });
    const text = await run(fakeWorld(login, gone), 'environments');
    expect(text).toMatch(/feature-login +feature +feature\/login +ready +orders/);
    expect(text).not.toContain('feature-old');
    expect(await run(fakeWorld(login, gone), 'environments', '--all')).toContain('feature-old');
  });

  it('says what to do when there is none', async () => {
    expect(await run(fakeWorld(), 'environments')).toContain('Push a branch');
  });

  it('names the worst state of the services', async () => {
    expect(await run(fakeWorld(withOrders(login, { failure: failed })), 'environments')).toContain(' failed ');
  });
});

describe('show', () => {
  it('finds an environment by its id and by its branch', async () => {
    for (const name of ['feature-login', 'feature/login']) {
      const text = await run(fakeWorld(login), 'show', name);
      expect(text).toContain('http://orders-feature-login.espalier.localhost:8080/');
      expect(text).toContain('running     1a2b3c4d');
    }
  });

  it('offers the nearest name for a wrong one', async () => {
    await expect(run(fakeWorld(login), 'show', 'feature-logni')).rejects.toThrow('Did you mean feature-login?');
    await expect(run(fakeWorld(login), 'show', 'nothing-like-it')).rejects.toThrow('npx espalier environments');
  });

  it('shows a commit that is held back while the version before it runs', async () => {
    const text = await run(fakeWorld(withOrders(login, { held: 'f'.repeat(40) })), 'show', 'feature-login');
    expect(text).toMatch(/held back +ffffffff, until the next push/);
  });

  it('shows why a delivery failed, line by line', async () => {
    const reason = 'espalier.yaml:3:1: port: found 80\nespalier.yaml:4:1: nmae: unknown key';
    const text = await run(fakeWorld(withOrders(login, { failure: { ...failed, reason } })), 'show', 'feature-login');
    expect(text).toMatch(/failed +espalier\.yaml:3:1: port: found 80\n +espalier\.yaml:4:1: nmae/);
  });

  it('prints hostile names so that nothing in them acts on the terminal', async () => {
    const branch = 'feature/\u001b[2J\u202egnp\u0007';
    const world = fakeWorld(readyRecord('feature-gnp-1', branch));
    world.happened.push({
      environment: 'feature-gnp-1',
      at: 1,
      stage: 'build',
      message: 'built \u001b[31m',
      level: 'info',
    });
    const text = (await run(world, 'show', 'feature-gnp-1')) + (await run(world, 'environments'));
    // eslint-disable-next-line no-control-regex -- exactly these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('feature/\\u{1b}[2J\\u{202e}gnp\\u{7}');
  });
});

describe('events', () => {
  it('prints what happened, oldest first', async () => {
    const world = fakeWorld(login);
    const event = { environment: 'feature-login', stage: 'build', service: 'orders', level: 'info' } as const;
    world.happened.push(
      { ...event, at: 1_000, message: 'Build begun.' },
      { ...event, at: 3_500, message: 'Built.', took: 2_500 },
    );
    expect(await run(world, 'events', 'feature-login')).toBe(
      '00:00:01   build       orders     Build begun.\n00:00:03   build       orders     Built. (2.5 s)',
    );
  });

  it('keeps the lines of a message below each other', async () => {
    const world = fakeWorld(login);
    const message = 'It failed:\nfirst\nsecond';
    world.happened.push({ environment: 'feature-login', at: 1_000, stage: 'build', level: 'error', message });
    const lines = (await run(world, 'events', 'feature-login')).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(`${' '.repeat(lines[0]?.indexOf('It failed') ?? 0)}first`);
  });

  it('follows without printing an event twice or losing one that was written late', async () => {
    const world = fakeWorld(login);
    const event = { environment: 'feature-login', stage: 'build', level: 'info' } as const;
    const rounds = [
      () => world.happened.push({ ...event, at: 50_000, message: 'second' }),
      () => world.happened.unshift({ ...event, at: 49_000, message: 'first, written late' }),
      () => {
        throw new Error('enough');
      },
    ];
    const sleeping: FakeWorld = {
      ...world,
      clock: {
        now: () => world.clock.now(),
        async sleep() {
          rounds.shift()?.();
        },
      },
    };
    await expect(run(sleeping, 'events', 'feature-login', '--follow')).rejects.toThrow('enough');
    expect(world.shown).toMatchObject([{ message: 'second' }, { message: 'first, written late' }]);
  });
});

describe('name', () => {
  it('answers the id a branch has claimed, whatever it would be now', async () => {
    expect(await run(fakeWorld(readyRecord('feature-x-1a2b3c4d', 'feature/x')), 'name', 'feature/x')).toBe(
      'feature-x-1a2b3c4d',
    );
  });

  it('answers the id a branch would get, and another one where that is taken', async () => {
    expect(await run(fakeWorld(), 'name', 'feature/x')).toMatch(/^feature-x +\(would get/);
    expect(await run(fakeWorld(readyRecord('feature-x', 'feature-x')), 'name', 'feature/x')).toMatch(
      /^feature-x-[0-9a-f]{8} /,
    );
  });

  it('answers the kind for branches of lasting environments, and the patterns for branches that get none', async () => {
    expect(await run(fakeWorld(), 'name', 'main')).toMatch(/^pre-release /);
    expect(await run(fakeWorld(), 'name', 'hotfix')).toContain('fits no pattern of the settings');
  });

  it('decides by the settings file when there is one', async () => {
    const settings = parseSettings(
      '{repositories: ["*"], environments: {feature: {branches: ["topic/*"]}}}',
      'settings.yaml',
    );
    const world = { ...fakeWorld(), settings: async () => settings };
    await run(world, 'name', 'topic/a');
    expect(world.shown).toMatchObject([{ kind: 'free', id: 'topic-a' }]);
  });
});

describe('deliver', () => {
  it('starts the state machine of the tier with the input by hand, follows and shows the link', async () => {
    const world = fakeWorld(login, readyRecord('integration', 'integration', { kind: 'integration' }));
    const text = await run(world, 'deliver', 'orders', 'feature/login');
    expect(world.started).toEqual([
      { workflow: 'deliver-service', tier: 'branch', input: { repository: 'orders', branch: 'feature/login' } },
    ]);
    expect(text).toContain('http://orders-feature-login.espalier.localhost:8080/');
    await run(world, 'deliver', 'orders', 'integration');
    expect(world.started[1]?.tier).toBe('lasting');
  });

  it('waits for the delivery that its wish was handed over to', async () => {
    const owner = {
      workflow: 'deliver-service',
      execution: 'feature-login-orders-2',
      input: '{}',
      generation: 2,
      claimedAt: 0,
      started: true,
    } as const;
    const world = fakeWorld(withOrders(login, { owner }));
    let asked = 0;
    world.script = [
      () => {
        asked += 1;
        if (asked === 3) world.stored.set('feature-login', login);
        return { kind: 'succeeded', output: undefined };
      },
    ];
    await run(world, 'deliver', 'orders', 'feature/login');
    expect(asked).toBe(3);
  });

  it('prints the events of this delivery on the way', async () => {
    const world = fakeWorld(login);
    const event = { environment: 'feature-login', stage: 'build', level: 'info' } as const;
    world.happened.push({ ...event, at: 1, message: 'long ago' }, { ...event, at: 1_000_001, message: 'Built.' });
    await run(world, 'deliver', 'orders', 'feature/login');
    expect(world.notes.join('\n')).toContain('Built.');
    expect(world.notes.join('\n')).not.toContain('long ago');
  });

  it('fails with the reason when the delivery failed', async () => {
    const world = fakeWorld(withOrders(login, { failure: failed }));
    await expect(run(world, 'deliver', 'orders', 'feature/login')).rejects.toThrow('espalier.yaml:3:1: port: found 80');
  });

  it('says what a failed execution said', async () => {
    const world = fakeWorld();
    const cause = JSON.stringify({
      errorType: 'RejectedError',
      errorMessage: 'There is no branch feature/x in orders.',
    });
    world.script = [() => ({ kind: 'failed', error: 'RejectedError', cause })];
    await expect(run(world, 'deliver', 'orders', 'feature/x')).rejects.toThrow(
      'There is no branch feature/x in orders.',
    );
  });

  it('passes over alarms only when told to', async () => {
    const world = fakeWorld(login);
    await run(world, 'deliver', 'orders', 'feature/login', '--despite-alarms');
    expect(world.started[0]?.input).toEqual({
      repository: 'orders',
      branch: 'feature/login',
      despiteAlarms: true,
    });
  });

  it('only starts it when told not to wait', async () => {
    const world = fakeWorld(login);
    world.script = [
      () => {
        throw new Error('asked');
      },
    ];
    expect(await run(world, 'deliver', 'orders', 'feature/login', '--no-wait')).toContain('execution:');
  });
});

describe('fault', () => {
  it('orders an experiment with its author, and ends with the report', async () => {
    const world = fakeWorld(login);
    world.script = [
      () => ({ kind: 'succeeded', output: { kind: 'ended', message: 'The experiment is over after 61 s' } }),
    ];
    const words = ['fault', 'feature/login', 'orders', 'dependency', 'inventory', '--seconds', '61', '--reason', 'see'];
    expect(await run(world, ...words)).toContain('The experiment is over after 61 s');
    const input = { environment: 'feature-login', service: 'orders', fault: 'dependency', dependency: 'inventory' };
    expect(world.started).toEqual([
      { workflow: 'run-experiment', tier: 'branch', input: { ...input, seconds: 61, author: 'ada', reason: 'see' } },
    ]);
  });

  it.each([
    ['750ms', 750],
    ['1.5s', 1_500],
    ['30s', 30_000],
  ])('delays a dependency by %s', async (delay, delayMs) => {
    const world = fakeWorld(login);
    world.script = [() => ({ kind: 'succeeded', output: { kind: 'ended', message: 'over' } })];
    await run(world, 'fault', 'feature/login', 'orders', 'dependency', 'inventory', '--delay', delay);
    expect(world.started[0]?.input).toMatchObject({ fault: 'dependency', dependency: 'inventory', delayMs });
  });

  it('is refused for lasting environments and for what it does not know, before anything starts', async () => {
    const world = fakeWorld(login, readyRecord('integration', 'integration', { kind: 'integration' }));
    const refusals: readonly (readonly [string[], string])[] = [
      [['integration', 'orders', 'pods'], 'a lasting environment (integration)'],
      [['feature-login', 'orders', 'pod'], 'Did you mean pods?'],
      [['feature-login', 'order', 'pods'], 'Did you mean orders?'],
      [['feature-login', 'orders', 'dependency'], 'Say which dependency'],
      [['feature-login', 'orders', 'route', 'inventory'], 'takes no dependency'],
      [['feature-login', 'orders', 'pods', '--seconds', '901'], 'from 1 to 900'],
      [['feature-login', 'orders', 'pods', '--delay', '2s'], 'The fault pods takes no --delay'],
      ...['9ms', '31s', '750', 'soon', '1e3ms'].map(
        (delay) =>
          [
            ['feature-login', 'orders', 'dependency', 'inventory', '--delay', delay],
            `--delay is ${delay}; allowed: a time from 10ms to 30s`,
          ] satisfies [string[], string],
      ),
    ];
    for (const [words, why] of refusals) await expect(run(world, 'fault', ...words)).rejects.toThrow(why);
    expect(world.started).toEqual([]);
  });

  it('ends with why it was refused by the state machine', async () => {
    const world = fakeWorld(login);
    const cause = JSON.stringify({
      errorType: 'RejectedError',
      errorMessage: 'Nothing was touched: a delivery is under way.',
    });
    world.script = [() => ({ kind: 'failed', error: 'rejected', cause })];
    await expect(run(world, 'fault', 'feature-login', 'orders', 'route')).rejects.toThrow(/^Nothing was touched/);
  });
});

describe('remove', () => {
  it('starts the removal and waits until the environment is gone', async () => {
    const world = fakeWorld(login);
    let asked = 0;
    world.script = [
      () => {
        asked += 1;
        if (asked === 2) world.stored.set('feature-login', { ...login, phase: 'removed' });
        return { kind: 'succeeded', output: undefined };
      },
    ];
    expect(await run(world, 'remove', 'feature-login')).toContain('Removed feature-login. The next push');
    expect(world.started).toEqual([
      { workflow: 'withdraw-service', tier: 'branch', input: { environment: 'feature-login' } },
    ]);
    expect(asked).toBe(2);
  });

  it('withdraws one service and offers the nearest for a wrong name', async () => {
    const world = fakeWorld(login);
    world.script = [
      () => {
        world.stored.set('feature-login', withOrders(login, { touched: false }));
        return { kind: 'succeeded', output: undefined };
      },
    ];
    await run(world, 'remove', 'feature-login', 'orders');
    expect(world.started[0]?.input).toEqual({ environment: 'feature-login', service: 'orders' });
    await expect(run(world, 'remove', 'feature-login', 'order')).rejects.toThrow('Did you mean orders?');
  });

  it('ends with the reason when the removal is refused', async () => {
    const world = fakeWorld(readyRecord('integration', 'integration', { kind: 'integration' }));
    world.script = [
      () => ({
        kind: 'failed',
        error: 'rejected',
        cause: 'integration is a lasting environment and is never removed.',
      }),
    ];
    await expect(run(world, 'remove', 'integration')).rejects.toThrow(/^integration is a lasting environment/);
    expect(world.started[0]?.tier).toBe('lasting');
  });

  it('says why a removal is refused, and waits for nothing', async () => {
    const world = fakeWorld(readyRecord('integration', 'integration'));
    const cause = 'integration is a lasting environment and is never removed as a whole.';
    world.script = [() => ({ kind: 'failed', error: 'rejected', cause })];
    world.clock.sleep = () => Promise.reject(new Error('waited'));
    await expect(run(world, 'remove', 'integration')).rejects.toThrow('never removed as a whole');
  });

  it('says what keeps an environment from going', async () => {
    const failure = { ...failed, reason: 'namespace espalier-feature-login: a finalizer of example.com waits' };
    const world = fakeWorld(readyRecord('feature-login', 'feature/login', { removal: { generation: 1, failure } }));
    await expect(run(world, 'remove', 'feature-login')).rejects.toThrow('a finalizer of example.com waits');
  });
});

describe('cluster', () => {
  const mine = {
    name: 'platform',
    vpc: 'vpc-0a1b2c3d',
    subnets: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
    securityGroup: 'sg-0a1b2c3d',
    endpoint: 'https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com',
    authority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t',
    autoMode: true,
    authenticationMode: 'API',
  };

  it('prints a block that the settings accept as it is', async () => {
    const world = fakeWorld();
    world.clustersThere = [mine];
    const text = await run(world, 'cluster', 'platform');
    const { authenticationMode: _mode, ...existing } = mine;
    expect(parseSettings(`repositories: [orders]\n${text}\n`, 'settings.yaml').cluster).toMatchObject({ existing });
  });

  it('offers the nearest name, and says how to switch to access entries', async () => {
    const world = fakeWorld();
    world.clustersThere = [{ ...mine, authenticationMode: 'CONFIG_MAP' }];
    await expect(run(world, 'cluster', 'platfrom')).rejects.toThrow('Did you mean platform?');
    await expect(run(world, 'cluster', 'platform')).rejects.toThrow('API_AND_CONFIG_MAP');
  });
});

describe('wrong words', () => {
  it('offers the nearest command and switch, and shows how it is called', () => {
    expect(() => parseArguments(['enviroments'])).toThrow('Did you mean environments?');
    expect(() => parseArguments(['events', 'x', '--folow'])).toThrow('Did you mean --follow?');
    expect(() => parseArguments(['show'])).toThrow('show takes NAME.');
    expect(() => parseArguments(['show', 'a', 'b'])).toThrow('npx espalier COMMAND');
  });

  it('takes a switch only with the command that knows it', () => {
    expect(() => parseArguments(['show', 'x', '--follow'])).toThrow("'--follow'");
  });
});

describe('services', () => {
  const promised = { commit: '1a2b3c4d', offers: ['v1'], dependencies: ['inventory'] };
  const applied = login.services['orders']?.applied;

  it('says what runs here, what is borrowed, and what is nowhere', async () => {
    const branch = withOrders(login, { ...(applied && { applied: { ...applied, promised } }), touched: true });
    expect(await run(fakeWorld(branch), 'services', 'feature-login')).toMatch(/inventory +orders +nowhere/);
    const lender = readyRecord('integration', 'integration', { kind: 'integration' });
    const orders = lender.services['orders'];
    const lends = { ...lender, services: orders ? { inventory: { ...orders, name: 'inventory' } } : {} };
    const text = await run(fakeWorld(branch, lends), 'services', 'feature/login');
    expect(text).toMatch(/orders +1a2b3c4d +v1 +here/);
    expect(text).toMatch(/inventory +1a2b3c4d +orders +borrowed from integration/);
  });

  it('and show say whom people ask about a service', async () => {
    const owned = { ...promised, owner: 'Team Shop' };
    const branch = withOrders(login, { ...(applied && { applied: { ...applied, promised: owned } }), touched: true });
    expect(await run(fakeWorld(branch), 'services', 'feature-login')).toMatch(/orders +Team Shop +1a2b3c4d/);
    expect(await run(fakeWorld(branch), 'show', 'feature-login')).toMatch(/owner +Team Shop/);
  });
});
