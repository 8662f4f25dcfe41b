/** What git says. Every answer is the truth of this moment; a failed look throws and is never taken for "gone". */
import type { Head } from '../domain/environment/observe-branch.ts';

export interface Branches {
  /** The head of a branch. `no-repository` when the repository itself does not exist. */
  head(repository: string, branch: string): Promise<Head | { readonly kind: 'no-repository' }>;
  /** All branch names of a repository. */
  list(
    repository: string,
  ): Promise<{ readonly kind: 'listed'; readonly branches: readonly string[] } | { readonly kind: 'no-repository' }>;
  /** All repository names of the account. */
  repositories(): Promise<readonly string[]>;
  /** A file at a commit, as bytes; `absent` when there is none. */
  file(
    repository: string,
    commit: string,
    path: string,
  ): Promise<{ readonly kind: 'file'; readonly text: string } | { readonly kind: 'absent' }>;
  /** Who wrote the commit and its first line, for messages; the addresses of author and committer. */
  commit(
    repository: string,
    commit: string,
  ): Promise<{ readonly author: string; readonly title: string; readonly emails: readonly string[] } | undefined>;
}
