/** What the function `notice` needs from the world. Separate because both of its halves, wording and publishing, take it. */
import type { Branches } from '../../ports/branches.ts';
import type { History } from '../../ports/history.ts';
import type { Notices } from '../../ports/notices.ts';
import type { Records } from '../../ports/records.ts';

export interface NoticePorts {
  readonly installation: string;
  /** Page of the console on which a person starts *decide approval*. */
  readonly decideLink: string;
  readonly records: Pick<Records, 'load'>;
  readonly branches: Pick<Branches, 'commit'>;
  readonly history: Pick<History, 'of'>;
  readonly notices: Notices;
}
