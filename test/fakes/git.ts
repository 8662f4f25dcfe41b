/** Git repositories in memory: branches, files and commits as CodeCommit would tell them. */
import { createHash } from 'node:crypto';
import type { Branches } from '../../lambdas/ports/branches.ts';

interface Commit {
  readonly files: Readonly<Record<string, string>>;
  readonly author: string;
  readonly title: string;
  readonly email: string;
}

export class FakeGit implements Branches {
  readonly #repositories = new Map<string, Map<string, string>>();
  readonly #commits = new Map<string, Commit>();
  #count = 0;

  createRepository(name: string): void {
    this.#repositories.set(name, new Map());
  }

  deleteRepository(name: string): void {
    this.#repositories.delete(name);
  }

  /** Pushes a new commit with these files and answers its id. */
  push(repository: string, branch: string, files: Readonly<Record<string, string>> = {}): string {
    this.#count += 1;
    const commit = createHash('sha1')
      .update(`${repository} ${String(this.#count)}`)
      .digest('hex');
    this.#commits.set(`${repository} ${commit}`, {
      files,
      author: 'Ada',
      title: `Change ${String(this.#count)}`,
      email: 'ada@example.com',
    });
    this.#branches(repository).set(branch, commit);
    return commit;
  }

  /** Lets a branch point to a commit that is there. */
  point(repository: string, branch: string, commit: string): void {
    if (!this.#commits.has(`${repository} ${commit}`))
      throw new Error(`There is no commit ${commit} in ${repository}.`);
    this.#branches(repository).set(branch, commit);
  }

  deleteBranch(repository: string, branch: string): void {
    this.#branches(repository).delete(branch);
  }

  /** The head now, without counting as a call. */
  now(repository: string, branch: string): string | undefined {
    return this.#repositories.get(repository)?.get(branch);
  }

  /** Files of a commit, without counting as a call. */
  files(repository: string, commit: string): Readonly<Record<string, string>> | undefined {
    return this.#commits.get(`${repository} ${commit}`)?.files;
  }

  async head(repository: string, branch: string): ReturnType<Branches['head']> {
    const branches = this.#repositories.get(repository);
    if (branches === undefined) return Promise.resolve({ kind: 'no-repository' });
    const commit = branches.get(branch);
    return Promise.resolve(commit === undefined ? { kind: 'gone' } : { kind: 'commit', commit });
  }

  async list(repository: string): ReturnType<Branches['list']> {
    const branches = this.#repositories.get(repository);
    return Promise.resolve(
      branches === undefined ? { kind: 'no-repository' } : { kind: 'listed', branches: [...branches.keys()] },
    );
  }

  async repositories(): Promise<readonly string[]> {
    return Promise.resolve([...this.#repositories.keys()]);
  }

  async file(repository: string, commit: string, path: string): ReturnType<Branches['file']> {
    const text = this.#commits.get(`${repository} ${commit}`)?.files[path];
    return Promise.resolve(text === undefined ? { kind: 'absent' } : { kind: 'file', text });
  }

  async commit(repository: string, commit: string): ReturnType<Branches['commit']> {
    const known = this.#commits.get(`${repository} ${commit}`);
    return Promise.resolve(known && { author: known.author, title: known.title, emails: [known.email] });
  }

  #branches(repository: string): Map<string, string> {
    const branches = this.#repositories.get(repository);
    if (branches === undefined) throw new Error(`There is no repository ${repository}.`);
    return branches;
  }
}
