/**
 * A person started *deliver service*: deliver the head of a branch again. Separate because the execution's name is the person's and
 * it may have been started on the state machine of the other tier.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { ClaimAnswer, DeliverByHandInput, Delivery } from '../../contracts/payloads.ts';
import { describeRules } from '../../domain/branches/classify.ts';
import { fitsAny } from '../../domain/branches/pattern.ts';
import { requestDelivery } from '../../domain/environment/by-hand.ts';
import { claim, claimedByHand, type DueWork } from '../../domain/environment/claim.ts';
import type { Change } from '../../domain/environment/record.ts';
import { RejectedError } from '../../domain/errors.ts';
import { nearest } from '../../domain/naming/nearest.ts';
import { serviceKey } from '../../domain/naming/service-key.ts';
import type { HistoryEvent } from '../../ports/history.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { untilSaved } from './change-record.ts';
import { claimed, deliveryOf } from './claim-delivery.ts';
import { findEnvironment, rememberEnvironment } from './find-environment.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';

/** Delivers the head of the branch by this execution, or sees to it that it is delivered. */
export async function deliverByHand(
  ports: IntakePorts,
  { input, execution }: { readonly input: DeliverByHandInput; readonly execution: string },
): Promise<ClaimAnswer> {
  const { repository, branch, despiteAlarms } = input;
  if (!fitsAny(repository, ports.rules.repositories)) {
    throw new RejectedError(
      `The repository ${JSON.stringify(repository)} is not in the settings; allowed: ${ports.rules.repositories.join(', ')}.`,
    );
  }
  const key = serviceKey(repository);
  const work: DueWork = { workflow: 'deliver-service', service: key };
  const changed = await untilSaved(ports, async () => {
    const found = await findEnvironment(ports, branch);
    if (found.kind === 'none' || !found.fits) {
      throw new RejectedError(
        `The branch ${JSON.stringify(branch)} fits no pattern of the settings and gets no environment. The patterns: ${describeRules(ports.rules.branches)}.`,
      );
    }
    const { record } = found;
    // Asked again because the answer was lost: this execution is responsible already.
    if (claimedByHand(record, execution)?.service === key) return { record, change: { kind: 'unchanged' } };
    const head = await ports.branches.head(repository, branch);
    if (head.kind !== 'commit') throw await noSuchBranch(ports, repository, branch, head.kind);
    const now = ports.clock.now();
    const wished = requestDelivery(record, { service: key, repository, commit: head.commit, now });
    if (wished.kind !== 'changed') return { record, change: wished };
    const ours = await ports.executions.status(tierOf(record.kind), { workflow: work.workflow, execution });
    const taken: Change = ours === 'running' ? claim(wished.record, work, now, execution) : wished;
    return { record, change: taken.kind === 'changed' ? taken : wished };
  });
  if (changed === undefined || changed.kind === 'refused') {
    throw new RejectedError(changed?.message ?? 'There is no such environment.');
  }
  const { record } = changed;
  if (changed.kind === 'changed' && changed.before.version === 0) await rememberEnvironment(ports, record);
  const delivery = claimedByHand(record, execution)?.service === key ? deliveryOf(record, key) : undefined;
  await startDueWork(ports, record);
  if (delivery !== undefined) {
    if (despiteAlarms === undefined) return claimed(ports, record, delivery);
    await ports.history.append(overridden(delivery, execution, ports.clock.now()));
    return claimed(ports, record, { ...delivery, despiteAlarms });
  }
  if (despiteAlarms !== undefined) {
    throw new RejectedError(
      `Another execution delivers ${repository} to ${record.id}, and it does not pass over alarms. Start this again when it has ended.`,
    );
  }
  return {
    kind: 'nothing-to-do',
    message: `${repository} is delivered to ${record.id} by another execution, now or next.`,
  };
}

/** Who started the execution is in CloudTrail, by its name. */
function overridden(delivery: Delivery, execution: string, now: number): HistoryEvent {
  const message = `Alarms that fire already are not to stop this delivery: so says the execution ${execution}`;
  return deliveryEvent(delivery, { stage: 'intake', message, now, begun: now, level: 'warning' });
}

async function noSuchBranch(
  ports: IntakePorts,
  repository: string,
  branch: string,
  found: 'gone' | 'no-repository',
): Promise<RejectedError> {
  if (found === 'no-repository') {
    const guess = nearest(repository, await ports.branches.repositories());
    return new RejectedError(
      `There is no repository ${JSON.stringify(repository)}.${guess === undefined ? '' : ` Did you mean "${guess}"?`}`,
    );
  }
  const listing = await ports.branches.list(repository);
  const guess = listing.kind === 'listed' ? nearest(branch, listing.branches) : undefined;
  return new RejectedError(
    `There is no branch ${JSON.stringify(branch)} in ${repository}.${guess === undefined ? '' : ` Did you mean ${JSON.stringify(guess)}?`}`,
  );
}
