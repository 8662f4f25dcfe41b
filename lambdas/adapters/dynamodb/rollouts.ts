/** Rollouts and approvals in the table. */
import { approvalKey, environmentKey, TABLE } from '../../contracts/table.ts';
import type { Approval } from '../../domain/rollout/approval.ts';
import type { StoredRollout } from '../../domain/rollout/stored.ts';
import type { Approvals, Rollouts } from '../../ports/rollouts.ts';
import { versionCondition, withoutKeys, type Table } from './table.ts';

/** 90 days, like the history of executions in Step Functions: as long as a decision can be asked about. */
const KEPT_SECONDS = 90 * 86_400;

/** Rollouts in this table. */
export function dynamoRollouts(table: Table): Rollouts {
  return {
    async load(environment, service) {
      const item = await table.get(environmentKey(environment), `${TABLE.rolloutPrefix}${service}`);
      return item && (withoutKeys(item) as StoredRollout);
    },
    async save(stored) {
      const next = { ...stored, version: stored.version + 1 };
      const item = {
        ...next,
        [TABLE.partitionKey]: environmentKey(stored.environment),
        [TABLE.sortKey]: `${TABLE.rolloutPrefix}${stored.service}`,
      };
      const answer = await table.put(item, versionCondition(stored.version));
      return answer === 'saved' ? { kind: 'saved', stored: next } : { kind: 'conflict' };
    },
  };
}

/** Approvals in this table; they are forgotten some time after they were asked. */
export function dynamoApprovals(table: Table, now: () => number): Approvals {
  return {
    async load(id) {
      const item = await table.get(approvalKey(id), TABLE.approvalSort);
      return item && (withoutKeys(item) as Approval);
    },
    async save(approval) {
      const next = { ...approval, version: approval.version + 1 };
      const item = {
        ...next,
        [TABLE.partitionKey]: approvalKey(approval.id),
        [TABLE.sortKey]: TABLE.approvalSort,
        [TABLE.timeToLive]: Math.ceil(now() / 1_000) + KEPT_SECONDS,
      };
      const answer = await table.put(item, versionCondition(approval.version));
      return answer === 'saved' ? { kind: 'saved', approval: next } : { kind: 'conflict' };
    },
  };
}
