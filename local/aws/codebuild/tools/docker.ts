/**
 * The build's `docker` where the laptop has no container engine: what builds need of its command line, over snapshots of file
 * trees in the laptop's image store. Everything else is refused by name. Separate because it is a program of its own.
 * https://docs.docker.com/reference/cli/docker/
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import type { FoundImage } from '../../../image.ts';
import { ImageStore, parseReference } from '../../../image-store.ts';
import { buildImage, isNode } from './build-image.ts';

const state = process.env['LAPTOP_STATE'] ?? '';
const store = new ImageStore(state);
const settings = join(homedir(), '.docker', 'config.json');

/** What is wrong with a command, and the code to end with. */
class CommandError extends Error {
  readonly code: number;
  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

/** Flags and words of a command line. Flags in `values` take a value; others in `flags` none; all others are refused. */
function read(
  command: string,
  line: readonly string[],
  values: readonly string[],
  flags: readonly string[],
  stopAtWord = false,
): { given: Map<string, string[]>; words: string[] } {
  const given = new Map<string, string[]>();
  const words: string[] = [];
  for (let index = 0; index < line.length; index += 1) {
    const word = line[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      if (stopAtWord) return { given, words: line.slice(index) };
      continue;
    }
    const [name = '', inline] = word.includes('=')
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word];
    const flag = name.replace(/^-+/, '');
    if (!values.includes(flag) && !flags.includes(flag))
      throw new CommandError(
        `docker ${command} ${name}: not supported on the laptop; supported are: ${[...values, ...flags].map((each) => (each.length > 1 ? `--${each}` : `-${each}`)).join(' ')}`,
        125,
      );
    const value = values.includes(flag) ? (inline ?? line[(index += 1)] ?? '') : (inline ?? 'true');
    given.set(flag, [...(given.get(flag) ?? []), value]);
  }
  return { given, words };
}

const all = (given: Map<string, string[]>, ...names: string[]) => names.flatMap((name) => given.get(name) ?? []);
const pairs = (entries: readonly string[], fallback = (_name: string): string | undefined => undefined) =>
  Object.fromEntries(
    entries.flatMap((entry): [string, string][] => {
      const at = entry.indexOf('=');
      if (at >= 0) return [[entry.slice(0, at), entry.slice(at + 1)]];
      const value = fallback(entry);
      return value === undefined ? [] : [[entry, value]];
    }),
  );

/** Names of this engine, apart from those of the registry. */
const local = {
  key: (reference: string) => {
    const { registry, repository, tag } = parseReference(reference);
    return { repository: posix.join('.docker', registry?.replace(':', '_') ?? '', repository), tag };
  },
  digest(reference: string): string | undefined {
    if (/^sha256:[0-9a-f]{64}$/.test(reference)) return store.blob(reference) && reference;
    const { repository, tag } = this.key(reference);
    return store.image(repository, tag)?.digest;
  },
  tag(reference: string, digest: string) {
    const { repository, tag } = this.key(reference);
    store.push(repository, tag, digest);
  },
};

