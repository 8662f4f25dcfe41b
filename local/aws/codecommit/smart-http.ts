/**
 * Git over HTTP at `/v1/repos/<name>`, as CodeCommit's addresses look, and what a push changed; at `/~ann/v1/repos/<name>` by somebody
 * called ann, since git tells a user's name only to a server that asks everybody for one. Separate because this is git's protocol, not
 * AWS's: the request goes to `git upload-pack` or `git receive-pack` as it is.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { AwsError } from '../api.ts';
import type { PathHandler } from '../server.ts';
import { type GitRepositories, gitEnvironment } from './repositories.ts';

/** A reference that a push created, moved or deleted. A missing commit means the reference is not there. */
export interface RefChange {
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Serves every repository; `pushed` is told what each push changed, after git stored it. */
export function smartHttp(
  repositories: GitRepositories,
  pushed: (repository: string, changes: RefChange[], user: string) => void,
): PathHandler {
  return async (request, response, url) => {
    const [, user = 'local', encoded = '', path] =
      /^(?:\/~([\w+=.@-]{1,64}))?\/v1\/repos\/([^/]+)\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(
        url.pathname,
      ) ?? [];
    if (path === undefined) return undefined;
    const repository = decodeURIComponent(encoded).replace(/\.git$/, '');
    const service = path === 'info/refs' ? (url.searchParams.get('service') ?? '') : path;
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      response.writeHead(403).end('Only smart HTTP is served; use git 1.6.6 or newer.\n');
      return true;
    }
    let directory: string;
    try {
      directory = repositories.directoryOf(repository);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response
        .writeHead(404)
        .end(`fatal: repository ${repository} does not exist; there are: ${repositories.names().join(', ')}\n`);
      return true;
    }
    const advertise = path === 'info/refs';
    const log = join(tmpdir(), `push-${randomUUID()}`);
    const git = spawn(
      'git',
      [service.slice(4), '--stateless-rpc', ...(advertise ? ['--advertise-refs'] : []), directory],
      {
        env: { ...gitEnvironment, GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), LAPTOP_PUSHED: log },
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    response.writeHead(200, {
      'content-type': `application/x-${service}-${advertise ? 'advertisement' : 'result'}`,
      'cache-control': 'no-cache',
    });
    if (advertise) {
      const line = `# service=${service}\n`;
      response.write(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`);
      git.stdin.end();
    } else {
      const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
      body.on('error', () => git.kill());
      body.pipe(git.stdin);
    }
    git.stdin.on('error', () => undefined);
    git.stdout.pipe(response, { end: false });
    request.on('aborted', () => git.kill());
    await new Promise((resolve) => git.once('close', resolve));
    response.end();
    if (path === 'git-receive-pack') pushed(repository, takeChanges(log), user);
    return true;
  };
}

/** What the post-receive hook noted: a line of old id, new id and reference each. */
function takeChanges(log: string): RefChange[] {
  const idOrNone = (id: string) => (/^0+$/.test(id) ? undefined : id);
  try {
    const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
    rmSync(log);
    return lines.map((line) => {
      const [before = '', after = ''] = line.split(' ', 2);
      return { ref: line.slice(before.length + after.length + 2), before: idOrNone(before), after: idOrNone(after) };
    });
  } catch {
    return []; // Nothing was accepted: the hook did not run.
  }
}
