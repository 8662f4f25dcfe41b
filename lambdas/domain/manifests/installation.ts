/**
 * What an installation decides about its environments, and the places that follow from it.
 * Separate because use cases receive exactly this of the settings.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Delivery } from '../../contracts/payloads.ts';
import type { RolloutTimes } from '../rollout/times.ts';
import type { ExistingRouter } from '../borrowing/router.ts';
import type { SharedComponent } from '../borrowing/shared-component.ts';
import type { WayIn } from '../way-in/gateway.ts';
import type { Limits, Quota } from './environment.ts';
import type { Place, ServicePlace } from './manifest.ts';

/** What holds for all environments of one kind. */
export interface KindRules {
  readonly quota: Quota;
  readonly limits: Limits;
  readonly wayIn: WayIn;
  readonly rollout: RolloutTimes;
  /** For volumes; absent: the cluster's default. */
  readonly storageClass?: string;
}

/** The settings, as far as they concern the cluster. */
export interface Installation {
  readonly installation: string;
  readonly environments: Readonly<Record<EnvironmentKind, KindRules>>;
  /** What services depend on and Espalier did not deploy. */
  readonly components?: readonly SharedComponent[] | undefined;
  /** An internal Gateway that was there before; without it the managed one, where there is one. */
  readonly router?: ExistingRouter | undefined;
  /** Of what delays dependencies in experiments; without an image no experiment delays. */
  readonly experiments?: { readonly image?: string | undefined } | undefined;
  /** How long callers remember a name's address; see domain/borrowing/withdrawal. */
  readonly names?: { readonly rememberedSeconds: number } | undefined;
}

/** The environment of a delivery. */
export function placeOf({ installation }: Installation, delivery: Delivery): Place {
  return { installation, environment: delivery.environment, kind: delivery.kind, branch: delivery.branch };
}

/** The service of a delivery, under the name of its service file. */
export function servicePlaceOf(installation: Installation, delivery: Delivery, name: string): ServicePlace {
  return { ...placeOf(installation, delivery), key: delivery.service, repository: delivery.repository, name };
}
