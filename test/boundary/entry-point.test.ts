/** The one entry of every function: errors keep their names, logs carry the identifiers. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entryPoint } from '../../lambdas/boundary/entry-point.ts';
import { RejectedError, SupersededError, TransientError } from '../../lambdas/domain/errors.ts';

const INVOCATION = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 1_000 };
const lines: Record<string, unknown>[] = [];

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Record<string, unknown>);
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  lines.length = 0;
});

describe('a function', () => {
  it('answers what its use case answers, and logs who asked for what', async () => {
    const handler = entryPoint(
      'deploy',
      (event) => event,
      () => Promise.resolve({ kind: 'ready' }),
    );
    const delivery = {
      environment: 'feature-x',
      service: 'orders',
      generation: 3,
      branch: '<!channel>\n{"level":"fake"}',
    };
    expect(await handler({ action: 'apply', execution: 'one', delivery }, INVOCATION)).toEqual({ kind: 'ready' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      message: 'done',
      stage: 'deploy',
      action: 'apply',
      environment: 'feature-x',
      service: 'orders',
      generation: 3,
      execution: 'one',
      request: 'request-1',
      branch: '<!channel>\n{"level":"fake"}',
    });
  });

  it.each([new TransientError('why'), new RejectedError('why'), new SupersededError('why')])(
    'fails under the name that state machines catch: $name',
    async (error) => {
      const handler = entryPoint(
        'deploy',
        (event) => event,
        () => failing(error),
      );
      await expect(handler({}, INVOCATION)).rejects.toBe(error);
      expect(lines.at(-1)).toMatchObject({ message: error.name, reason: 'why' });
    },
  );

  it('fails under its own name for a bug, with the stack in the log', async () => {
    const handler = entryPoint(
      'deploy',
      (event) => event,
      () => failing(new TypeError('x is undefined')),
    );
    await expect(handler({}, INVOCATION)).rejects.toThrow(TypeError);
    expect(lines.at(-1)).toMatchObject({ message: 'bug', error: { name: 'TypeError' } });
  });

  it('carries nothing from one invocation into the next', async () => {
    const handler = entryPoint(
      'deploy',
      (event) => event,
      () => Promise.resolve({}),
    );
    await handler({ environment: 'feature-a' }, INVOCATION);
    await handler({}, INVOCATION);
    expect(lines.at(-1)).not.toHaveProperty('environment');
  });
});

/** A use case that fails. */
function failing(thrown: Error): Promise<never> {
  return Promise.reject(thrown);
}
