/**
 * Moves a rollout on: look, decide, write, remember, and again, for as long as one call of a function may take. It can be killed at any
 * line: whoever comes next goes on from what is true in the cluster.
 */
import type { LookoutRequest, Seen } from '../../contracts/lookout.ts';
import type { AdvanceAnswer, Claim, Delivery, RolloutClaim } from '../../contracts/payloads.ts';
import { judgeAlarms, nextAlarmLook } from '../../domain/analysis/alarms.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { SupersededError, TransientError } from '../../domain/errors.ts';
import { applyDecision } from '../../domain/rollout/advance.ts';
import { shellWord } from '../../domain/naming/shell-word.ts';
import { approvalOf } from '../../domain/rollout/approval.ts';
import { decide } from '../../domain/rollout/decide.ts';
import type { Decision } from '../../domain/rollout/decision.ts';
import type { Observation, Order } from '../../domain/rollout/observation.ts';
import { describeDecision, describeReason } from '../../domain/rollout/describe.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { ServicePlace } from '../../domain/manifests/manifest.ts';
import { brokenContract } from '../ask-contract.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { PATIENCE } from '../patience.ts';
import { definitionOf } from '../service-definition.ts';
import { carryOut } from './carry-out.ts';
import { measureWhenDue } from './measure.ts';
import { observe, type SeenInCluster } from './observe.ts';
import { asConfirmed, canWait, requestNow, seenOf } from './outside.ts';
import type { TrafficPorts } from './ports.ts';
import { serviceRouteOf } from './service-route.ts';

/** Milliseconds between looks while the candidate serves: how late an order, a dead pod or a newer commit is noticed. */
const LOOK_EVERY = 1_000;
/** Seconds of a step below which nobody is told that it began: the next message would come before this one is read. */
const WORTH_A_MESSAGE = 60;
/** Below this a wait is not worth a state of its own; and how late an order is noticed before the candidate serves. */
const SHORTEST_WAIT = 5_000;

/**
 * Advances until it ends, has to wait for longer than a call may take, has to know what is outside the network, or the call's time is
 * over. `seen`: what was seen outside since the last call; it is used once.
 */
export async function advanceRollout(ports: TrafficPorts, claim: RolloutClaim, seen?: Seen): Promise<AdvanceAnswer> {
  const end = ports.clock.now() + PATIENCE;
  const definition = await definitionOf(ports.builds, claim.delivery);
  for (let news = seen; ; news = undefined) {
    const done = await round(ports, claim.delivery, definition, news);
    if (done.kind === 'look-outside') return done;
    const { stored, decision } = done;
    const { rollout } = stored;
    if (rollout.phase === 'promoted') return { kind: 'promoted' };
    if (rollout.phase === 'rolled-back') return rolledBack(rollout, claim.delivery);
    if (rollout.phase === 'dark') return { kind: 'dark' };
    const now = ports.clock.now();
    if (decision.kind === 'hold') {
      const wait = Math.min(decision.until, nextAlarmLook(rollout) ?? Infinity) - now;
      if (wait > Math.max(end - now, SHORTEST_WAIT)) return waitAnswer(stored, wait, decision.because);
      const serves = rollout.shifted.candidatePercent > 0;
      await ports.clock.sleep(Math.max(0, serves ? Math.min(wait, LOOK_EVERY) : Math.min(wait, SHORTEST_WAIT)));
    }
    if (ports.clock.now() >= end) {
      return { kind: 'go-on', because: 'the time of this call is over', tell: placeOf(rollout) };
    }
  }
}

function waitAnswer(stored: StoredRollout, wait: number, because: string): AdvanceAnswer {
  const { approval = '', rollout } = stored;
  const seconds = Math.max(1, Math.ceil(wait / 1_000));
  return rollout.question === undefined
    ? { kind: 'wait', seconds, because, approval, tell: placeOf(rollout) }
    : { kind: 'ask', seconds, question: rollout.question.text, approval };
}

/** What people are told of: a place at which the rollout stays for long enough to read a message. */
function placeOf({ phase, step, pausedSince, plan }: Rollout): string {
  if (phase !== 'stepping') return '';
  if (pausedSince !== undefined) return `step ${String(step)}, kept paused`;
  const current = plan.steps[step];
  const lasts = current?.kind === 'pause' || current?.kind === 'analyse' ? current.seconds : 0;
  return lasts >= WORTH_A_MESSAGE ? `step ${String(step)}` : '';
}

