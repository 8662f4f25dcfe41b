/**
 * Gives a new laptop something to try: each folder of examples/ becomes a repository with its branches. Separate because what the
 * examples are is no business of the laptop's AWS.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Aws } from './aws/aws.ts';

/** Pushed once, when the repository is new; the first is the default branch. */
const branches = ['main', 'integration'];

/** The addresses of the example repositories; new ones get one commit on each branch. */
export async function exampleRepositories(aws: Aws, directory: string): Promise<Record<string, string>> {
  const examples = join(import.meta.dirname, '..', 'examples');
  const names = existsSync(examples)
    ? readdirSync(examples, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];
  const addresses: Record<string, string> = {};
  for (const name of names.sort()) {
    const { url, empty } = await aws.repository(name);
    addresses[name] = url;
    if (!empty) continue;
    const folder = join(directory, 'clones', name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    cpSync(join(examples, name), folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
    const git = (...parameters: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=Examples', '-c', 'user.email=examples@localhost', ...parameters], {
        cwd: folder,
      });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', `The example service ${name}`);
    await git('push', '--quiet', url, ...branches.map((branch) => `HEAD:refs/heads/${branch}`));
    rmSync(folder, { recursive: true, force: true });
  }
  return addresses;
}
