/**
 * Whether a request is lost when traffic moves: many switches, by one step and by shares, and many aborts, all under one constant load
 * that uses kept connections as well as new ones. Separate because it is the promise that everything else serves.
 */
import type { WrittenCanary, WrittenPlan } from '../../lambdas/domain/rollout/written-plan.ts';
import { median, type Figure } from '../figures.ts';
import { describeReport, reportOf } from '../traffic/report.ts';
import type { ClusterStage } from './cluster-stage.ts';
import { DeliveredService } from './delivered-service.ts';

/** How many of each. */
export interface Rounds {
  readonly switches: number;
  readonly aborts: number;
}

const BLUE_GREEN: WrittenPlan = { strategy: 'blue-green', keep: '1s' };
const CANARY: WrittenCanary = {
  strategy: 'canary',
  steps: [{ weight: 20 }, { pause: '1s' }, { weight: 100 }],
  keep: '1s',
};
/** Stays at half of the requests until somebody aborts. */
const ASKING: WrittenCanary = {
  strategy: 'canary',
  steps: [{ weight: 50 }, { pause: 'until-approved' }, { weight: 100 }],
};
/**
 * Three builds that take turns: whoever comes next was not the last before, so that every switch is a whole rollout by its plan and no
 * short way back.
 */
const TURNS: readonly WrittenPlan[] = [BLUE_GREEN, CANARY, BLUE_GREEN];

export async function measureSwitches(stage: ClusterStage, rounds: Rounds): Promise<readonly Figure[]> {
  const service = await DeliveredService.open(stage, 'switch');
  const commits: string[] = [];
  for (const rollout of TURNS) commits.push(await service.deliver({ rollout }));
  const load = service.load();
  const seconds: number[] = [];
  try {
    for (let round = 0; round < rounds.switches; round += 1) {
      const commit = commits[round % commits.length] ?? '';
      const begun = performance.now();
      await service.moveTo(commit);
      await service.serves(commit);
      seconds.push((performance.now() - begun) / 1000);
    }
    const wrong = await service.commit({ rollout: ASKING });
    await service.push();
    for (let round = 0; round < rounds.aborts; round += 1) {
      if (round > 0) await service.decide('retry');
      await service.asked(wrong);
      await service.decide('abort');
      await service.ended(wrong);
    }
    return figuresOf(rounds, seconds, reportOf(await load.stop()));
  } finally {
    await load.stop();
    await service.deleteBranch();
  }
}

function figuresOf(rounds: Rounds, seconds: readonly number[], report: ReturnType<typeof reportOf>): readonly Figure[] {
  const { kept, new: fresh } = report.connections;
  const of = `${String(rounds.switches)} switches and ${String(rounds.aborts)} aborts`;
  return [
    {
      what: `lost in ${of}: kept connections`,
      measured: kept.lost,
      unit: '',
      limit: 0,
      note: `of ${String(kept.requests)}`,
      details: describeReport(report),
    },
    {
      what: `lost in ${of}: new connections`,
      measured: fresh.lost,
      unit: '',
      limit: 0,
      note: `of ${String(fresh.requests)}`,
    },
    { what: 'a switch, from the push of a built commit to recorded', measured: median(seconds), unit: 's' },
  ];
}
