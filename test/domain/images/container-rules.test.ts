/** The rules for containers: what breaks them, how the message says to mend it, and what an exception does. */
import { describe, expect, it } from 'vitest';
import { describeBreaches, judgeContainers } from '../../../lambdas/domain/images/container-rules.ts';
import { factsOf, type ImageFacts } from '../../../lambdas/domain/images/image-facts.ts';
import { bytesOf } from '../../../lambdas/domain/service/amounts.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { serviceFile } from '../../handlers/cluster-world.ts';

const LIMITS = { largestImage: bytesOf('100Mi'), largestLayer: bytesOf('60Mi') };
const FACTS: ImageFacts = { user: '1000', layers: [1_000], secretVariables: [], secretSteps: [] };
const RESOURCES = { cpu: '5m', memory: '32Mi' };
const judge = (change: Partial<ServiceDefinition>, facts: Partial<ImageFacts> = {}, today = '2026-11-26') =>
  judgeContainers(serviceFile(change), { ...FACTS, ...facts }, LIMITS, today);
const beside = (image: string) => ({ containers: { proxy: { image, command: [], resources: RESOURCES } } });

describe('an image', () => {
  it('that breaks nothing is fine', () => {
    expect(judge({})).toEqual([]);
    expect(judge({}, { user: 'node' })).toEqual([]);
  });

  it.each([
    [{ user: '' }, 'runs as root (it has no USER). End the Dockerfile with `USER 1000`'],
    [{ user: '0:0' }, 'runs as root (USER 0:0)'],
    [
      { secretVariables: ['DB_PASSWORD'] },
      'what looks like a secret in its variable DB_PASSWORD (the value is not repeated)',
    ],
    [{ secretSteps: ['ARG NPM_TOKEN'] }, '(ARG NPM_TOKEN; the value is not repeated)'],
    [
      { layers: Array.from({ length: 4 }, () => bytesOf('50Mi')) },
      'the image has 200 MiB compressed; allowed: 100 MiB',
    ],
    [{ layers: [1, bytesOf('61Mi')] }, 'layer 2 of the image has 61 MiB compressed; allowed: 60 MiB'],
  ])('with %j is refused, and the message says how to mend it', (facts, said) => {
    expect(judge({}, facts)).toEqual([expect.stringContaining(said)]);
  });
});

describe('a service file', () => {
  it.each([
    [beside('proxy.example/proxy'), 'containers.proxy.image is proxy.example/proxy: latest is another image tomorrow'],
    [beside(`proxy:latest@sha256:${'a'.repeat(64)}`), 'latest is another image tomorrow'],
    [beside('proxy.example:5000/proxy:1.4'), 'a tag can be moved to another image. Add the digest'],
    [{ command: ['node', '--db=10.1.2.3'] }, 'command holds the address 10.1.2.3'],
    [
      { processes: { worker: { command: ['w', '--api-key=abc'], replicas: 1, resources: RESOURCES } } },
      'processes.worker.command holds what looks like a secret (api-key; its value is not repeated)',
    ],
  ])('with %j is refused', (change, said) => {
    expect(judge(change)).toEqual([expect.stringContaining(said)]);
  });

  it('may name versions, digests, and addresses that mean this machine', () => {
    expect(judge(beside(`proxy:1.4@sha256:${'a'.repeat(64)}`))).toEqual([]);
    expect(
      judge({ command: ['serve', '--listen=0.0.0.0:8080', '127.0.0.1', '1.2.3', '--token=$(TOKEN_FILE)'] }),
    ).toHaveLength(1);
    expect(judge({ command: ['serve', '--listen=0.0.0.0:8080', '127.0.0.1', '1.2.3'] })).toEqual([]);
  });
});

describe('an exception', () => {
  const until = (day: string) => ({
    exceptions: [{ rule: 'root-user', reason: 'The base image is being replaced.', until: day }] as const,
  });

  it('lets the rule be broken until its last day has passed', () => {
    expect(judge(until('2026-11-26'), { user: '' })).toEqual([]);
    expect(judge(until('2026-11-25'), { user: '' })).toEqual([
      expect.stringMatching(/runs as root.*The exception to the rule root-user ended on 2026-11-25/),
    ]);
  });

  it('to a writable root is refused once it has ended', () => {
    const exceptions = [{ rule: 'writable-root', reason: 'It writes beside itself.', until: '2026-11-25' }] as const;
    expect(judge({ exceptions })).toEqual([expect.stringContaining('writable-root ended on 2026-11-25')]);
  });

  it('lets no other rule be broken', () => {
    expect(judge(until('2027-01-01'), { user: '', secretSteps: ['RUN'] })).toHaveLength(1);
  });
});

describe('facts of an image', () => {
  it('name where secrets are, and never hold one', () => {
    const facts = factsOf(
      { layers: [{ size: 3 }, { size: 4 }] },
      {
        config: { User: '1000', Env: ['PATH=/bin', 'API_KEY=abc123', `X=ghp_${'a'.repeat(36)}`, 'EMPTY_TOKEN='] },
        history: [
          { created_by: 'ENV API_KEY=abc123' },
          { created_by: 'ARG NPM_TOKEN=hunter2' },
          { created_by: 'RUN |1 DEPLOY_SECRET=hunter2 /bin/sh -c make' },
          { created_by: 'RUN curl -H "Authorization: $TOKEN" --data token=$TOKEN example.com # buildkit' },
          { created_by: 'RUN --mount=type=secret,id=token make' },
          {},
        ],
      },
    );
    expect(facts).toEqual({
      user: '1000',
      layers: [3, 4],
      secretVariables: ['API_KEY', 'X'],
      secretSteps: ['ARG NPM_TOKEN', 'RUN DEPLOY_SECRET'],
    });
    expect(JSON.stringify(facts)).not.toMatch(/abc123|hunter2|ghp_/);
  });
});

describe('the message to the author', () => {
  it('lists every breach and says where exceptions are declared', () => {
    expect(describeBreaches(judge({}, { user: '', secretSteps: ['RUN'] }))).toMatch(
      /^The containers break rules of this installation:\n- the image runs as root.*\(rule root-user\)\n- .*\(rule secret-in-history\)\nNothing was applied\..*`exceptions` in espalier\.yaml/,
    );
  });
});
