/**
 * Who builds a commit, who waits for it, and when nobody wants it any more. Separate because a commit is built once for all
 * environments that want it, whichever of them asks first, is superseded or dies.
 */
import type { Commit, Instant } from '../environment/record.ts';
import type { ImageFacts } from '../images/image-facts.ts';
import type { ServiceDefinition } from '../service/definition.ts';
import type { BuildItem, ChartFacts, Wish } from './build-item.ts';

/** What was found out before claiming. */
export interface BuildSituation {
  readonly repository: string;
  readonly commit: Commit;
  readonly definition: ServiceDefinition;
  /** The image, when the registry has it. */
  readonly digest?: string;
  /** Facts of that image. */
  readonly image?: ImageFacts;
  /** Facts of its chart, when the image is there. */
  readonly chart?: ChartFacts;
  /** Whether the holder of the item is still responsible for its service. */
  readonly holderLives: boolean;
  readonly now: Instant;
}

/** What the asking delivery does now; `item` is to be saved first. */
export type BuildClaim =
  | { readonly kind: 'built'; readonly digest: string; readonly item: BuildItem }
  | { readonly kind: 'wait'; readonly item: BuildItem }
  | { readonly kind: 'build'; readonly item: BuildItem }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Decides for one delivery. Asking again (the answer was lost) gives the same answer and the same attempt. */
export function claimBuild(item: BuildItem | undefined, me: Wish, situation: BuildSituation): BuildClaim {
  const { repository, commit, definition, digest, image, chart, now } = situation;
  const fresh: BuildItem = {
    repository,
    commit,
    version: item?.version ?? 0,
    state: 'building',
    holder: me,
    attempt: (item?.attempt ?? 0) + 1,
    startedAt: now,
    wantedBy: [...(item?.wantedBy ?? []).filter((wish) => !sameService(wish, me)), me],
    definition,
  };
  // The registry knows best: an image that is there was made by all stages of a build, whoever recorded it.
  if (digest !== undefined)
    return {
      kind: 'built',
      digest,
      item: {
        ...(item ?? fresh),
        state: 'built',
        digest,
        definition,
        ...(image !== undefined && { image }),
        ...(chart !== undefined && { chart }),
      },
    };
  if (item === undefined) return { kind: 'build', item: fresh };
  if (item.state === 'building') {
    if (same(item.holder, me)) return { kind: 'build', item };
    const waits = !sameService(item.holder, me) && situation.holderLives;
    return waits ? { kind: 'wait', item: wanted(item, me) } : { kind: 'build', item: fresh };
  }
  // Whoever waited for the attempt that failed learns its reason; whoever comes later is a new attempt.
  const waited = item.state === 'failed' && !same(item.holder, me) && item.wantedBy.some((wish) => same(wish, me));
  if (waited) return { kind: 'rejected', reason: item.reason ?? 'The build of this commit failed.' };
  return { kind: 'build', item: fresh };
}

/** The item without the wishes of one service, or of a whole environment; `unwanted` when nobody is left who waits for it. */
export function withoutWishes(
  item: BuildItem,
  of: { readonly environment: string; readonly service?: string },
): { readonly item: BuildItem; readonly unwanted: boolean } {
  const wantedBy = item.wantedBy.filter(
    (wish) => wish.environment !== of.environment || (of.service !== undefined && wish.service !== of.service),
  );
  const unwanted = item.state === 'building' && wantedBy.length === 0;
  return { item: { ...item, wantedBy, ...(unwanted && { state: 'stopped' as const }) }, unwanted };
}

function wanted(item: BuildItem, me: Wish): BuildItem {
  return { ...item, wantedBy: [...item.wantedBy.filter((wish) => !sameService(wish, me)), me] };
}

function sameService(one: Wish, other: Wish): boolean {
  return one.environment === other.environment && one.service === other.service;
}

function same(one: Wish, other: Wish): boolean {
  return sameService(one, other) && one.generation === other.generation;
}