function rolledBack({ reason }: Rollout, { repository, branch }: Delivery): AdvanceAnswer {
  const superseded = reason?.kind === 'superseded' || reason?.kind === 'branch-deleted';
  const why = reason === undefined ? 'it is not known why' : describeReason(reason);
  if (reason?.kind !== 'not-started') {
    return { kind: 'rolled-back', reason: `The rollout returned to the version before: ${why}`, superseded };
  }
  const input = JSON.stringify({ repository, branch, despiteAlarms: true });
  const command = `npx espalier deliver ${shellWord(repository)} ${shellWord(branch)} --despite-alarms`;
  return {
    kind: 'rolled-back',
    reason: `The rollout was not started, and nothing was changed: ${why}. If this version is what ends it, deliver it all the same: ${command}, or start deliver-service with ${input}`,
    superseded,
  };
}

/** What was decided and what is remembered afterwards, or what has to be known first. */
type Round =
  | { readonly kind: 'decided'; readonly stored: StoredRollout; readonly decision: Decision }
  | { readonly kind: 'look-outside'; readonly request: LookoutRequest };

async function round(
  ports: TrafficPorts,
  delivery: Delivery,
  definition: ServiceDefinition,
  news: Seen | undefined,
): Promise<Round> {
  const begun = ports.clock.now();
  const record = await ports.records.load(delivery.environment);
  if (record === undefined) throw new SupersededError(`There is no record of ${delivery.environment} any more.`);
  const loaded = await askable(ports, await ownRollout(ports, delivery));
  const route = serviceRouteOf(ports, record, delivery, definition);
  const cluster = await keepingContract(
    ports,
    delivery,
    { place: route.place, rollout: loaded.rollout, definition },
    await observe(ports, route, loaded.rollout, definition),
  );
  const seen = adopt(loaded, cluster);
  const order = await orderOf(ports, seen.stored);
  const known = {
    wanted: wantedNow(record, delivery),
    ...(order !== undefined && { order }),
  };
  const { rollout } = seen.stored;
  const request = requestNow(rollout, route.place, seen.cluster);
  const outside = seenOf(rollout, request, news, { ...seen.cluster, canLook: ports.lookout });
  if (request !== undefined && outside === undefined) {
    const otherwise = decide(rollout, informedOf(rollout, seen.cluster, known));
    if (canWait(otherwise, rollout, order !== undefined)) return { kind: 'look-outside', request };
  }
  const informed = { ...seen.stored, rollout: outside?.rollout ?? rollout };
  await tellPassedOver(ports, delivery, rollout, informed.rollout);
  const confirmed = asConfirmed(informed.rollout, seen.cluster);
  const measured = await measureWhenDue(ports, informed, route.place, confirmed, outside?.metrics ?? new Map());
  const decision = decide(measured.stored.rollout, {
    ...informedOf(measured.stored.rollout, seen.cluster, known),
    ...(measured.analysis !== undefined && { analysis: measured.analysis }),
  });
  const before = measured.stored.rollout;
  giveUpReturning(before, decision, seen.cluster.now);
  await carryOut(ports, { route, rollout: before, seen: seen.cluster, scale: definition }, decision);

  const now = ports.clock.now();
  const { approval } = measured.stored;
  const ended = ['promoted', 'rolled-back', 'stay-dark'].includes(decision.kind);
  const next: StoredRollout = {
    ...measured.stored,
    rollout: applyDecision(before, decision, now),
    ...(order !== undefined && approval !== undefined && { taken: [...measured.stored.taken, approval] }),
    ...(ended && { endedAt: measured.stored.endedAt ?? now }),
  };
  const isNew = JSON.stringify(next) !== JSON.stringify(loaded);
  const saved = isNew ? await ports.rollouts.save(next) : undefined;
  // Somebody else advanced it at the same time: what was written is judged again from what is there now.
  if (saved?.kind === 'conflict') {
    return { kind: 'decided', stored: loaded, decision: { kind: 'hold', until: now, because: 'changed' } };
  }
  const message = isNew ? describeDecision(before, decision) : undefined;
  if (message !== undefined) {
    const level = decision.kind === 'roll-back' ? 'warning' : 'info';
    const measurement = measured.told === undefined ? '' : ` (${measured.told})`;
    const event = { stage: 'rollout', message: `${message}${measurement}`, now, begun, level } as const;
    await ports.history.append(deliveryEvent(delivery, event));
  }
  const remembered = saved?.stored ?? loaded;
  return { kind: 'decided', stored: ended ? await askable(ports, remembered) : remembered, decision };
}

/**
 * Before its first request the candidate is asked what its service file declares. One that answers otherwise is a candidate that
 * failed; afterwards its metrics say more than a question.
 */
