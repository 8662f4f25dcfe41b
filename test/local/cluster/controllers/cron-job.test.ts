/** CronJobs of the laptop's cluster: when they are due, and what they start. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cronJobController, isDue } from '../../../../local/cluster/controllers/cron-job.ts';
import type { Cluster, CronJob, Job } from '../../../../local/cluster/kinds.ts';

const NOON = Date.parse('2026-03-29T12:00:00Z'); // A Sunday.

describe('a schedule', () => {
  test.each([
    ['0 12 * * *', 'UTC', true],
    ['0 14 * * *', 'Europe/Berlin', true],
    ['30 17 * * *', 'Asia/Kolkata', true],
    ['*/15 8-16/4 29 mar sun', 'UTC', true],
    ['0 12 1 * 0', 'UTC', true],
    ['0 12 1 * *', 'UTC', false],
    ['1,2 12 * * *', 'UTC', false],
    ['0 13/3 * * *', 'UTC', false],
  ])('%s in %s', (schedule, zone, due) => {
    expect(isDue(schedule, zone, NOON)).toBe(due);
  });
});

describe('a CronJob', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOON + 5_000 }));
  afterEach(() => void vi.useRealTimers());

  const look = (change: object, jobs: Job[] = []) => {
    const made: { metadata: { name: string } }[] = [];
    const told: unknown[] = [];
    const spec = { schedule: '0 12 * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: {} } };
    const metadata = { name: 'nightly', namespace: 'one', uid: 'u', resourceVersion: '1' };
    const cron = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { ...metadata, creationTimestamp: '2026-03-01T00:00:00Z' },
      spec,
      ...change,
    } as unknown as CronJob;
    const cluster = {
      objects: { updateStatus: (object: CronJob) => void told.push(object.status?.lastScheduleTime) },
      get: () => cron,
      list: () => jobs,
      create: (kind: string, object: { metadata: { name: string } }) => void (kind === 'Job' && made.push(object)),
    } as unknown as Cluster;
    const again = cronJobController(cluster).reconcile('one', 'nightly');
    return { made: made.map((one) => one.metadata.name), told, again };
  };
  const running = { metadata: { name: 'x', ownerReferences: [{ kind: 'CronJob', controller: true, uid: 'u' }] } };

  test('starts a Job when it is due, remembers the minute, and looks again at the next', () => {
    expect(look({})).toEqual({
      made: [`nightly-${String(NOON / 60_000)}`],
      told: ['2026-03-29T12:00:00Z'],
      again: 55_000,
    });
  });

  test('starts none a second time in the minute, none while one runs, and none while it is suspended', () => {
    expect(look({ status: { lastScheduleTime: '2026-03-29T12:00:00Z' } }).made).toEqual([]);
    expect(look({}, [running as unknown as Job]).made).toEqual([]);
    expect(look({ spec: { schedule: '0 12 * * *', suspend: true, jobTemplate: { spec: {} } } }).made).toEqual([]);
  });
});
