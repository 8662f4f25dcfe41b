/** `rollout NAME SERVICE`: where the latest rollout of a service is, and with `--follow` every step until it has ended. */
import { approvalOf } from '../../lambdas/domain/rollout/approval.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import { CommandError, type Command, type World } from '../command.ts';
import { eventLine } from '../event-lines.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { followEvents } from '../follow-events.ts';
import { rolloutLines, statusLine } from '../rollout-lines.ts';
import { printable } from '../terminal.ts';

const POLL_MS = 1_000;
/** Milliseconds after which the status is shown again although nothing happened. */
const AGAIN_MS = 10_000;
/** Milliseconds for which a rollout is waited for that was not begun yet: a build and pods that start. */
const BEGINS_WITHIN = 30 * 60_000;

export const rollout: Command = {
  name: 'rollout',
  words: ['NAME', 'SERVICE'],
  switches: { follow: 'wait for one that is on its way, and go on until it has ended' },
  summary: 'where the rollout of a service is, and what can be decided about it',
  async run(world, [name = '', service = ''], switches) {
    const record = await findEnvironment(world, name);
    const key = findService(record, service);
    const place = { environment: record.id, key };
    let stored = await world.rollouts.load(record.id, key);
    if (switches.has('follow')) stored = await follow(world, place, stored);
    if (stored === undefined) {
      throw new CommandError(
        `${printable(service)} in ${record.id} was never rolled out beside another version: its first version, and those of a rolling plan, replace what serves in place.`,
      );
    }
    world.output.show(stored, rolloutLines(stored, world.clock.now()));
  },
};

interface Place {
  readonly environment: string;
  readonly key: string;
}

/** Follows the rollout that is under way, or the one that the present delivery begins. */
async function follow(
  world: World,
  { environment, key }: Place,
  first: StoredRollout | undefined,
): Promise<StoredRollout | undefined> {
  const begun = await begins(world, { environment, key }, first);
  if (begun === undefined) return first;
  const next = followEvents(world.history, environment, begun.rollout.startedAt);
  let stored = begun;
  let shown: { readonly place: string; readonly at: number } | undefined;
  for (;;) {
    const events = (await next()).filter((event) => event.service === key);
    for (const event of events) world.output.note(eventLine(event));
    if (hasEnded(stored)) return stored;
    const now = world.clock.now();
    const { phase, step, shifted } = stored.rollout;
    const place = JSON.stringify([phase, step, shifted.candidatePercent, stored.rollout.question?.until]);
    if (shown?.place !== place || now - shown.at >= AGAIN_MS) {
      world.output.note(`${new Date(now).toISOString().slice(11, 19)}   ${statusLine(stored, now)}`);
      if (stored.rollout.question !== undefined && shown?.place !== place) {
        // Not the one of the place before, which is stored until the rollout looks again.
        world.output.note(`           npx espalier decide ${approvalOf(stored)?.id ?? 'ID'} approve|reject`);
      }
      shown = { place, at: now };
    }
    await world.clock.sleep(POLL_MS);
    stored = (await world.rollouts.load(environment, key)) ?? stored;
  }
}

/** The rollout of the delivery that is under way; at once when there is none, since then nothing begins by itself. */
async function begins(
  world: World,
  { environment, key }: Place,
  first: StoredRollout | undefined,
): Promise<StoredRollout | undefined> {
  const end = world.clock.now() + BEGINS_WITHIN;
  let told = false;
  for (;;) {
    const stored = (await world.rollouts.load(environment, key)) ?? first;
    const owner = (await world.records.load(environment))?.services[key]?.owner;
    const ours = owner?.workflow === 'deliver-service' ? owner : undefined;
    if (ours === undefined || (stored?.generation ?? 0) >= ours.generation) return stored;
    if (world.clock.now() >= end) return stored;
    if (!told)
      world.output.note(`Commit ${(ours.commit ?? '').slice(0, 8)} is built and deployed; its rollout follows.`);
    told = true;
    await world.clock.sleep(POLL_MS);
  }
}

function hasEnded({ rollout: { phase } }: StoredRollout): boolean {
  return phase === 'promoted' || phase === 'rolled-back' || phase === 'dark';
}
