/** What the function `configuration-centre` needs: nothing but the table. */
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Layers, Tenants } from '../../ports/configuration.ts';
import type { History } from '../../ports/history.ts';
import type { Records } from '../../ports/records.ts';

export interface CentrePorts {
  readonly records: Pick<Records, 'load' | 'all'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly layers: Pick<Layers, 'latest' | 'version' | 'save' | 'drop'>;
  readonly tenants: Pick<Tenants, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
}

/** Attempts to save the next version of a layer: with so many others at once everybody has been first once. */
export const TRIES = 10;
/** Milliseconds before the second attempt; longer before each further one. */
export const PAUSE_MS = 20;
