/**
 * Who gets requests, looked at after every write: never a side without pods while another has some, never a name that leads nowhere.
 * And what rollouts may save, and when. Separate because nothing of it waits until all is at rest.
 */
import { LABELS, namespaceOf, otherSide, SIDES, type Side } from '../../lambdas/contracts/kubernetes.ts';
import { isClaimTwin } from '../../lambdas/domain/borrowing/baggage.ts';
import { sideOfPlainService } from '../../lambdas/domain/manifests/traffic.ts';
import type { StoredRollout } from '../../lambdas/domain/rollout/stored.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { KubernetesObject } from '../../lambdas/ports/cluster.ts';
import type { FakeCluster } from '../fakes/cluster.ts';
import { INSTALLATION } from './places.ts';

/** What one service's requests meet. Services are called as their repositories are. */
export interface Traffic {
  /** Share by the route; undefined without one. */
  readonly shares: Readonly<Record<Side, number>> | undefined;
  /** A header leads to the side that has no share. */
  readonly header: boolean;
  /** Side that others in the cluster reach by the name; undefined when nobody answers to it here. */
  readonly plain: Side | undefined;
  readonly ready: Readonly<Record<Side, number>>;
}

interface Rule {
  readonly matches: readonly { readonly headers?: readonly unknown[] }[];
  readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
}

/** The gateway's time, as the installation has it. */
const SETTLE_MS = 2_000;
const WATCHED = ['Deployment', 'HTTPRoute', 'Service'];

/** The traffic of a service as the cluster says it. */
export function trafficOf(cluster: FakeCluster, namespace: string, service: string): Traffic {
  const named = (kind: string) => cluster.peek(kind, namespace).find(({ metadata: { name } }) => name === service);
  const route = named('HTTPRoute');
  const rules = ((route?.['spec'] ?? {}) as { rules?: readonly Rule[] }).rules?.filter((rule) => !isClaimTwin(rule));
  const share = rules?.find(({ matches }) => matches.every(({ headers }) => headers === undefined));
  const of = <Value>(value: (side: Side) => Value) =>
    Object.fromEntries(SIDES.map((side) => [side, value(side)])) as Record<Side, Value>;
  const weights = of((side) => share?.backendRefs.find(({ name }) => name === `${service}-${side}`)?.weight ?? 0);
  const pods = cluster
    .peek('Pod', namespace)
    .filter(({ metadata }) => metadata.labels?.[LABELS.repository] === service);
  return {
    shares: route === undefined ? undefined : weights,
    header: (rules?.length ?? 0) > 1,
    plain: sideOfPlainService(named('Service')),
    ready: of((side) => pods.filter((pod) => pod.metadata.labels?.[LABELS.side] === side && isReady(pod)).length),
  };
}

export class TrafficWatch {
  /** What was wrong, in sentences. */
  readonly wrong: string[] = [];
  readonly #cluster: FakeCluster;
  readonly #clock: Clock;

  constructor(cluster: FakeCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    cluster.onWrite = ({ kind, namespace }) => {
      if (namespace !== undefined && WATCHED.includes(kind)) this.#watch(namespace);
    };
  }

  #watch(namespace: string): void {
    for (const { metadata } of this.#cluster.peek('HTTPRoute', namespace)) {
      const { shares, ready, plain } = trafficOf(this.#cluster, namespace, metadata.name);
      const what = `${namespace}/${metadata.name}`;
      for (const side of SIDES) {
        const share = shares?.[side] ?? 0;
        if (share > 0 && ready[side] === 0 && ready[otherSide(side)] > 0) {
          this.wrong.push(`${what}: ${side} has ${String(share)} % and no pod, ${otherSide(side)} has some`);
        }
      }
      if (plain !== undefined && ready[plain] === 0) {
        this.wrong.push(`${what}: the name leads to ${plain}, which has no pod`);
      }
    }
  }

  /** Before a rollout is saved: there is one at a time, and what it says of its end is true. */
  look(before: StoredRollout | undefined, after: StoredRollout): void {
    const { environment, service, generation, rollout } = after;
    const { shares, plain } = trafficOf(this.#cluster, namespaceOf(INSTALLATION, environment), service);
    const what = `the rollout ${String(generation)} of ${service} in ${environment}`;
    const claim = (held: boolean, sentence: string): void => {
      if (!held) this.wrong.push(`${what} ${sentence}`);
    };
    if (before !== undefined && before.generation !== generation) {
      claim(generation > before.generation, `replaces the newer one ${String(before.generation)}`);
      claim(!isShared(shares), `begins while requests are shared: ${JSON.stringify(shares)}`);
    }
    if (!isEnd(after) || (before?.generation === generation && isEnd(before))) return;
    const { verified, at } = rollout.shifted;
    claim(verified === true || this.#clock.now() >= at + SETTLE_MS, 'ends before its last share was taken on');
    const serving = rollout.phase === 'promoted' ? rollout.candidate.side : rollout.stable.side;
    claim(
      shares === undefined || (shares[serving] > 0 && shares[otherSide(serving)] === 0),
      `is ${rollout.phase}, but requests go ${JSON.stringify(shares)}`,
    );
    claim(plain === undefined || plain === serving, `is ${rollout.phase}, but its name leads to ${String(plain)}`);
  }
}

function isShared(shares: Traffic['shares']): boolean {
  return shares !== undefined && shares.blue > 0 && shares.green > 0;
}

/** Whether it is over. */
export function isEnd({ rollout }: StoredRollout): boolean {
  return ['promoted', 'rolled-back', 'dark'].includes(rollout.phase);
}

function isReady(pod: KubernetesObject): boolean {
  const { conditions } = pod['status'] as { conditions: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
