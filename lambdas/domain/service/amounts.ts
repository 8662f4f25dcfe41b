/** Amounts of bytes as Kubernetes writes them, such as 500Mi. Separate because sizes of images, pods and quotas are added and compared. */

const UNITS = { Ki: 1_024, Mi: 1_048_576, Gi: 1_073_741_824, Ti: 1_099_511_627_776 } as const;

/** Bytes of an amount. */
export function bytesOf(amount: string): number {
  const [, count = '0', unit = 'Ki'] = /^(\d+)(Ki|Mi|Gi|Ti)$/.exec(amount) ?? [];
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** The sum of amounts, in the largest unit below Ti in which it is whole. */
export function sumOf(amounts: readonly string[]): string {
  const bytes = amounts.reduce((sum, amount) => sum + bytesOf(amount), 0);
  const unit = (['Gi', 'Mi'] as const).find((one) => bytes % UNITS[one] === 0) ?? 'Ki';
  return `${String(bytes / UNITS[unit])}${unit}`;
}
