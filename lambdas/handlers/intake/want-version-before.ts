/** Wants the version before again, after the pods that replaced it broke their contract. The failure is recorded next, and frees the service. */
import type { Delivery } from '../../contracts/payloads.ts';
import { wantBefore } from '../../domain/environment/want-before.ts';
import { SupersededError } from '../../domain/errors.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';

/** Answers whether there is a version to go back to. */
export async function wantVersionBefore(
  ports: IntakePorts,
  { claim }: { readonly claim: Delivery },
): Promise<{ readonly kind: 'wanted' | 'nothing-before' }> {
  const { environment, service, generation } = claim;
  const now = ports.clock.now();
  const changed = await changeRecord(ports, environment, (record) => wantBefore(record, service, { generation, now }));
  if (changed === undefined) throw new SupersededError(`There is no record of ${environment} any more.`);
  if (changed.kind === 'refused') throw new SupersededError(changed.message);
  const applied = changed.record.services[service]?.applied;
  // What is unchanged was wanted before, when the answer was lost, or has nothing before it.
  if (applied === undefined || applied.commit === claim.commit) return { kind: 'nothing-before' };
  const message = `Goes back to ${applied.commit.slice(0, 8)}: its pods were replaced by some that do not keep what the service file declares`;
  await ports.history.append({ environment, service, generation, at: now, stage: 'intake', level: 'warning', message });
  return { kind: 'wanted' };
}
