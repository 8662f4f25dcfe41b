/** Bound alarms: what looks come to, and when the next one is due. */
import { describe, expect, it } from 'vitest';
import type { AlarmReading } from '../../../lambdas/contracts/lookout.ts';
import { judgeAlarms, watchAlarms, type AlarmWatch } from '../../../lambdas/domain/analysis/alarms.ts';

const quiet: AlarmReading = { name: 'shop', state: 'quiet' };
const fires: AlarmReading = { name: 'shop', state: 'fires', since: 0, reason: 'too many errors' };
const unknown: AlarmReading = { name: 'shop', state: 'unknown', because: 'CloudWatch is away' };
const absent: AlarmReading = { name: 'shop', state: 'absent' };
const after = (readings: readonly AlarmReading[], despite = false): AlarmWatch | undefined =>
  readings.reduce<AlarmWatch | undefined>(
    (watch, reading, at) => watchAlarms(watch, [reading], at, despite),
    undefined,
  );
const verdict = (readings: readonly AlarmReading[], despite = false) =>
  judgeAlarms(after(readings, despite) ?? watchAlarms(undefined, [], 0, despite));

describe('alarms', () => {
  it('are quiet when all of them are', () => {
    expect(verdict([quiet])).toEqual({ kind: 'quiet' });
  });

  it('fire when one of several does, in its own words', () => {
    const watch = watchAlarms(undefined, [{ name: 'other', state: 'quiet' }, fires], 0, false);
    expect(judgeAlarms(watch)).toEqual({
      kind: 'fires',
      said: 'the alarm fires: "shop" since 1970-01-01T00:00:00.000Z (too many errors)',
    });
  });

  it('that nobody could look at are not quiet; before the first answer that counts at once, later the fifth time', () => {
    expect(verdict([unknown])).toMatchObject({ kind: 'unknown', exceeded: true });
    expect(verdict([quiet, unknown, unknown, unknown, unknown])).toMatchObject({ exceeded: false });
    expect(verdict([quiet, unknown, unknown, unknown, unknown, unknown])).toMatchObject({ exceeded: true });
    expect(verdict([quiet, unknown, unknown, unknown, unknown, quiet, unknown])).toMatchObject({ exceeded: false });
  });

  it('that were seen firing fire until they were seen quiet', () => {
    expect(verdict([fires, unknown])).toMatchObject({ kind: 'fires' });
    expect(verdict([fires, quiet])).toEqual({ kind: 'quiet' });
  });

  it('that do not exist are named', () => {
    expect(verdict([absent])).toEqual({ kind: 'absent', said: 'there is no alarm "shop" in CloudWatch' });
  });
});

describe('despite alarms', () => {
  it('one that fires at the first answer does not count, however late that answer is', () => {
    expect(verdict([fires], true)).toEqual({ kind: 'quiet' });
    expect(verdict([unknown, unknown, fires], true)).toEqual({ kind: 'quiet' });
    expect(verdict([absent], true)).toEqual({ kind: 'quiet' });
  });

  it('one that was quiet in between counts again, and so does one that begins later', () => {
    expect(verdict([fires, quiet, fires], true)).toMatchObject({ kind: 'fires' });
    expect(verdict([quiet, fires], true)).toMatchObject({ kind: 'fires' });
  });
});
