/**
 * How long a push takes to a new environment that answers, beyond its build, held against kubectl with the same objects, taken in turns.
 * Separate from further pushes, which need no namespace.
 */
import { ask } from '../../tour/ask.ts';
import { COMMIT_HEADER } from '../../lambdas/contracts/variables.ts';
import { buildSeconds } from '../delivery.ts';
import { largest, median, type Figure } from '../figures.ts';
import { isBad } from '../traffic/outcome.ts';
import { startLoad } from '../traffic/load.ts';
import type { ClusterStage } from './cluster-stage.ts';
import { DeliveredService, PER_SECOND } from './delivered-service.ts';
import { momentOf, statesOf } from './executions.ts';
import { applyPlainly, copyOf, removeCopy } from './plain-apply.ts';

const TIMES_AS_LONG = 1.3;
const REPLICAS = 2;
const PATIENCE_MS = 120_000;
/** Between two questions of the way in; what it adds to both sides of the comparison. */
const ASK_EVERY_MS = 20;
/** The state that is entered when the record says what is reachable. */
const AFTER_RECORD = 'Is there a side that lost its traffic?';
/** What an announced route is asked: two seconds of the load. */
const FIRST_REQUESTS = 300;

interface Round {
  /** Seconds from the push until it answers and is recorded as read back, without those of the build. */
  readonly beyond: number;
  readonly build: number;
  /** Seconds of kubectl until the first answer, and those of them after `rollout status`. */
  readonly plain: number;
  readonly gateway: number;
  /** Bad answers among the first requests after the service was announced. */
  readonly bad: number;
  readonly story: string;
}

export async function measureNewEnvironments(stage: ClusterStage, rounds: number): Promise<readonly Figure[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measureOne(stage, `first-${String(round)}`));
  const beyond = median(measured.map((each) => each.beyond));
  const plain = median(measured.map((each) => each.plain));
  const slowest = measured.toSorted((one, other) => other.beyond - one.beyond)[0];
  return [
    {
      what: 'new environment: push to reachable and recorded beyond the build, as many times kubectl',
      measured: beyond / plain,
      unit: '×',
      limit: TIMES_AS_LONG,
      note: `${beyond.toFixed(2)} s, slowest of ${String(rounds)} ${largest(measured.map((each) => each.beyond)).toFixed(2)} s; its build ${median(measured.map(({ build }) => build)).toFixed(2)} s`,
      details: `the slowest${slowest?.story ?? ''}`,
    },
    {
      what: 'the same objects by kubectl apply, rollout status, and the gateway',
      measured: plain,
      unit: 's',
      note: `of them the gateway after the pods ${median(measured.map(({ gateway }) => gateway)).toFixed(2)} s`,
    },
    {
      what: 'bad answers once a new environment was announced',
      measured: measured.reduce((sum, { bad }) => sum + bad, 0),
      unit: '',
      limit: 0,
      note: `of ${String(rounds * FIRST_REQUESTS)}`,
    },
  ];
}

async function measureOne(stage: ClusterStage, name: string): Promise<Round> {
  const { gateway, kubeconfig } = stage.laptop.endpoints;
  const service = await DeliveredService.open(stage, name);
  await service.commit({ replicas: REPLICAS });
  const pushedAt = Date.now();
  const commit = await service.push();
  await answers(gateway, service.host, commit);
  const answeredAt = Date.now();
  await service.announced(commit);
  const load = startLoad({
    address: gateway,
    name: service.host,
    perSecond: PER_SECOND,
    requests: FIRST_REQUESTS,
    seconds: FIRST_REQUESTS,
  });
  const bad = (await load.ended()).filter(isBad).length;
  const { applied } = await service.serves(commit);

  const copy = await copyOf(kubeconfig, service.namespace, `${service.namespace}-plain`);
  const applying = performance.now();
  await applyPlainly(kubeconfig, copy);
  const rolledOut = performance.now();
  await answers(gateway, copy.host, commit);
  const answered = performance.now();
  await removeCopy(kubeconfig, copy);

  const build = await buildSeconds(stage.laptop, commit);
  const states = await statesOf(stage, service.environment, applied?.generation ?? 0);
  const recordedAt = momentOf(states, AFTER_RECORD);
  const reachable = (Math.max(answeredAt, recordedAt) - pushedAt) / 1000;
  const story = states
    .map(({ at, state }) => `\n  ${((at - pushedAt) / 1000).toFixed(2).padStart(6)} s  ${state}`)
    .join('');
  await service.deleteBranch();
  const [plain, waited] = [answered - applying, answered - rolledOut];
  return { beyond: reachable - build, build, plain: plain / 1000, gateway: waited / 1000, bad, story };
}

/** Asks until this commit answers. */
async function answers(gateway: string, host: string, commit: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answered = await ask(gateway, `http://${host}/`, '/health').catch(() => undefined);
    if (answered?.status === 200 && answered.headers[COMMIT_HEADER] === commit) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`${host} did not answer as ${commit.slice(0, 8)} within ${String(PATIENCE_MS / 1000)} s.`);
}