/** Asks the registry's door with the token of `docker login`. */
async function registry(method: 'GET' | 'PUT', reference: string, body?: string): Promise<string> {
  const { registry: host = 'docker.io' } = parseReference(reference);
  const { auths = {} } = existsSync(settings)
    ? (JSON.parse(readFileSync(settings, 'utf8')) as { auths?: Record<string, { auth: string }> })
    : {};
  const response = await fetch(`${process.env['AWS_ENDPOINT_URL']}/registry/${encodeURIComponent(reference)}`, {
    method,
    headers: { authorization: `Basic ${auths[host]?.auth ?? ''}` },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`${response.status === 401 ? 'denied' : 'error from registry'}: ${text}`);
  return text;
}

async function find(reference: string): Promise<FoundImage | undefined> {
  const digest =
    local.digest(reference) ??
    (parseReference(reference).registry === undefined
      ? undefined
      : await registry('GET', reference).catch(() => undefined));
  return digest === undefined ? undefined : store.blob(digest);
}

async function mustFind(reference: string): Promise<FoundImage> {
  const found = await find(reference);
  if (!found) throw new CommandError(`Error response from daemon: No such image: ${reference}`);
  return found;
}

async function build(line: readonly string[]): Promise<void> {
  const { given, words } = read(
    'build',
    line,
    [
      'f',
      'file',
      't',
      'tag',
      'build-arg',
      'label',
      'target',
      'iidfile',
      'platform',
      'progress',
      'network',
      'cache-from',
      'provenance',
      'sbom',
    ],
    ['pull', 'no-cache', 'q', 'quiet', 'rm', 'force-rm', 'load'],
  );
  const [context] = words;
  if (words.length !== 1 || context === undefined || context === '-')
    throw new CommandError('docker build requires exactly 1 argument: a folder.');
  const quiet = all(given, 'q', 'quiet').length > 0;
  const digest = await buildImage({
    context: resolve(context),
    dockerfile: resolve(all(given, 'f', 'file')[0] ?? join(context, 'Dockerfile')),
    arguments: pairs(all(given, 'build-arg'), (name) => process.env[name]),
    labels: pairs(all(given, 'label'), () => ''),
    target: all(given, 'target')[0],
    workspace: join(state, 'docker'),
    store,
    find,
    say: (text) => quiet || console.error(text),
  });
  for (const tag of all(given, 't', 'tag')) local.tag(tag, digest);
  const [iidfile] = all(given, 'iidfile');
  if (iidfile !== undefined) writeFileSync(iidfile, digest);
  console.log(quiet ? digest : `Successfully built ${digest.slice(7, 19)}`);
}

async function push(line: readonly string[]): Promise<void> {
  const [reference = ''] = read('push', line, [], ['q', 'quiet']).words;
  const digest = local.digest(reference);
  if (digest === undefined) throw new CommandError(`An image does not exist locally with the tag: ${reference}`);
  console.log(`${parseReference(reference).tag}: digest: ${await registry('PUT', reference, digest)} size: 1`);
}

function login(line: readonly string[]): void {
  const { given, words } = read('login', line, ['u', 'username', 'p', 'password'], ['password-stdin']);
  const password = all(given, 'p', 'password')[0] ?? readFileSync(0, 'utf8').trim();
  if (password === '') throw new CommandError('Error: Password Required');
  const previous = existsSync(settings) ? (JSON.parse(readFileSync(settings, 'utf8')) as { auths?: object }) : {};
  const host = (words[0] ?? 'docker.io').replace(/^https:\/\//, '');
  const auth = Buffer.from(`${all(given, 'u', 'username')[0] ?? ''}:${password}`).toString('base64');
  mkdirSync(join(homedir(), '.docker'), { recursive: true });
  writeFileSync(settings, JSON.stringify({ ...previous, auths: { ...previous.auths, [host]: { auth } } }), {
    mode: 0o600,
  });
  console.log('Login Succeeded');
}

async function inspect(line: readonly string[]): Promise<void> {
  const { given, words } = read('image inspect', line, ['f', 'format'], []);
  const [format] = all(given, 'f', 'format');
  for (const reference of words) {
    const { directory, config } = await mustFind(reference);
    const id = `sha256:${directory.split('/').at(-1)}`;
    const { registry: host, repository } = parseReference(reference);
    const digests = [`${[host, repository].filter(Boolean).join('/')}@${id}`];
    if (format === undefined)
      console.log(
        JSON.stringify([
          {
            Id: id,
            RepoTags: [reference],
            RepoDigests: digests,
            Config: {
              Entrypoint: config.entrypoint,
              Cmd: config.cmd,
              Env: Object.entries(config.env).map(([key, value]) => `${key}=${value}`),
              WorkingDir: config.workingDir,
              User: config.user,
              Labels: config.labels,
              ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [`${port}/tcp`, {}])),
            },
          },
        ]),
      );
    else if (/^\{\{ *\.Id *\}\}$/.test(format)) console.log(id);
    else if (/^\{\{ *\.Config\.User *\}\}$/.test(format)) console.log(config.user);
    else if (/^\{\{ *index \.RepoDigests 0 *\}\}$/.test(format)) console.log(digests[0]);
    else
      throw new CommandError(
        `docker image inspect --format ${format}: not supported on the laptop; supported are {{.Id}}, {{.Config.User}}, {{index .RepoDigests 0}}.`,
        125,
      );
  }
}

