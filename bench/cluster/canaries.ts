/**
 * How fast a canary is beyond the pauses of its plan, and how fast a bad one ends: 2 replicas, 10 % → 50 % → 100 % with pauses of 10 s,
 * 150 requests a second, half on kept connections. Separate from losses, because here it is time that counts.
 */
import type { WrittenCanary } from '../../lambdas/domain/rollout/written-plan.ts';
import type { HistoryEvent } from '../../lambdas/ports/history.ts';
import { countCalls, type Calls } from '../calls.ts';
import { largest, median, type Figure } from '../figures.ts';
import type { Outcome } from '../traffic/outcome.ts';
import { reportOf } from '../traffic/report.ts';
import { GOOD, type Behaviour } from '../traffic/versions.ts';
import type { ClusterStage } from './cluster-stage.ts';
import { DeliveredService } from './delivered-service.ts';
import { momentOf, statesOf, type Entered } from './executions.ts';

const PAUSES_SECONDS = 20;
const BEYOND_SECONDS = 3;
const BAD_SECONDS = 3;
const BAD_ANSWERS = 15;
const REPLICAS = 2;
/** Shares during a pause are held against the plan from the moment that they are verified. */
const SHARE_TOLERANCE_PERCENT = 5;

/** The peers' plan. A second between measurements: the gateway is scraped every second, more often shows the same numbers. */
const PLAN: WrittenCanary = {
  strategy: 'canary',
  steps: [{ weight: 10 }, { pause: '10s' }, { weight: 50 }, { pause: '10s' }, { weight: 100 }],
  interval: '1s',
  keep: '1s',
  metrics: [{ name: 'success-rate', kind: 'success-rate', success: '>= 95', minimumSample: 20 }],
};
const FAILING: Behaviour = { fails: 30 };

/** One canary, seen from outside. */
interface Seen {
  readonly states: readonly Entered[];
  readonly outcomes: readonly Outcome[];
  readonly calls: Calls;
  readonly commits: { readonly stable: string; readonly candidate: string };
  readonly events: readonly HistoryEvent[];
  /** The events with times from the moment at which the candidate was applied. */
  readonly story: string;
}

export async function measureCanaries(stage: ClusterStage, rounds: number): Promise<readonly Figure[]> {
  const service = await DeliveredService.open(stage, 'canary');
  let stable = await service.deliver({ replicas: REPLICAS });
  const good: Seen[] = [];
  const bad: Seen[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const seen = await roll(stage, service, stable, GOOD);
    good.push(seen);
    stable = seen.commits.candidate;
    bad.push(await roll(stage, service, stable, FAILING));
  }
  await service.deleteBranch();
  return [...goodFigures(good), ...badFigures(bad), ...costFigures(good)];
}

async function roll(
  stage: ClusterStage,
  service: DeliveredService,
  stable: string,
  behaviour: Behaviour,
): Promise<Seen> {
  await service.idleSideGone();
  await service.commit({ replicas: REPLICAS, rollout: PLAN, behaviour });
  const load = service.load();
  try {
    let candidate = '';
    const calls = await countCalls(stage.laptop, async () => {
      candidate = await service.push();
      await service.ended(candidate);
    });
    const { generation = 0 } = (await service.rollout()) ?? {};
    const states = await statesOf(stage, service.environment, generation);
    const begun = momentOf(states, 'Deploy the candidate');
    const events = (await service.events(generation)).filter(({ at }) => at >= begun);
    const story = events
      .map(({ at, message }) => `\n  ${((at - begun) / 1000).toFixed(2).padStart(6)} s  ${message}`)
      .join('');
    // What was sent before the last answers came belongs to it too.
    const outcomes = (await load.stop()).filter(({ sentAt }) => sentAt >= begun);
    return { states, outcomes, calls, commits: { stable, candidate }, events, story };
  } finally {
    await load.stop();
  }
}

