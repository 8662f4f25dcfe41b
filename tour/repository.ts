/**
 * A clone of a repository and what a developer does in it, with the real git. Separate because everything the tour causes, it causes
 * by these commands.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A developer's git, whatever is configured on this machine. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

export interface Repository {
  readonly name: string;
  /** Writes these files (path → text) and commits them on the branch, which begins at main when it is new. */
  commit(branch: string, message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Pushes the branch and answers its head. */
  push(branch: string): Promise<string>;
  /** Moves the branch to a commit that it had before, at the remote too, whatever came after it. */
  moveTo(branch: string, commit: string): Promise<void>;
  /** Deletes the branch at the remote. */
  deleteBranch(branch: string): Promise<void>;
  /** The commit that the branch had at the remote when it was last seen. */
  head(branch: string): Promise<string>;
  /** The text of a file on a branch. */
  read(branch: string, path: string): Promise<string>;
}

/** Clones a repository by its address. `say` hears every command as a person would type it. */
export async function clone(
  name: string,
  address: string,
  directory: string,
  say: (command: string) => void,
): Promise<Repository> {
  const git = async (...words: string[]): Promise<string> =>
    (await run('git', words, { cwd: directory, env: ENVIRONMENT })).stdout.trim();
  await mkdir(directory, { recursive: true });
  say(`git clone ${address}`);
  await git('clone', '--quiet', address, '.');
  const checkOut = async (branch: string): Promise<void> => {
    const known = await git('branch', '--list', '--format=%(refname:short)', '--', branch);
    if (known === '') await git('checkout', '--quiet', '-b', branch, 'origin/main');
    else await git('checkout', '--quiet', branch, '--');
  };
  return {
    name,
    async commit(branch, message, files) {
      await checkOut(branch);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    async push(branch) {
      await checkOut(branch);
      say(`git push origin ${quoted(branch)}    (${name}: ${await git('log', '-1', '--format=%h %s')})`);
      await git('push', '--quiet', 'origin', `refs/heads/${branch}:refs/heads/${branch}`);
      return git('rev-parse', 'HEAD');
    },
    async moveTo(branch, commit) {
      await checkOut(branch);
      await git('reset', '--quiet', '--hard', commit);
      say(`git push --force origin ${quoted(branch)}    (${name}: ${await git('log', '-1', '--format=%h %s')})`);
      await git('push', '--quiet', '--force', 'origin', `refs/heads/${branch}:refs/heads/${branch}`);
    },
    async deleteBranch(branch) {
      say(`git push origin --delete ${quoted(branch)}    (${name})`);
      await git('push', '--quiet', 'origin', `:refs/heads/${branch}`);
    },
    head: (branch) => git('rev-parse', `refs/remotes/origin/${branch}`),
    async read(branch, path) {
      return git('show', `${branch}:${path}`);
    },
  };
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
