/** What is kept about secrets in the table: public keys, names, and values that only their environment can open. */
import { environmentKey, TABLE } from '../../contracts/table.ts';
import type { SealedSecrets, SecretState } from '../../domain/configuration/secrets.ts';
import type { SecretStates } from '../../ports/configuration.ts';
import { versionCondition, withoutKeys, type Table } from './table.ts';

/** Sealed anew before every use: a day is long enough for the slowest delivery. */
const SEALED_SECONDS = 86_400;

/** Secret states in this table. */
export function dynamoSecretStates(table: Table, now: () => number): SecretStates {
  return {
    async load(environment) {
      const item = await table.get(environmentKey(environment), TABLE.secretsSort);
      return item && (withoutKeys(item) as SecretState);
    },
    save(state) {
      const item = {
        ...state,
        version: state.version + 1,
        [TABLE.partitionKey]: environmentKey(state.environment),
        [TABLE.sortKey]: TABLE.secretsSort,
      };
      return table.put(item, versionCondition(state.version));
    },
    async sealed(environment, service, commit) {
      const item = await table.get(environmentKey(environment), sealedSort(service, commit));
      return item && (withoutKeys(item) as SealedSecrets);
    },
    async keep(sealed) {
      await table.put({
        ...sealed,
        [TABLE.partitionKey]: environmentKey(sealed.environment),
        [TABLE.sortKey]: sealedSort(sealed.service, sealed.commit),
        [TABLE.timeToLive]: Math.ceil(now() / 1_000) + SEALED_SECONDS,
      });
    },
    async forget(environment) {
      const items = await table.query({
        condition: {
          expression: '#pk = :pk AND begins_with(#sk, :sealed)',
          names: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
          values: { ':pk': environmentKey(environment), ':sealed': TABLE.sealedPrefix },
        },
      });
      for (const { [TABLE.sortKey]: sk } of items) await table.remove(environmentKey(environment), String(sk));
      await table.remove(environmentKey(environment), TABLE.secretsSort);
    },
  };
}

function sealedSort(service: string, commit: string): string {
  return `${TABLE.sealedPrefix}${service}#${commit}`;
}
