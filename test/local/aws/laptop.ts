/**
 * A laptop's AWS for one test: an assembly written with aws-cdk-lib, opened on a state directory of its own. Separate because
 * every test of local/aws begins like this.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { type Aws, openAws } from '../../../local/aws/aws.ts';

const run = promisify(execFile);

/** An open laptop. */
export interface Laptop {
  readonly aws: Aws;
  readonly state: string;
  readonly notices: string[];
  readonly lines: string[];
  /** Configuration for any SDK client; a person's by default. */
  readonly client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /** Runs git in a folder, as a person would. */
  git(folder: string, ...parameters: string[]): Promise<string>;
  /** A new clone of a repository with one commit of these files on `main`, pushed. */
  repository(name: string, files: Record<string, string>): Promise<string>;
}

/** Synthesizes one stack and runs it; everything is stopped and removed when the test ends. */
export async function withLaptop(
  stack: (stack: Stack) => void,
  test: (laptop: Laptop) => Promise<void>,
  options: { state?: string; tools?: string; retryDelays?: number[] } = {},
): Promise<void> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'laptop-'));
  const app = new App({ outdir: join(state, 'cdk.out'), analyticsReporting: false });
  stack(new Stack(app, 'Test', { env: { account: '000000000000', region: 'eu-central-1' } }));
  app.synth();
  const lines: string[] = [];
  const notices: string[] = [];
  const aws = await openAws({
    stateDirectory: state,
    port: 0,
    log: (line) => lines.push(line),
    notice: (text) => notices.push(text),
    ...(options.tools !== undefined && { tools: options.tools }),
    ...(options.retryDelays && { retryDelays: options.retryDelays }),
  });
  const git = async (folder: string, ...parameters: string[]) => {
    const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'init.defaultBranch=main'];
    return (await run('git', [...identity, ...parameters], { cwd: folder })).stdout;
  };
  const client = {
    endpoint: aws.account.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  try {
    await aws.deploy(join(state, 'cdk.out'), { endpoint: 'https://127.0.0.1:1', certificateAuthority: 'PEM' });
    await test({
      aws,
      state,
      notices,
      lines,
      client,
      git,
      async repository(name, files) {
        const folder = join(state, 'clones', name);
        mkdirSync(folder, { recursive: true });
        const { url } = await aws.repository(name);
        await git(folder, 'clone', '--quiet', url, '.');
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), text);
        }
        await git(folder, 'add', '-A');
        await git(folder, 'commit', '--quiet', '--message', 'first');
        await git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
        return folder;
      },
    });
  } finally {
    await aws.stop();
    if (options.state === undefined) rmSync(state, { recursive: true, force: true });
  }
}

/** Waits until the condition gives something; fails with what was seen after ten seconds. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, what = 'it'): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`${what} did not happen within ten seconds`);
}
