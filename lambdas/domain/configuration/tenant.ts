/** An environment as the configuration centre sees it: registered at its first delivery, gone with its last service. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Instant } from '../environment/record.ts';

export interface Tenant {
  readonly environment: string;
  readonly kind: EnvironmentKind;
  readonly registeredAt: Instant;
}

/** Whether environments of a kind are tenants. Production is nobody's guest: it has the layer of its kind and no other. */
export function isTenant(kind: EnvironmentKind): boolean {
  return kind !== 'production';
}
