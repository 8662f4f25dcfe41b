/**
 * How far a rolling update may go at one moment. Pure, and separate, because this arithmetic is what keeps a service up.
 */

/** One ReplicaSet's part: what it should have, and what is available of it. */
export interface Scale {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
}

/** What a Deployment allows. */
export interface Limits {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Percentages become numbers: surge rounds up, unavailable rounds down, and they are never both 0. */
export function limitsOf(replicas: number, maxSurge: number | string, maxUnavailable: number | string): Limits {
  const part = (value: number | string, round: (value: number) => number): number =>
    typeof value === 'number' ? value : round((Number.parseInt(value, 10) * replicas) / 100);
  const limits = { replicas, maxSurge: part(maxSurge, Math.ceil), maxUnavailable: part(maxUnavailable, Math.floor) };
  return limits.maxSurge === 0 && limits.maxUnavailable === 0 ? { ...limits, maxUnavailable: 1 } : limits;
}

const total = (scales: readonly Scale[], count: (scale: Scale) => number): number =>
  scales.reduce((sum, scale) => sum + count(scale), 0);

/** The next replicas by ReplicaSet, only of those that change. `old` is in the order of age, the oldest first. */
export function nextScales(limits: Limits, fresh: Scale, old: readonly Scale[]): Map<string, number> {
  const all = [fresh, ...old];
  const wanted = total(all, (scale) => scale.replicas);
  if (fresh.replicas > limits.replicas) return new Map([[fresh.name, limits.replicas]]);
  const room = Math.min(limits.replicas + limits.maxSurge - wanted, limits.replicas - fresh.replicas);
  if (room > 0) return new Map([[fresh.name, fresh.replicas + room]]);
  return scaledDown(limits, fresh, old, wanted);
}

function scaledDown(limits: Limits, fresh: Scale, old: readonly Scale[], wanted: number): Map<string, number> {
  const next = new Map<string, number>();
  const mustStay = limits.replicas - limits.maxUnavailable;
  const freshMissing = Math.max(0, fresh.replicas - fresh.available);
  let removable = wanted - mustStay - freshMissing;
  // Pods that do not serve anyway go first: an update must not wait for a broken old version.
  for (const scale of old) {
    const broken = Math.max(0, Math.min(scale.replicas - scale.available, removable));
    if (broken === 0) continue;
    next.set(scale.name, scale.replicas - broken);
    removable -= broken;
  }
  let spare = Math.min(removable, total([fresh, ...old], (scale) => scale.available) - mustStay);
  for (const scale of old) {
    const replicas = next.get(scale.name) ?? scale.replicas;
    const down = Math.max(0, Math.min(replicas, spare));
    if (down > 0) next.set(scale.name, replicas - down);
    spare -= down;
  }
  return next;
}
