/** What the function `secrets` needs: the stores of secrets and the table. It has no way to the cluster. */
import type { Tier } from '../../contracts/kinds.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretStates } from '../../ports/configuration.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';
import type { Generator, Sealing, SecretStore } from '../../ports/secrets.ts';

export interface SecretsPorts {
  readonly installation: string;
  readonly tier: Tier;
  readonly records: Pick<Records, 'load' | 'all'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly states: SecretStates;
  readonly store: SecretStore;
  readonly generator: Generator;
  readonly sealing: Pick<Sealing, 'seal'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
}
