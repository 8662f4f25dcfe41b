/** Who brought commits into repositories, as branch events told. Events get lost: what is not known is not there. */
import type { Pushed } from '../contracts/payloads.ts';

export interface Pushes {
  /** Remembers a push. Telling it twice is no error. */
  remember(repository: string, pushed: Pushed): Promise<void>;
  /** ARNs of everybody who pushed or merged the commit, or pushed what was merged into it. */
  pushersOf(repository: string, commit: string): Promise<readonly string[]>;
}
