/** `rollout NAME SERVICE`: where the latest rollout of a service is, and with `--follow` every step until it has ended. */
import { approvalOf } from '../../lambdas/domain/rollout/approval.ts';
import { describeReason } from '../../lambdas/domain/rollout/describe.ts';
import { describeStep } from '../../lambdas/domain/rollout/step.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import { CommandError, type Command } from '../command.ts';
import { eventLine } from '../event-lines.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { followEvents } from '../follow-events.ts';
import { printable, short } from '../terminal.ts';

const POLL_MS = 1_000;

export const rollout: Command = {
  name: 'rollout',
  words: ['NAME', 'SERVICE'],
  switches: { follow: 'go on until the rollout has ended' },
  summary: 'where the rollout of a service is, and what can be decided about it',
  async run(world, [name = '', service = ''], switches) {
    const record = await findEnvironment(world, name);
    const key = findService(record, service);
    let stored = await world.rollouts.load(record.id, key);
    if (stored === undefined) {
      throw new CommandError(
        `${printable(service)} in ${record.id} was never rolled out beside another version: its first version, and those of a rolling plan, replace what serves in place.`,
      );
    }
    const next = followEvents(world.history, record.id, stored.rollout.startedAt);
    for (;;) {
      const events = (await next()).filter((event) => event.service === key);
      if (switches.has('follow')) for (const event of events) world.output.note(eventLine(event));
      if (!switches.has('follow') || hasEnded(stored)) break;
      await world.clock.sleep(POLL_MS);
      stored = (await world.rollouts.load(record.id, key)) ?? stored;
    }
    world.output.show(stored, rolloutLines(stored));
  },
};

function hasEnded({ rollout: { phase } }: StoredRollout): boolean {
  return phase === 'promoted' || phase === 'rolled-back';
}

/** The rollout in lines: both versions, each step with where it is, and what can be decided. */
function rolloutLines(stored: StoredRollout): string[] {
  const { plan, candidate, stable, phase, step, shifted, reason, question } = stored.rollout;
  const mark = (index: number): string => {
    if (phase === 'promoted') return '✓';
    if (phase !== 'stepping') return ' ';
    return index < step ? '✓' : index === step ? '→' : ' ';
  };
  const approval = approvalOf(stored);
  return [
    `${phase}: ${String(shifted.candidatePercent)} % on ${candidate.side} (${short(candidate.commit)}), ${String(100 - shifted.candidatePercent)} % on ${stable.side} (${short(stable.commit)})`,
    `  plan        ${printable(plan.name)}`,
    ...plan.steps.map(
      (each, index) => `  ${mark(index)} ${String(index + 1).padStart(2)}        ${printable(describeStep(each))}`,
    ),
    ...(reason === undefined ? [] : [`  returned    ${printable(describeReason(reason))}`]),
    ...(question === undefined ? [] : [`  asked       ${printable(question.text)}`]),
    ...(approval === undefined
      ? []
      : [`  decide      npx espalier decide ${stored.approval ?? approval.id} ${approval.allowed.join('|')}`]),
  ];
}
