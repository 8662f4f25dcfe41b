/**
 * The bare git repositories that play CodeCommit's: made, listed and read through the `git` command. Separate from the API over
 * them (service.ts) and from how people reach them (smart-http.ts).
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, AwsError } from '../api.ts';
import { listState, readState, removeState, writeState } from '../state-file.ts';

const run = promisify(execFile);

/** git's environment: nothing of the person's own settings, hooks or credentials. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** What is known of a repository beside its objects. */
export interface RepositoryFacts {
  readonly id: string;
  readonly created: number;
  readonly description?: string | undefined;
}

/** One entry of a folder in a commit. */
export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  readonly path: string;
}

/** The repositories of the state directory. */
export function gitRepositories(account: Account) {
  const folder = join(account.state, 'git');

  function directoryOf(name: string): string {
    if (!/^[\w.-]{1,100}$/.test(name) || name.endsWith('.git'))
      throw new AwsError('InvalidRepositoryNameException', `${JSON.stringify(name)} is not a valid repository name.`);
    const directory = join(folder, `${name}.git`);
    if (!existsSync(join(directory, 'HEAD')) || readState(join(folder, `${name}.json`)) === undefined)
      throw new AwsError('RepositoryDoesNotExistException', `${name} does not exist`);
    return directory;
  }

  async function git(name: string, ...parameters: string[]): Promise<Buffer> {
    const { stdout } = await run('git', ['--git-dir', directoryOf(name), ...parameters], {
      env: gitEnvironment,
      encoding: 'buffer',
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  /** The output without its line end, or undefined when git says no. */
  async function ask(name: string, ...parameters: string[]): Promise<string | undefined> {
    directoryOf(name);
    return git(name, ...parameters).then(
      (output) => output.toString().trimEnd(),
      () => undefined,
    );
  }

  return {
    directoryOf,
    names: () => [...listState(folder).keys()],
    facts: (name: string) => readState<RepositoryFacts>(join(folder, `${name}.json`)) as RepositoryFacts,

    async create(name: string, description?: string): Promise<void> {
      const directory = join(folder, `${name}.git`);
      await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory], { env: gitEnvironment });
      await run('git', ['--git-dir', directory, 'config', 'receive.autogc', 'false'], { env: gitEnvironment });
      const hook = join(directory, 'hooks', 'post-receive');
      writeFileSync(hook, '#!/bin/sh\nif [ -n "$LAPTOP_PUSHED" ]; then cat > "$LAPTOP_PUSHED"; fi\n');
      chmodSync(hook, 0o755);
      writeState(join(folder, `${name}.json`), { id: randomUUID(), created: Date.now(), description });
    },
    exists: (name: string) => readState(join(folder, `${name}.json`)) !== undefined,
    forget: (name: string) => removeState(join(folder, `${name}.json`)),

    async branches(name: string): Promise<string[]> {
      const output = await git(name, 'for-each-ref', '--format=%(refname)', 'refs/heads/');
      return output
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((ref) => ref.slice('refs/heads/'.length));
    },

    /** The commit a full ref points to. */
    head: (name: string, ref: string) => ask(name, 'show-ref', '--verify', '--hash', ref),

    /** The commit that a full id, branch, tag or full ref names. */
    async resolve(name: string, specifier: string): Promise<string | undefined> {
      if (/^[0-9a-f]{40}$/.test(specifier))
        return (await ask(name, 'cat-file', '-t', specifier)) === 'commit' ? specifier : undefined;
      if (specifier === 'HEAD') return ask(name, 'rev-parse', '--verify', '--quiet', 'HEAD');
      for (const ref of [`refs/heads/${specifier}`, `refs/tags/${specifier}`, specifier]) {
        if (!ref.startsWith('refs/')) continue;
        const head = await ask(name, 'show-ref', '--verify', '--hash', ref);
        if (head !== undefined) return head;
      }
      return undefined;
    },

    treeId: (name: string, commit: string, path: string) => ask(name, 'rev-parse', '--verify', `${commit}:${path}`),

    object: (name: string, id: string, type: 'blob' | 'commit') => git(name, 'cat-file', type, id),

    /** The entries of a path in a commit: of the folder when it ends with a slash or is empty, else its own. */
    async tree(name: string, commit: string, path: string): Promise<TreeEntry[]> {
      const output = await git(name, 'ls-tree', '-z', '--full-tree', commit, ...(path === '' ? [] : ['--', path]));
      return output
        .toString()
        .split('\0')
        .filter(Boolean)
        .map((line) => {
          const [, mode = '', type = '', id = '', file = ''] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(line) ?? [];
          return { mode, type, id, path: file };
        });
    },
  };
}

/** Repositories with git behind them. */
export type GitRepositories = ReturnType<typeof gitRepositories>;
