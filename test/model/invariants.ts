/**
 * What must be true of every single saved change, not only at rest. Separate because it holds for the domain in general: the
 * property tests of transitions check the same.
 */
import { tierOf } from '../../lambdas/contracts/kinds.ts';
import { ownerOf } from '../../lambdas/domain/environment/claim.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';

/** Every invariant that a change breaks, in a sentence. `before` is undefined for the first save. */
export function broken(before: EnvironmentRecord | undefined, after: EnvironmentRecord): readonly string[] {
  const found: string[] = [];
  const claim = (held: boolean, sentence: string): void => {
    if (!held) found.push(`${after.id}: ${sentence}`);
  };
  claim(tierOf(after.kind) === 'branch' || after.phase === 'active', 'a lasting environment is removed');
  claim(Object.keys(after.services).length > 0, 'a record without any service was saved');
  const wanted = Object.values(after.services).filter(({ desired }) => desired.kind === 'commit');
  const owned = Object.values(after.services).filter(({ owner }) => owner !== undefined);
  claim(after.phase === 'active' || owned.length === 0, 'somebody works on a service during or after a removal');
  claim(after.removal.owner === undefined || after.phase === 'removing', 'a removal without being in removal');
  if (before?.phase !== 'removing' && after.phase === 'removing') {
    claim(wanted.length === 0, 'a removal begins although a service is wanted');
  }
  if (before === undefined) return found;
  claim(after.removal.generation >= before.removal.generation, 'the generation of the removal falls');
  claim(after.incarnation >= before.incarnation, 'the incarnation falls');
  for (const key of [undefined, ...Object.keys(before.services)]) {
    const was = ownerOf(before, key);
    const is = ownerOf(after, key);
    const what = key ?? 'the removal';
    claim(
      was === undefined || is === undefined || was.generation === is.generation,
      `${what} changes its owner unfreed`,
    );
    if (key === undefined) continue;
    const old = before.services[key];
    const now = after.services[key];
    claim(now !== undefined, `${what} is forgotten`);
    if (old === undefined || now === undefined) continue;
    claim(now.generation >= old.generation, `the generation of ${what} falls`);
    claim(
      is === undefined || is.generation === now.generation,
      `${what} is owned by another generation than its latest`,
    );
    claim(
      now.held === undefined || now.desired.kind === 'absent' || now.desired.commit !== now.held,
      `${what} is held back and wanted at once`,
    );
    claim(now.applied === undefined || now.touched, `${what} is applied and untouched at once`);
    const left = old.applied !== undefined && now.applied === undefined && after.phase !== 'removed';
    claim(!left || is === undefined, `${what} is no longer applied although somebody works on it`);
  }
  return found;
}
