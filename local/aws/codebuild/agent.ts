/**
 * Runs the phases of one build, as the leader of a process group that ends with it. Separate because it is a process of its own:
 * stopping a build, or losing the parent in whatever way, ends everything that the build started.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Buildspec, commandPhases } from './project.ts';

/** Parent to agent. */
export interface AgentOrder {
  readonly spec: Buildspec;
  /** The checked-out source. */
  readonly source: string;
  /** A folder of the build for the agent's own files. */
  readonly folder: string;
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
}
/** Agent to parent. */
export type AgentReport =
  | { readonly kind: 'phase-began'; readonly phase: string }
  | { readonly kind: 'phase-ended'; readonly phase: string; readonly error?: string }
  | {
      readonly kind: 'done';
      readonly succeeded: boolean;
      readonly uploads: boolean;
      readonly variables: Readonly<Record<string, string>>;
    };

const report = (message: AgentReport) => new Promise((resolve) => process.send?.(message, resolve));

process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
process.once('message', (order: AgentOrder) => void run(order));

async function run({ spec, source, folder, log, environment }: AgentOrder): Promise<void> {
  const output = createWriteStream(log, { flags: 'a' });
  const say = (text: string) => output.write(`[Container] ${text}\n`);
  const variables = join(folder, 'variables.sh');
  const place = join(folder, 'directory');
  writeFileSync(variables, '');
  writeFileSync(place, source);

  /** Commands share variables and working directory as if one shell ran them all. */
  async function command(text: string, succeeding: boolean): Promise<string | undefined> {
    say(`Running command ${text}`);
    const script = `. "$1" || exit 1; cd "$(cat "$2")" || exit 1; export CODEBUILD_BUILD_SUCCEEDING=${succeeding ? 1 : 0}\n${text}\n__status=$?; export -p > "$1"; pwd > "$2"; exit $__status`;
    const child = spawn(spec.shell, ['-c', script, spec.shell, variables, place], {
      env: environment,
      cwd: source,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('error', () => resolve([127, null]));
      child.once('close', (...ended) => resolve(ended));
    });
    if (code === 0) return undefined;
    return `Error while executing command: ${text}. Reason: ${signal === null ? `exit status ${code}` : `signal: ${signal}`}`;
  }

  let succeeding = true;
  let uploads = true;
  for (const name of commandPhases) {
    const phase = name.toUpperCase();
    await report({ kind: 'phase-began', phase });
    say(`Entering phase ${phase}`);
    let error: string | undefined;
    const { commands = [], finally: last = [], onFailure } = spec.phases[name] ?? {};
    for (const text of commands) if (error === undefined) error = await command(text, succeeding);
    for (const text of last) error = (await command(text, succeeding && error === undefined)) ?? error;
    say(`Phase complete: ${phase} State: ${error === undefined ? 'SUCCEEDED' : 'FAILED'}`);
    say(`Phase context status code: ${error === undefined ? '' : 'COMMAND_EXECUTION_ERROR'} Message: ${error ?? ''}`);
    await report({ kind: 'phase-ended', phase, ...(error !== undefined && { error }) });
    if (error === undefined) continue;
    succeeding = false;
    if (onFailure === 'CONTINUE') continue;
    // https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html: only a failed BUILD goes on to POST_BUILD.
    uploads = onFailure !== 'ABORT' && (name === 'build' || name === 'post_build');
    if (!uploads) break;
  }
  const made = await exported();
  // INVARIANT: the log is whole before anybody hears that the build has ended.
  await new Promise<void>((resolve) => output.end(resolve));
  await report({ kind: 'done', succeeded: succeeding, uploads, variables: made });
  process.exit(0);

  function exported(): Promise<Record<string, string>> {
    const child = spawn(spec.shell, ['-c', '. "$1"; env -0', spec.shell, variables], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    return new Promise((resolve) =>
      child.once('close', () => {
        const all = Buffer.concat(chunks)
          .toString()
          .split('\0')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
        resolve(
          Object.fromEntries(
            [...all, ['PWD', readFileSync(place, 'utf8').trim()] as const].filter(
              ([name]) => spec.exported.includes(name) || name === 'PWD',
            ),
          ),
        );
      }),
    );
  }
}
