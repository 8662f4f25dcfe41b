/**
 * How long it takes until a name is known everywhere, and until it is forgotten. Separate because the numbers are arithmetic about
 * nodes and resolvers, not about services.
 */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Installation } from '../manifests/installation.ts';
import { borrows } from './lender.ts';

/**
 * Seconds after which every node leads a Service's address to pods that became ready: a node gathers changes for a second before it
 * writes them down, and may just have begun. Until then it refuses connections to an address that had no pods.
 * Source: https://kubernetes.io/docs/reference/networking/virtual-ips/#optimizing-iptables-mode-performance (minSyncPeriod, 1 s)
 */
export const LEARNED_SECONDS = 2;

/**
 * Seconds that callers may remember an address: CoreDNS answers with a time to live of 5 s (30 s where a node's cache answers), and
 * the JVM keeps what it resolved for 30 s unless told otherwise.
 * Sources: https://coredns.io/plugins/kubernetes/ (ttl) · https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ ·
 * https://docs.oracle.com/en/java/javase/21/core/java-networking.html#GUID-A680DADB-C4C1-40F1-B568-D9A97C917F5D
 */
export const REMEMBERED_SECONDS = 30;

/** The same for environments of a kind; nothing where no other service has the name. */
export function rememberedSeconds({ names }: Pick<Installation, 'names'>, kind: EnvironmentKind): number {
  return borrows(kind) ? (names?.rememberedSeconds ?? REMEMBERED_SECONDS) : 0;
}