/** A process of this machine with the image's files: paths of mounts and of the image are replaced by where they lie. */
async function run(line: readonly string[]): Promise<number> {
  const ignored = [
    'user',
    'u',
    'network',
    'name',
    'platform',
    'memory',
    'm',
    'cpus',
    'pids-limit',
    'cap-drop',
    'security-opt',
    'tmpfs',
    'pull',
  ];
  const { given, words } = read(
    'run',
    line,
    ['v', 'volume', 'w', 'workdir', 'e', 'env', 'entrypoint', ...ignored],
    ['rm', 'init', 'read-only', 'i', 't'],
    true,
  );
  const [reference = '', ...command] = words;
  const known = isNode(reference) ? undefined : await mustFind(reference);
  const rootfs = known ? join(known.directory, 'rootfs') : '';
  const mounts = all(given, 'v', 'volume')
    .map((mount) => mount.split(':'))
    .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0));
  const place = (path: string): string => {
    if (!path.startsWith('/')) return path;
    for (const [host = '', inside = ''] of mounts)
      if (path === inside || path.startsWith(`${inside}/`)) return resolve(host) + path.slice(inside.length);
    return rootfs !== '' && existsSync(join(rootfs, path)) ? join(rootfs, path) : path;
  };
  const [own] = all(given, 'entrypoint');
  const entrypoint = own === undefined ? (known?.config.entrypoint ?? []) : [own];
  const parts = [
    ...entrypoint,
    ...(command.length > 0 ? command : own === undefined ? (known?.config.cmd ?? ['node']) : []),
  ].map((part, index) => (index === 0 || part.startsWith('/') ? place(part) : part));
  const { PATH, HOME } = process.env;
  const { status, error } = spawnSync(parts[0] ?? 'node', parts.slice(1), {
    cwd: place(all(given, 'w', 'workdir')[0] ?? known?.config.workingDir ?? '/'),
    env: { PATH, HOME, ...known?.config.env, ...pairs(all(given, 'e', 'env'), (name) => process.env[name]) },
    stdio: 'inherit',
  });
  if (error) throw new CommandError(`docker run: ${error.message}`, 127);
  return status ?? 137;
}

function removeImages(line: readonly string[]): number {
  let missing = 0;
  for (const reference of read('image rm', line, [], ['f', 'force', 'no-prune']).words) {
    const { repository, tag } = local.key(reference);
    if (local.digest(reference) === undefined) missing = 1;
    else store.remove(repository, tag);
  }
  return missing;
}

const commands: Readonly<Record<string, (line: readonly string[]) => Promise<number | void> | number | void>> = {
  build,
  push,
  login,
  run,
  'image inspect': inspect,
  inspect,
  async pull(line) {
    const [reference = ''] = read('pull', line, ['platform'], ['q', 'quiet']).words;
    if (!isNode(reference)) local.tag(reference, await registry('GET', reference));
    console.log(reference);
  },
  async tag([from = '', to = '']) {
    local.tag(to, `sha256:${(await mustFind(from)).directory.split('/').at(-1)}`);
  },
  rmi: removeImages,
  'image rm': removeImages,
  version: () => console.log('docker of the laptop: snapshots of file trees instead of containers'),
};

const [first = '', second = ''] = process.argv.slice(2);
const name = Object.hasOwn(commands, `${first} ${second}`)
  ? `${first} ${second}`
  : first === 'buildx' && second === 'build'
    ? 'build'
    : first;
const line = process.argv.slice(2 + (first === 'buildx' ? 2 : name.split(' ').length));
try {
  const command = commands[name];
  if (!command)
    throw new CommandError(
      `docker ${first}: not supported on the laptop; supported are: ${Object.keys(commands).join(', ')}`,
      125,
    );
  process.exitCode = (await command(line)) ?? 0;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof CommandError ? error.code : 1;
}
