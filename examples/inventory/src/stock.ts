/** What is in stock. Pure data and rules; how they are asked for is in `answer.ts`. */

export interface Item {
  readonly sku: string;
  readonly title: string;
  readonly available: number;
}

export type Taken =
  | { readonly kind: 'taken'; readonly item: Item }
  | { readonly kind: 'too-few'; readonly item: Item }
  | { readonly kind: 'unknown' };

const OPENING_STOCK: readonly Item[] = [
  { sku: 'pear', title: 'Espalier pear, two years', available: 40 },
  { sku: 'apple', title: 'Espalier apple, three years', available: 25 },
  { sku: 'wire', title: 'Training wire, 50 m', available: 120 },
];

/** A store in memory; every process begins with the opening stock. */
export function createStock(items: readonly Item[] = OPENING_STOCK): {
  all(): readonly Item[];
  take(sku: string, quantity: number): Taken;
} {
  const bySku = new Map(items.map((item) => [item.sku, item]));
  return {
    all: () => [...bySku.values()],
    take(sku, quantity) {
      const item = bySku.get(sku);
      if (item === undefined) return { kind: 'unknown' };
      if (item.available < quantity) return { kind: 'too-few', item };
      const left = { ...item, available: item.available - quantity };
      bySku.set(sku, left);
      return { kind: 'taken', item: left };
    },
  };
}
