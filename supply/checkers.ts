/**
 * The checkers: Python programs at exact versions, in a folder of their own below node_modules. Separate because nothing else here
 * needs Python, and what is missing must be said in words.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** The oldest Python for which the requirements were resolved. */
const OLDEST = [3, 11] as const;

/** Where the checkers are; installs them when they are not there yet. Throws with what is missing. */
export function installCheckers(say: (line: string) => void): string {
  const { python, version } = findPython();
  const key = createHash('sha256').update(version).update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const folder = join(ROOT, 'node_modules', '.cache', `espalier-checkers-${key}`);
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return join(folder, 'bin');

  say('Installing cfn-lint, checkov and parliament (once, about a minute) …');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  must(
    python,
    ['-m', 'venv', folder],
    'Python cannot make a virtual environment (on Debian: apt install python3-venv)',
  );
  const wheels = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', REQUIREMENTS];
  must(
    join(folder, 'bin', 'python'),
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wheels],
    'The checkers could not be installed from the Python package index; pip says why below',
  );
  writeFileSync(complete, '');
  return join(folder, 'bin');
}

function findPython(): { readonly python: string; readonly version: string } {
  const program = 'import sys; print(*sys.version_info[:2], sys.platform)';
  const found = ['python3', 'python'].map((python) => ({
    python,
    version: spawnSync(python, ['-c', program], { encoding: 'utf8' }).stdout?.trim() ?? '',
  }));
  const fit = found.find(({ version }) => {
    const [major = 0, minor = 0] = version.split(' ').map(Number);
    return major === OLDEST[0] && minor >= OLDEST[1];
  });
  if (fit !== undefined) return fit;
  const seen = found.filter(({ version }) => version !== '').map(({ python, version }) => `${python} is ${version}`);
  throw new Error(
    `cfn-lint, checkov and parliament need Python ${OLDEST.join('.')} or later with venv and pip; ` +
      `${seen.length === 0 ? 'there is neither python3 nor python' : seen.join(', ')}. ` +
      'Install it and run this again. Everything else of the project works without it.',
  );
}

function must(command: string, parameters: readonly string[], meaning: string): void {
  const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${meaning}:\n${stdout}${stderr}`);
}

/** Runs a checker to its end and answers what it printed as JSON, whatever it found. */
export async function runChecker(program: string, parameters: readonly string[], input?: string): Promise<unknown> {
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input ?? '');
  const [printed, complaints] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  try {
    return JSON.parse(printed);
  } catch {
    throw new Error(`${program} ended without a report:\n${printed.slice(0, 2_000)}${complaints.slice(-2_000)}`);
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
