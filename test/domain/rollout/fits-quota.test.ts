/** Both sides of a service fit the environment, or the author reads what is too much before anything is touched. */
import { describe, expect, it } from 'vitest';
import { limitsProblem, quotaProblem, type Sized } from '../../../lambdas/domain/rollout/fits-quota.ts';
import type { ServiceDefinition } from '../../../lambdas/domain/service/definition.ts';
import { serviceFile } from '../../handlers/cluster-world.ts';

const QUOTA = { cpu: '2', memory: '1Gi', disk: '20Gi', pods: 10 };
const sized = (replicas: number, more: Partial<Sized> = {}): Sized => ({
  name: 'orders',
  replicas,
  resources: { cpu: '50m', memory: '64Mi' },
  ...more,
});
const problem = (stable: Sized, candidate: Sized, ...others: readonly Sized[]) =>
  quotaProblem({ stable, candidate, others }, QUOTA);

it('fits up to the last pod', () => {
  expect(problem(sized(5), sized(5))).toBeUndefined();
  expect(problem(sized(3), sized(3), sized(4, { name: 'web' }))).toBeUndefined();
});

it.each([
  [problem(sized(5), sized(6)), '5 old and 6 new pods of orders come to 11 pods where 10 are allowed'],
  // The new side takes over from as many pods as there are.
  [problem(sized(6), sized(1)), '6 old and 6 new pods of orders come to 12 pods'],
  [problem(sized(3), sized(3), sized(5, { name: 'web' })), '3 new pods of orders and web come to 11 pods'],
  [problem(sized(2), sized(2, { resources: { cpu: '1.5', memory: '64Mi' } })), '3.1 processors where 2 are allowed'],
  [problem(sized(2), sized(2, { resources: { cpu: '50m', memory: '1Gi' } })), '2176Mi of memory where 1Gi are allowed'],
  [
    problem(sized(2), sized(2, { resources: { cpu: '50m', memory: '64Mi', disk: '10Gi' } })),
    '20992Mi of disk where 20Gi are allowed',
  ],
  [
    problem(sized(1), sized(1, { containers: { proxy: { command: [], resources: { cpu: '2', memory: '64Mi' } } } })),
    '2.1 processors where 2 are allowed',
  ],
])('says what is too much: %s', (said, expected) => {
  expect(said).toContain(expected);
});

it('counts a version by itself where it replaces pods in place', () => {
  const alone = (replicas: number, ...others: readonly Sized[]) =>
    quotaProblem({ candidate: sized(replicas), others }, QUOTA);
  expect(alone(10)).toBeUndefined();
  expect(alone(11)).toBe('11 pods of orders come to 11 pods where 10 are allowed');
  expect(alone(8, sized(3, { name: 'web' }))).toBe('8 pods of orders and web come to 11 pods where 10 are allowed');
});

it('counts the baseline of a judged plan, in the size of its largest share', () => {
  const judged = (replicas: number, baselinePercent: number) =>
    quotaProblem({ stable: sized(replicas), candidate: sized(replicas), baselinePercent, others: [] }, QUOTA);
  expect(judged(4, 50)).toBeUndefined();
  expect(judged(5, 0)).toBeUndefined();
  expect(judged(5, 10)).toContain('5 old and 5 new pods and 1 of the baseline of orders come to 11 pods');
});

describe('a container that is larger than one may be', () => {
  const LIMITS = { cpu: '2', memory: '1Gi', disk: '2Gi' };
  const large = { cpu: '3', memory: '2Gi', disk: '3Gi' };
  const small = { cpu: '5m', memory: '64Mi' };

  it('is told with what it asks for and what is allowed', () => {
    expect(limitsProblem(serviceFile({ resources: large }), LIMITS)).toBe(
      'orders asks for 3 processors where 2 are allowed; orders asks for 2Gi of memory where 1Gi are allowed; orders asks for 3Gi of disk where 2Gi are allowed',
    );
    expect(limitsProblem(serviceFile({ resources: { cpu: '2', memory: '1Gi', disk: '2Gi' } }), LIMITS)).toBeUndefined();
  });

  const disk = { ...small, disk: '3Gi' };
  const task = { command: ['run'], within: '5m', resources: disk };
  it.each<[string, Partial<ServiceDefinition>]>([
    ['orders, container proxy,', { containers: { proxy: { command: [], resources: disk } } }],
    ['the process worker', { processes: { worker: { command: [], replicas: 1, resources: disk } } }],
    ['the schedule nightly', { schedules: { nightly: { ...task, schedule: '0 3 * * *' } } }],
    ['the job migrate', { jobs: { before: [{ ...task, name: 'migrate' }] } }],
  ])('is found wherever it is: %s', (who, change) => {
    expect(limitsProblem(serviceFile(change), LIMITS)).toBe(`${who} asks for 3Gi of disk where 2Gi are allowed`);
  });

  it('may write the usual where nobody says anything', () => {
    expect(limitsProblem(serviceFile({ resources: small }), { ...LIMITS, disk: '100Mi' })).toBe(
      'orders asks for 256Mi of disk where 100Mi are allowed',
    );
  });
});
