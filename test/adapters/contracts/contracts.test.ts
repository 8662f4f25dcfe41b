/** The fakes that other tests rely on keep the contracts of their ports. */
import { describe } from 'vitest';
import { FakeBuilds } from '../../fakes/builds.ts';
import { FakeLayers, FakeSecretStates, FakeTenants } from '../../fakes/configuration.ts';
import { FakeHistory } from '../../fakes/history.ts';
import { FakePushes } from '../../fakes/pushes.ts';
import { FakeRecords } from '../../fakes/records.ts';
import { FakeApprovals, FakeRollouts } from '../../fakes/rollouts.ts';
import { FakeStarters } from '../../fakes/starters.ts';
import { FakeSweepStates } from '../../fakes/sweep-states.ts';
import { buildsContract } from './builds-contract.ts';
import { configurationContract } from './configuration-contract.ts';
import { historyContract } from './history-contract.ts';
import { pushesContract } from './pushes-contract.ts';
import { recordsContract } from './records-contract.ts';
import { rolloutsContract } from './rollouts-contract.ts';
import { startersContract } from './starters-contract.ts';
import { sweepStatesContract } from './sweep-states-contract.ts';

describe('records in memory', () => {
  recordsContract(() => {
    let now = 0;
    return Promise.resolve({ records: new FakeRecords(() => now), pass: (milliseconds) => (now += milliseconds) });
  });
});

describe('builds in memory', () => {
  buildsContract(() => Promise.resolve(new FakeBuilds()));
});

describe('history in memory', () => {
  historyContract(() => Promise.resolve(new FakeHistory()));
});

describe('sweep states in memory', () => {
  sweepStatesContract(() => Promise.resolve(new FakeSweepStates()));
});

describe('rollouts and approvals in memory', () => {
  rolloutsContract(() => Promise.resolve({ rollouts: new FakeRollouts(), approvals: new FakeApprovals() }));
});

describe('pushes in memory', () => {
  pushesContract(() => Promise.resolve(new FakePushes()));
});

describe('starters in memory', () => {
  startersContract(() => Promise.resolve(new FakeStarters()));
});

describe('layers, tenants and secret states in memory', () => {
  configurationContract(() =>
    Promise.resolve({ layers: new FakeLayers(), tenants: new FakeTenants(), secretStates: new FakeSecretStates() }),
  );
});
