/** What the stage `rollout` needs from the world, and of the settings. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Plan } from '../../domain/rollout/step.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import type { Installation } from '../../domain/manifests/installation.ts';
import type { Addresses } from '../../domain/way-in/reach.ts';
import type { Builds } from '../../ports/builds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, Prober } from '../../ports/cluster.ts';
import type { History } from '../../ports/history.ts';
import type { Analyst } from '../../ports/analyst.ts';
import type { Approvals, Rollouts } from '../../ports/rollouts.ts';
import type { PodProxy } from '../../ports/pod-proxy.ts';
import type { Records } from '../../ports/records.ts';

export interface RolloutPorts {
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly records: Pick<Records, 'load'>;
  readonly builds: Pick<Builds, 'load'>;
  readonly history: Pick<History, 'append'>;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Addresses of the managed gateway's load balancers. */
  readonly addresses: Addresses;
}

/** The plan of a service in an environment of this kind; undefined when it is replaced in place. */
export type ChoosePlan = (kind: EnvironmentKind, definition: ServiceDefinition) => Plan | undefined;

/** What planning and carrying out a rollout need beyond that. */
export interface TrafficPorts extends RolloutPorts {
  readonly rollouts: Rollouts;
  readonly pods: PodProxy;
  readonly approvals: Approvals;
  readonly analyst: Analyst;
  readonly choosePlan: ChoosePlan;
  /** Whether the function `lookout` is there to ask what is outside the network. */
  readonly lookout: boolean;
}
