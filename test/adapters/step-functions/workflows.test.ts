/** State machines as a person starts and watches them. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { stepFunctionsWorkflows } from '../../../lambdas/adapters/step-functions/workflows.ts';
import { answer, wire, type WireAnswer, type WireCall } from '../aws/wire.ts';

const arn = (name: string): string => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
const machines = (...names: string[]) => names.map((name) => ({ name, stateMachineArn: arn(name) }));

function workflows(answers: (call: WireCall) => WireAnswer) {
  const { options, calls } = wire(answers);
  return { workflows: stepFunctionsWorkflows(new SFNClient(options), 'espalier'), calls };
}

describe('a workflow that a person starts', () => {
  const list = ({ action, input }: WireCall): WireAnswer => {
    if (action === 'StartExecution') return answer({ executionArn: 'arn:execution', startDate: 1 });
    return (input as { nextToken?: string }).nextToken === undefined
      ? answer({ stateMachines: machines('other-deliver-service', 'espalier-deliver-service'), nextToken: 'more' })
      : answer({ stateMachines: machines('espalier-deliver-service-lasting') });
  };

  it('is found by installation and tier, on whichever page, and gets the input as it is', async () => {
    const { workflows: found, calls } = workflows(list);
    const input = { repository: 'orders', branch: 'a$(id)`<!channel>' };
    expect(await found.start('deliver-service', 'lasting', input)).toBe('arn:execution');
    const started = calls.at(-1)?.input as { stateMachineArn: string; input: string };
    expect(started.stateMachineArn).toBe(arn('espalier-deliver-service-lasting'));
    expect(JSON.parse(started.input)).toEqual(input);
  });

  it('is not begun where the installation is not deployed', async () => {
    const { workflows: found, calls } = workflows(list);
    await expect(found.start('sweep', 'branch', {})).rejects.toThrow('"espalier" is not deployed here');
    expect(calls.map(({ action }) => action)).not.toContain('StartExecution');
  });

  it('tells how it ended', async () => {
    const state = (described: object) => workflows(() => answer(described)).workflows.state('arn:execution');
    expect(await state({ status: 'RUNNING' })).toEqual({ kind: 'running' });
    expect(await state({ status: 'SUCCEEDED', output: '{"url":"x"}' })).toEqual({
      kind: 'succeeded',
      output: { url: 'x' },
    });
    expect(await state({ status: 'FAILED', error: 'rejected', cause: 'No.' })).toEqual({
      kind: 'failed',
      error: 'rejected',
      cause: 'No.',
    });
    expect(await state({ status: 'ABORTED' })).toEqual({ kind: 'failed', error: 'ABORTED', cause: '' });
  });
});