async function keepingContract(
  ports: TrafficPorts,
  delivery: Delivery,
  {
    place,
    rollout,
    definition,
  }: { readonly place: ServicePlace; readonly rollout: Rollout; readonly definition: ServiceDefinition },
  seen: SeenInCluster,
): Promise<SeenInCluster> {
  const begins = rollout.phase === 'preparing' || rollout.phase === 'stepping';
  const untouched = (seen.candidatePercent ?? 0) === 0 && !seen.headerRoute;
  if (seen.candidate.kind !== 'ready' || !begins || !untouched) return seen;
  const candidate = { side: rollout.candidate.side, commit: delivery.commit };
  const why = await brokenContract(ports, place, definition, candidate);
  return why === undefined ? seen : { ...seen, candidate: { kind: 'failed', why, serving: false } };
}

async function ownRollout(ports: TrafficPorts, claim: Claim): Promise<StoredRollout> {
  const stored = await ports.rollouts.load(claim.environment, claim.service);
  if (stored?.generation === claim.generation) return stored;
  throw new SupersededError(
    `The rollout of generation ${String(claim.generation)} is no longer the one under way in ${claim.environment}.`,
  );
}

/** A way back that nobody confirms for three deadlines is told to people, and begun again by the next delivery. */
function giveUpReturning({ phase, returningSince, deadline }: Rollout, decision: Decision, now: number): void {
  if (phase !== 'rolling-back' || decision.kind !== 'hold' || now - (returningSince ?? now) <= 3 * deadline) return;
  throw new TransientError(`Traffic could not be seen back where it was: ${decision.because}.`);
}

/** Whoever looks back must see that somebody knew. */
async function tellPassedOver(ports: TrafficPorts, delivery: Delivery, before: Rollout, after: Rollout): Promise<void> {
  const { ignored = [] } = after.alarms ?? {};
  if (ignored.length === 0 || before.alarms?.answered === true) return;
  const now = ports.clock.now();
  const message = `Starts although alarms fire, as it was ordered: ${ignored.map((name) => `"${name}"`).join(', ')}`;
  const event = { stage: 'rollout', message, now, begun: now, level: 'warning' } as const;
  await ports.history.append(deliveryEvent(delivery, event));
}

/** The observation with what is remembered of the outside. */
function informedOf(
  rollout: Rollout,
  cluster: SeenInCluster,
  known: Pick<Observation, 'wanted' | 'order'>,
): Observation {
  const { alarms } = rollout;
  return { ...asConfirmed(rollout, cluster), ...known, ...(alarms !== undefined && { alarms: judgeAlarms(alarms) }) };
}

/** Sees to it that people can decide about the place where the rollout is now. */
async function askable(ports: TrafficPorts, stored: StoredRollout): Promise<StoredRollout> {
  const approval = approvalOf(stored);
  if (approval === undefined || approval.id === stored.approval) return stored;
  // A conflict: it was made before, by a call that was killed.
  await ports.approvals.save(approval);
  const saved = await ports.rollouts.save({ ...stored, approval: approval.id });
  return saved.kind === 'saved' ? saved.stored : ownRollout(ports, stored);
}

async function orderOf(ports: TrafficPorts, { approval, taken }: StoredRollout): Promise<Order | undefined> {
  if (approval === undefined || taken.includes(approval)) return undefined;
  const decided = (await ports.approvals.load(approval))?.decided;
  if (decided === undefined) return undefined;
  const { decision: kind, by, comment } = decided;
  // Those are wishes about the record; a delivery follows them.
  if (kind === 'roll-back' || kind === 'release' || kind === 'drop') return undefined;
  return { kind, by, ...(comment !== undefined && { comment }) };
}

/**
 * Weights that nobody remembers having written: a call was killed between writing and remembering, or somebody edited the route.
 * The gateway's time counts from now.
 */
function adopt(
  stored: StoredRollout,
  cluster: SeenInCluster,
): { readonly stored: StoredRollout; readonly cluster: SeenInCluster } {
  const { candidatePercent, now } = cluster;
  if (candidatePercent === undefined || candidatePercent === stored.rollout.shifted.candidatePercent) {
    return { stored, cluster };
  }
  const rollout = { ...stored.rollout, shifted: { candidatePercent, at: now } };
  const { settledAt: _settledAt, ...unsettledAnew } = cluster;
  return {
    stored: { ...stored, rollout },
    cluster: { ...unsettledAnew, unsettled: cluster.unsettled ?? 'the gateway takes the change on' },
  };
}

function wantedNow(record: EnvironmentRecord, delivery: Delivery): Observation['wanted'] {
  const service = record.services[delivery.service];
  if (service?.desired.kind !== 'commit') return 'nothing';
  const ours = service.owner?.generation === delivery.generation && service.desired.commit === delivery.commit;
  return ours ? 'this' : 'newer';
}
