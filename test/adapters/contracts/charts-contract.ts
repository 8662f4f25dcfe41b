/** What every archive of charts must do; run against the fake and, over the wire, against the adapter of S3. */
import { expect, it } from 'vitest';
import type { Charts } from '../../../lambdas/ports/charts.ts';

/** An empty archive, and the build that uploads into it what it rendered. */
export interface ChartsWorld {
  readonly charts: Charts;
  readonly upload: (repository: string, commit: string, text: string) => Promise<void>;
}

const COMMIT = 'c'.repeat(40);
const DIGEST = 'd'.repeat(64);
/** Every character comes back: what is read is compared with its digest. */
const TEXT = 'kind: ConfigMap\r\ndata: { greeting: "Grüß Gott, 日本語 🌱" }\n\n';

export function chartsContract(within: (test: (world: ChartsWorld) => Promise<void>) => Promise<void>): void {
  it('answers nothing for what nobody rendered or kept', () =>
    within(async ({ charts }) => {
      expect(await charts.rendered('orders', COMMIT)).toBeUndefined();
      expect(await charts.load(DIGEST)).toBeUndefined();
    }));

  it('reads what the build of a commit rendered, of no other commit and no other repository', () =>
    within(async ({ charts, upload }) => {
      await upload('orders', COMMIT, TEXT);
      expect(await charts.rendered('orders', COMMIT)).toBe(TEXT);
      expect(await charts.rendered('orders', 'a'.repeat(40))).toBeUndefined();
      for (const other of ['order', 'orders.next', 'shop/orders']) {
        expect(await charts.rendered(other, COMMIT)).toBeUndefined();
      }
    }));

  it('reads the upload of a build that was repeated', () =>
    within(async ({ charts, upload }) => {
      await upload('orders', COMMIT, 'first');
      await upload('orders', COMMIT, 'second');
      expect(await charts.rendered('orders', COMMIT)).toBe('second');
    }));

  it('keeps a text under its digest, as it is; keeping it again changes nothing', () =>
    within(async ({ charts }) => {
      await charts.keep(DIGEST, TEXT);
      await charts.keep(DIGEST, TEXT);
      expect(await charts.load(DIGEST)).toBe(TEXT);
    }));

  it('keeps the largest chart', () =>
    within(async ({ charts }) => {
      const large = '# 日本語\n'.repeat(26_000);
      await charts.keep(DIGEST, large);
      expect(await charts.load(DIGEST)).toBe(large);
    }));

  it('takes nothing that was rendered for kept, and nothing that was kept for rendered', () =>
    within(async ({ charts, upload }) => {
      await upload('orders', COMMIT, TEXT);
      await charts.keep(DIGEST, TEXT);
      expect(await charts.load(`orders.${COMMIT}`)).toBeUndefined();
      expect(await charts.load(COMMIT)).toBeUndefined();
      expect(await charts.rendered('charts', DIGEST)).toBeUndefined();
    }));
}
