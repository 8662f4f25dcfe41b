/** What the laptop's CodeBuild hears of a build, in whatever order the operating system tells it. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { hearAgent } from '../../../local/aws/codebuild/hear-agent.ts';

const agentProcess = () => new EventEmitter() as unknown as ChildProcess;
const done = { kind: 'done', succeeded: true, uploads: true, variables: {} };

it('hears how a build ended when its process is reported gone before its last words', async () => {
  const agent = agentProcess();
  const heard: string[] = [];
  const end = hearAgent(agent, ({ kind }) => heard.push(kind));
  agent.emit('exit', 0, null);
  agent.emit('message', { kind: 'phase-began', phase: 'POST_BUILD' });
  agent.emit('message', { kind: 'phase-ended', phase: 'POST_BUILD' });
  agent.emit('message', done);
  agent.emit('close', 0, null);
  expect(await end).toEqual(done);
  expect(heard).toEqual(['phase-began', 'phase-ended']);
});

it('says so when a process ended without a last word', async () => {
  const agent = agentProcess();
  const end = hearAgent(agent, () => undefined);
  agent.emit('exit', null, 'SIGKILL');
  agent.emit('close', null, 'SIGKILL');
  await expect(end).rejects.toThrow('The process of the build ended');
});
