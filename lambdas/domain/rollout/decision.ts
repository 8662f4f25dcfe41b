/** What a rollout may do next, as data. Separate because deciding, carrying out, remembering and describing must know all of it. */
import type { Instant } from '../environment/record.ts';
import type { Question, RollBackReason } from './rollout.ts';
import type { HeaderMatch, Percent } from './step.ts';

export type Decision =
  | { readonly kind: 'size-candidate'; readonly candidatePercent: Percent }
  | { readonly kind: 'size-stable' }
  /** Fresh pods of what serves, so that they are ready before they get a share. */
  | { readonly kind: 'prepare-baseline'; readonly candidatePercent: Percent }
  /** Nothing leads to them any more. */
  | { readonly kind: 'remove-baseline' }
  /** The side that has all the traffic gets the size, or the bounds, of its service file. */
  | { readonly kind: 'size-as-defined'; readonly of: 'candidate' | 'stable' }
  | { readonly kind: 'shift'; readonly candidatePercent: Percent }
  | { readonly kind: 'open-header'; readonly match: HeaderMatch }
  | { readonly kind: 'close-header' }
  /** Nothing to write: look again at that moment, or earlier when a person decides. */
  | { readonly kind: 'hold'; readonly until: Instant; readonly because: string }
  | { readonly kind: 'ask'; readonly question: Question }
  /** `verified`: what the step wrote was seen to hold. */
  | { readonly kind: 'next-step'; readonly verified?: true }
  | { readonly kind: 'keep-paused'; readonly by: string }
  | { readonly kind: 'resume' }
  /** The way in from outside becomes what the candidate's service file says. */
  | { readonly kind: 'open-way-in' }
  | { readonly kind: 'close-way-in' }
  /** The plain Service, which others in the cluster call, follows to this side. */
  | { readonly kind: 'point-service'; readonly to: 'stable' | 'candidate' }
  /** All that is left to do is to make the candidate the stable side. */
  | { readonly kind: 'promote' }
  | { readonly kind: 'roll-back'; readonly reason: RollBackReason }
  /** Verified: stable 100, candidate 0, the header route leads to it. It waits until then to be released. */
  | { readonly kind: 'stay-dark'; readonly until: Instant }
  /** Verified: stable 100, candidate 0, no header route. */
  | { readonly kind: 'rolled-back' }
  /** Verified: candidate 100, no header route, the plain Service selects it. */
  | { readonly kind: 'promoted' };
