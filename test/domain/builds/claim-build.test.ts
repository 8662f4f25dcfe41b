/** A commit is built once, whoever asks, waits, is superseded or dies. */
import { describe, expect, it } from 'vitest';
import type { BuildItem, Wish } from '../../../lambdas/domain/builds/build-item.ts';
import { claimBuild, withoutWishes, type BuildSituation } from '../../../lambdas/domain/builds/claim-build.ts';
import { serviceFile } from '../../handlers/cluster-world.ts';

const ONE: Wish = { environment: 'feature-a', service: 'orders', generation: 1 };
const TWO: Wish = { environment: 'integration', service: 'orders', generation: 4 };
const SITUATION: BuildSituation = {
  repository: 'orders',
  commit: 'a'.repeat(40),
  definition: serviceFile(),
  holderLives: true,
  now: 5,
};
const DIGEST = 'sha256:1';

/** The item after a claim that saves one. */
function claimed(item: BuildItem | undefined, me: Wish, situation: Partial<BuildSituation> = {}): BuildItem {
  const claim = claimBuild(item, me, { ...SITUATION, ...situation });
  if (claim.kind === 'rejected') throw new Error(claim.reason);
  return { ...claim.item, version: claim.item.version + 1 };
}

describe('the build of a commit', () => {
  it('is begun by whoever asks first', () => {
    const claim = claimBuild(undefined, ONE, SITUATION);
    expect(claim).toMatchObject({
      kind: 'build',
      item: { state: 'building', attempt: 1, holder: ONE, wantedBy: [ONE] },
    });
  });

  it('is the same attempt when the first asks again', () => {
    const item = claimed(undefined, ONE);
    expect(claimBuild(item, ONE, SITUATION)).toEqual({ kind: 'build', item });
  });

  it('is waited for by everybody else', () => {
    const claim = claimBuild(claimed(undefined, ONE), TWO, SITUATION);
    expect(claim).toMatchObject({ kind: 'wait', item: { holder: ONE, wantedBy: [ONE, TWO] } });
  });

  it('is taken over when its holder is no longer responsible', () => {
    const claim = claimBuild(claimed(undefined, ONE), TWO, { ...SITUATION, holderLives: false });
    expect(claim).toMatchObject({ kind: 'build', item: { holder: TWO, attempt: 2 } });
  });

  it('is taken over at once by a later generation of the same service', () => {
    const later = { ...ONE, generation: 2 };
    const claim = claimBuild(claimed(undefined, ONE), later, SITUATION);
    expect(claim).toMatchObject({ kind: 'build', item: { holder: later, attempt: 2, wantedBy: [later] } });
  });

  it('is not needed when the registry has the image, whoever recorded it', () => {
    for (const item of [undefined, claimed(undefined, ONE)]) {
      const claim = claimBuild(item, TWO, { ...SITUATION, digest: DIGEST });
      expect(claim).toMatchObject({ kind: 'built', digest: DIGEST, item: { state: 'built', digest: DIGEST } });
    }
  });

  it('is done again when its image has expired', () => {
    const built = claimed(claimed(undefined, ONE), ONE, { digest: DIGEST });
    expect(claimBuild(built, TWO, SITUATION)).toMatchObject({ kind: 'build', item: { attempt: 2, state: 'building' } });
  });

  it('tells its reason to those who waited for it, and is tried again for those who come later', () => {
    const waiting = claimed(claimed(undefined, ONE), TWO);
    const failed: BuildItem = { ...waiting, state: 'failed', reason: 'exit status 1' };
    expect(claimBuild(failed, TWO, SITUATION)).toEqual({ kind: 'rejected', reason: 'exit status 1' });
    const later = { ...TWO, generation: 5 };
    expect(claimBuild(failed, later, SITUATION)).toMatchObject({ kind: 'build', item: { attempt: 2 } });
  });
});

describe('a wish that is withdrawn', () => {
  it('leaves the build to others who want it', () => {
    const both = claimed(claimed(undefined, ONE), TWO);
    expect(withoutWishes(both, { environment: 'feature-a', service: 'orders' })).toMatchObject({
      unwanted: false,
      item: { state: 'building', wantedBy: [TWO] },
    });
  });

  it('ends the build when it was the last', () => {
    const left = withoutWishes(claimed(undefined, ONE), { environment: 'feature-a' });
    expect(left).toMatchObject({ unwanted: true, item: { state: 'stopped', wantedBy: [] } });
  });

  it('never ends what is built', () => {
    const built = claimed(claimed(undefined, ONE), ONE, { digest: DIGEST });
    expect(withoutWishes(built, { environment: 'feature-a' })).toMatchObject({
      unwanted: false,
      item: { state: 'built' },
    });
  });
});
