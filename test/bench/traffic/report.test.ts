/** What a load's outcomes say together. */
import { describe, expect, it } from 'vitest';
import type { ConnectionUse, Ending, Outcome } from '../../../bench/traffic/outcome.ts';
import { describeReport, reportOf } from '../../../bench/traffic/report.ts';

const START = 1_700_000_000_000;
const OLD: Ending = { kind: 'answered', status: 200, ours: true, commit: 'aaaaaaaaaa' };
const NEW: Ending = { kind: 'answered', status: 200, ours: true, commit: 'bbbbbbbbbb' };
const FAILED: Ending = { kind: 'answered', status: 500, ours: true, commit: 'bbbbbbbbbb' };
const NO_BACKEND: Ending = { kind: 'answered', status: 503, ours: false };
const NO_ROUTE: Ending = { kind: 'answered', status: 404, ours: false };
const OWN_NOT_FOUND: Ending = { kind: 'answered', status: 404, ours: true, commit: 'aaaaaaaaaa' };
const RESET: Ending = { kind: 'broken', reason: 'reset' };

function sent(second: number, ending: Ending, connection: ConnectionUse = 'new', tookMs = 1): Outcome {
  return { sentAt: START + second * 1000, tookMs, connection, ending };
}

describe('a report', () => {
  it('counts as lost what broke off and every error that the service did not mark as its own', () => {
    const report = reportOf([OLD, FAILED, NO_BACKEND, NO_ROUTE, OWN_NOT_FOUND, RESET].map((each) => sent(0, each)));
    expect(report).toMatchObject({
      requests: 6,
      lost: 3,
      lostBecause: { '503, not of the service': 1, '404, not of the service': 1, reset: 1 },
      statuses: { 200: 1, 404: 2, 500: 1, 503: 1 },
    });
  });

  it('tells kept connections from new ones', () => {
    const report = reportOf([sent(0, OLD, 'kept'), sent(0, RESET, 'kept'), sent(0, OLD, 'new')]);
    expect(report.connections).toEqual({ kept: { requests: 2, lost: 1 }, new: { requests: 1, lost: 0 } });
  });

  it('knows the first and the last bad answer, lost or failed, by when they were sent', () => {
    const report = reportOf([sent(9, OLD), sent(5, NO_BACKEND), sent(2, FAILED), sent(3, NEW)]);
    expect(report.bad).toEqual({ count: 2, first: START + 2_000, last: START + 5_000 });
    expect(reportOf([sent(0, OLD)]).bad).toEqual({ count: 0 });
  });

  it('says which commit answered, how often, how badly and when', () => {
    const report = reportOf([sent(0, OLD), sent(1, OLD), sent(1, FAILED), sent(1.5, NO_BACKEND), sent(3, NEW)]);
    expect(report.commits).toEqual([
      { commit: 'aaaaaaaaaa', count: 2, bad: 0, first: START, last: START + 1_000 },
      { commit: 'bbbbbbbbbb', count: 2, bad: 1, first: START + 1_000, last: START + 3_000 },
    ]);
    expect(report.overTime).toEqual([
      { at: START, lost: 0, bad: 0, commits: { aaaaaaaaaa: 1 } },
      { at: START + 1_000, lost: 1, bad: 2, commits: { aaaaaaaaaa: 1, bbbbbbbbbb: 1 } },
      { at: START + 3_000, lost: 0, bad: 0, commits: { bbbbbbbbbb: 1 } },
    ]);
  });

  it('gives latencies by nearest rank', () => {
    const report = reportOf(Array.from({ length: 100 }, (_, index) => sent(index, OLD, 'new', index + 1)));
    expect(report.latency).toEqual({ p50: 50, p95: 95, p99: 99, slowest: 100 });
  });

  it('of nothing is nothing', () => {
    expect(reportOf([])).toMatchObject({ requests: 0, lost: 0, commits: [], overTime: [], latency: { slowest: 0 } });
  });

  it('reads in lines, with times from the first request', () => {
    const text = describeReport(reportOf([sent(0, OLD, 'kept'), sent(2, FAILED), sent(4.5, RESET)]));
    expect(text.split('\n')).toEqual([
      '1 of 3 requests lost (kept connections 0 of 1, new ones 1 of 2)',
      'lost because: reset: 1',
      'bad answers: 2, from 2.0 s to 4.5 s of the load',
      'aaaaaaaa answered 1, 0 of them badly, from 0.0 s to 0.0 s',
      'bbbbbbbb answered 1, 1 of them badly, from 2.0 s to 2.0 s',
      'latency: half within 1.0 ms, 99 % within 1.0 ms, slowest 1 ms',
    ]);
  });
});
