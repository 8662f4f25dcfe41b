/** Amounts as Kubernetes writes them (`250m`, `64Mi`): separate because quota, limits and columns all count with them. */

const units: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};
['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].forEach((unit, index) => (units[unit] = 1024 ** (index + 1)));
const shape = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The number a quantity means, or undefined when it is none. */
export function parseQuantity(quantity: unknown): number | undefined {
  const found = shape.exec(String(quantity));
  if (!found) return undefined;
  return Number(found[1]) * (found[2] ? Number(`1${found[2]}`) : (units[found[3] ?? ''] ?? 1));
}

/** A number as the API server writes sums: whole binary units for memory, thousandths for what is not whole. */
export function formatQuantity(amount: number, like: string): string {
  if (/[KMGTPE]i$/.test(like) || like.includes('memory'))
    for (const unit of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'])
      if (amount !== 0 && amount % (units[unit] ?? 1) === 0) return `${amount / (units[unit] ?? 1)}${unit}`;
  const thousandths = Math.round(amount * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
