/** Pushes in memory. */
import type { Pushed } from '../../lambdas/contracts/payloads.ts';
import type { Pushes } from '../../lambdas/ports/pushes.ts';

export class FakePushes implements Pushes {
  readonly told: (Pushed & { readonly repository: string })[] = [];

  remember(repository: string, pushed: Pushed): Promise<void> {
    this.told.push({ repository, ...pushed });
    return Promise.resolve();
  }

  async pushersOf(repository: string, commit: string): Promise<readonly string[]> {
    const pushes = this.told.filter((push) => push.repository === repository && push.commit === commit);
    const before = await Promise.all(
      pushes.flatMap(({ mergedFrom }) => (mergedFrom === undefined ? [] : [this.pushersOf(repository, mergedFrom)])),
    );
    return [...new Set([...pushes.flatMap(({ by }) => by ?? []), ...before.flat()])];
  }
}