function goodFigures(good: readonly Seen[]): readonly Figure[] {
  const beyond = good.map(secondsBeyond);
  const slowest = good.toSorted((one, other) => secondsBeyond(other) - secondsBeyond(one))[0];
  const late = good.map(({ states, outcomes, commits }) => {
    const promoted = momentOf(states, 'Promoted');
    return reportOf(outcomes.filter(({ sentAt }) => sentAt >= promoted)).commits.find(
      ({ commit }) => commit === commits.stable,
    )?.count;
  });
  return [
    {
      what: 'good canary: beyond its pauses, from applied to verified',
      measured: median(beyond),
      unit: 's',
      limit: BEYOND_SECONDS,
      note: `slowest of ${String(good.length)} ${largest(beyond).toFixed(2)} s`,
      details: `the slowest${slowest?.story ?? ''}`,
    },
    {
      what: 'good canary: answers by the old version after it was verified',
      measured: largest(late.map((count) => count ?? 0)),
      unit: '',
      limit: 0,
    },
    {
      what: 'good canary: share beside the plan while it pauses, in percent points',
      measured: largest(good.flatMap(sharesOff)),
      unit: '',
      limit: SHARE_TOLERANCE_PERCENT,
      note: 'from the moment that the share was verified',
    },
    {
      what: 'good canary: lost requests',
      measured: good.reduce((sum, { outcomes }) => sum + reportOf(outcomes).lost, 0),
      unit: '',
      limit: 0,
      note: `of ${String(good.reduce((sum, { outcomes }) => sum + outcomes.length, 0))}`,
    },
  ];
}

function secondsBeyond({ states }: Seen): number {
  return (momentOf(states, 'Promoted') - momentOf(states, 'Deploy the candidate')) / 1000 - PAUSES_SECONDS;
}

/** How far the candidate's share of the answers was from the plan's, from the moment that it was verified to the end of its pause. */
function sharesOff({ outcomes, commits, events }: Seen): readonly number[] {
  const since = (step: number): number =>
    events.find(({ message }) => message.startsWith(`Step ${String(step)} of `))?.at ?? Number.NaN;
  return PLAN.steps.flatMap((step, index) => {
    if (!('pause' in step)) return [];
    const [from, to] = [since(index + 1), since(index + 2)];
    const during = outcomes.filter(({ sentAt }) => sentAt >= from && sentAt < to);
    const share = reportOf(during).commits.find(({ commit }) => commit === commits.candidate)?.count ?? 0;
    const before = PLAN.steps[index - 1];
    const percent = before !== undefined && 'weight' in before ? before.weight : 0;
    return [Math.abs((100 * share) / during.length - percent)];
  });
}

function badFigures(bad: readonly Seen[]): readonly Figure[] {
  const reports = bad.map(({ outcomes }) => reportOf(outcomes));
  const spans = reports.map(({ bad: { first = 0, last = 0 } }) => (last - first) / 1000);
  const slowest = bad[spans.indexOf(largest(spans))];
  const failures = reports.map(({ bad: { count } }) => count);
  return [
    {
      what: 'bad canary: from the first bad answer to the last',
      measured: median(spans),
      unit: 's',
      limit: BAD_SECONDS,
      note: `slowest of ${String(bad.length)} ${largest(spans).toFixed(2)} s`,
      details: `the slowest${slowest?.story ?? ''}`,
    },
    {
      what: 'bad canary: failures seen by users',
      measured: median(failures),
      unit: '',
      limit: BAD_ANSWERS,
      note: `most of ${String(bad.length)} ${String(largest(failures))}`,
    },
    {
      what: 'bad canary: lost requests',
      measured: reports.reduce((sum, { lost }) => sum + lost, 0),
      unit: '',
      limit: 0,
    },
  ];
}

/** The whole delivery of a good canary, its build included: transitions of both executions, calls of all functions. */
function costFigures(good: readonly Seen[]): readonly Figure[] {
  const total = ({ calls }: Seen, kubernetes: boolean): number =>
    Object.entries(calls)
      .filter(([api]) => (api === 'kubernetes') === kubernetes)
      .reduce((sum, [, count]) => sum + count, 0);
  const machines = Map.groupBy(good.at(-1)?.states ?? [], ({ machine }) => machine);
  const perAction = Object.entries(good.at(-1)?.calls ?? {})
    .sort(([, one], [, other]) => other - one)
    .map(([api, count]) => `${api} ${String(count)}`);
  return [
    {
      what: 'good canary: state transitions',
      measured: median(good.map(({ states }) => states.length)),
      unit: '',
      note: [...machines].map(([machine, states]) => `${machine} ${String(states.length)}`).join(', '),
    },
    {
      what: 'good canary: AWS calls',
      measured: median(good.map((seen) => total(seen, false))),
      unit: '',
      details: perAction.join(', '),
    },
    { what: 'good canary: Kubernetes calls', measured: median(good.map((seen) => total(seen, true))), unit: '' },
  ];
}
