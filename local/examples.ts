/**
 * Gives a new laptop something to try: each folder of examples/ becomes a repository with its branches. Separate because what the
 * examples are is no business of the laptop's AWS.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Aws } from './aws/aws.ts';

/** Where they come from: a folder each. */
export const examplesFolder = join(import.meta.dirname, '..', 'examples');

/** Pushed once, when the repository is new; the first is the default branch. */
const branches = ['main', 'integration'];

/** The addresses of the example repositories; new ones get one commit on each branch. */
export async function exampleRepositories(aws: Aws, directory: string): Promise<Record<string, string>> {
  const names = existsSync(examplesFolder)
    ? readdirSync(examplesFolder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];
  const addresses = await Promise.all(
    names.sort().map(async (name) => [name, await offer(aws, directory, name)] as const),
  );
  return Object.fromEntries(addresses);
}

/** One repository; what it holds is pushed only while it is empty. */
async function offer(aws: Aws, directory: string, name: string): Promise<string> {
  const { url, empty } = await aws.repository(name);
  if (!empty) return url;
  const folder = join(directory, 'clones', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(examplesFolder, name), folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  const identity = ['-c', 'user.name=Examples', '-c', 'user.email=examples@localhost'];
  const git = (...parameters: string[]) => promisify(execFile)('git', [...identity, ...parameters], { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', `The example service ${name}`);
  await git('push', '--quiet', url, ...branches.map((branch) => `HEAD:refs/heads/${branch}`));
  rmSync(folder, { recursive: true, force: true });
  return url;
}
