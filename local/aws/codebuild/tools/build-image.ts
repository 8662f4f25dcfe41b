/**
 * Carries out a Dockerfile without a container engine: each stage is a folder, RUN a process of this machine inside it, and the
 * last folder becomes an image of the store. Separate from the commands of `docker` (docker.ts).
 */
import { spawnSync } from 'node:child_process';
import {
  constants,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, matchesGlob, posix, relative, resolve, sep } from 'node:path';
import type { FoundImage, ImageConfig } from '../../../image.ts';
import type { ImageStore } from '../../../image-store.ts';
import { assignments, DockerfileError, expand, type Instruction, parseDockerfile, words } from './dockerfile.ts';

/** What `docker build` was asked. */
export interface BuildOptions {
  readonly context: string;
  readonly dockerfile: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** Where stages are made: on the same disk as the store. */
  readonly workspace: string;
  readonly store: ImageStore;
  find(reference: string): Promise<FoundImage | undefined>;
  say(line: string): void;
}

interface Stage {
  readonly name: string | undefined;
  readonly rootfs: string;
  config: ImageConfig;
  readonly variables: Record<string, string>;
}

/** Programs that change a container's system; as processes of this machine they would change the machine. */
const systemPrograms = [
  'apk',
  'apt',
  'apt-get',
  'yum',
  'dnf',
  'microdnf',
  'useradd',
  'groupadd',
  'adduser',
  'addgroup',
  'usermod',
  'chown',
  'sudo',
];

const emptyConfig: ImageConfig = {
  entrypoint: [],
  cmd: [],
  env: {},
  workingDir: '/',
  user: '',
  labels: {},
  exposedPorts: [],
};

/** Base images that are this machine's own Node.js with nothing else in them. */
export function isNode(reference: string): boolean {
  return /^node[:@]/.test(`${reference.split('/').at(-1)}:`);
}

/** Builds; answers the digest. */
export async function buildImage(options: BuildOptions): Promise<string> {
  const instructions = parseDockerfile(readFileSync(options.dockerfile, 'utf8'));
  mkdirSync(options.workspace, { recursive: true });
  const folder = mkdtempSync(join(options.workspace, 'build-'));
  const stages: Stage[] = [];
  const globals: Record<string, string> = {};
  const ignored = ignoring(options.context, options.dockerfile);
  try {
    for (const [index, instruction] of instructions.entries()) {
      options.say(`Step ${index + 1}/${instructions.length} : ${instruction.name} ${instruction.text}`);
      const stage = stages.at(-1);
      if (instruction.name === 'FROM') {
        if (stage && stage.name !== undefined && stage.name === options.target) break;
        stages.push(await begin(instruction));
      } else if (!stage) {
        if (instruction.name !== 'ARG')
          throw new DockerfileError(instruction.line, 'no build stage in current context');
        declare(instruction, globals, globals);
      } else {
        await carryOut(instruction, stage);
        const text = instruction.name === 'RUN' ? instruction.text : expand(instruction.text, stage.variables);
        const said = `${instruction.name} ${text}`;
        stage.config = { ...stage.config, history: [...(stage.config.history ?? []), said] };
      }
    }
    const last = stages.at(-1);
    if (!last) throw new DockerfileError(1, 'there is no FROM.');
    if (options.target !== undefined && last.name !== options.target)
      throw new Error(`target stage "${options.target}" could not be found`);
    return await options.store.add(last.rootfs, {
      ...last.config,
      labels: { ...last.config.labels, ...options.labels },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  async function begin({ line, text }: Instruction): Promise<Stage> {
    const [reference = '', as, name] = words(expand(text, globals));
    if (as !== undefined && as.toUpperCase() !== 'AS')
      throw new DockerfileError(line, `FROM has one name, or a name, AS and a stage's name.`);
    const rootfs = join(folder, String(stages.length));
    mkdirSync(rootfs);
    const earlier = stages.find((stage) => stage.name === reference);
    if (earlier) copyTree(earlier.rootfs, rootfs);
    if (earlier) return { name, rootfs, config: earlier.config, variables: { ...earlier.config.env } };
    if (reference === 'scratch') return { name, rootfs, config: emptyConfig, variables: {} };
    if (isNode(reference)) return { name, rootfs, config: { ...emptyConfig, cmd: ['node'] }, variables: {} };
    const image = await options.find(reference);
    if (!image)
      throw new DockerfileError(
        line,
        `pull access denied for ${reference}, repository does not exist or may require 'docker login'. On the laptop a base image is node:… or one that was built here.`,
      );
    copyTree(join(image.directory, 'rootfs'), rootfs);
    return { name, rootfs, config: image.config, variables: { ...image.config.env } };
  }

  function declare({ text }: Instruction, into: Record<string, string>, scope: Readonly<Record<string, string>>): void {
    for (const word of words(text)) {
      const [name = '', fallback] = word.includes('=')
        ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
        : [word];
      const value = options.arguments[name] ?? (fallback === undefined ? globals[name] : expand(fallback, scope));
      if (value !== undefined) into[name] = value;
    }
  }

  async function carryOut(instruction: Instruction, stage: Stage): Promise<void> {
    const { name, line, list } = instruction;
    const text =
      name === 'RUN' || name === 'CMD' || name === 'ENTRYPOINT'
        ? instruction.text
        : expand(instruction.text, stage.variables);
    const set = (change: Partial<ImageConfig>) => void (stage.config = { ...stage.config, ...change });
    const command = () => list ?? ['/bin/sh', '-c', text];
    switch (name) {
      case 'ARG':
        return declare(instruction, stage.variables, stage.variables);
      case 'ENV': {
        const env = Object.fromEntries(assignments(text));
        Object.assign(stage.variables, env);
        return set({ env: { ...stage.config.env, ...env } });
      }
      case 'LABEL':
        return set({ labels: { ...stage.config.labels, ...Object.fromEntries(assignments(text)) } });
      case 'WORKDIR': {
        const workingDir = posix.resolve(stage.config.workingDir, words(text)[0] ?? '/');
        mkdirSync(join(stage.rootfs, workingDir), { recursive: true });
        return set({ workingDir });
      }
      case 'USER':
        return set({ user: text });
      case 'EXPOSE':
        return set({
          exposedPorts: [...stage.config.exposedPorts, ...words(text).map((port) => Number(port.split('/')[0]))],
        });
      case 'CMD':
        return set({ cmd: command() });
      case 'ENTRYPOINT':
        return set({ entrypoint: command(), cmd: [] });
      case 'RUN':
        return run(instruction, stage);
      default:
        return copy(
          list?.map((word) => expand(word, stage.variables)) ?? words(text),
          instruction.flags['from'],
          stage,
          line,
        );
    }
  }

  function run({ line, text, list }: Instruction, stage: Stage): void {
    const program = (list ?? words(text)).find((word) => systemPrograms.includes(basename(word)));
    if (
      program !== undefined &&
      systemPrograms.includes(
        basename((list ?? words(text.split(/&&|;|\|/).find((part) => words(part)[0] === program) ?? ''))[0] ?? ''),
      )
    )
      throw new DockerfileError(
        line,
        `RUN ${program} changes a container's system and needs a container engine; on the laptop RUN is a process of this machine. Leave it out, or run Docker.`,
      );
    const [file = '/bin/sh', ...parameters] = list ?? ['/bin/sh', '-c', text];
    const { PATH, HOME } = process.env;
    const { status, signal, error } = spawnSync(file, parameters, {
      cwd: join(stage.rootfs, stage.config.workingDir),
      env: {
        PATH,
        HOME,
        ...stage.variables,
        ...(stage.variables['PATH'] !== undefined && { PATH: `${stage.variables['PATH']}:${PATH}` }),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0)
      throw new DockerfileError(
        line,
        `process "${[file, ...parameters].join(' ')}" did not complete successfully: ${error?.message ?? (signal === null ? `exit code: ${status}` : `signal: ${signal}`)}`,
      );
  }

  async function copy(all: readonly string[], from: string | undefined, stage: Stage, line: number): Promise<void> {
    const destination = all.at(-1) ?? '';
    const sources = all.slice(0, -1);
    if (sources.length === 0) throw new DockerfileError(line, 'COPY requires at least two arguments.');
    const base = from === undefined ? options.context : await rootOf(from, line);
    const target = join(stage.rootfs, posix.resolve(stage.config.workingDir, destination));
    const found = sources.flatMap((source) => {
      const path = resolve(base, `.${posix.resolve('/', source)}`);
      if (existsSync(path)) return [path];
      return /[*?[]/.test(source)
        ? globSync(posix.resolve('/', source).slice(1), { cwd: base })
            .map((match) => join(base, match))
            .sort()
        : [path];
    });
    const visible = found.filter((path) => from !== undefined || path === base || !ignored(relative(base, path)));
    const missing = visible.find((path) => !existsSync(path));
    if (missing !== undefined || visible.length === 0)
      throw new DockerfileError(
        line,
        `failed to compute cache key: "/${relative(base, missing ?? found[0] ?? base)}": not found`,
      );
    const intoFolder =
      destination.endsWith('/') || visible.length > 1 || (existsSync(target) && statSync(target).isDirectory());
    for (const path of visible) {
      const isFolder = lstatSync(path).isDirectory();
      const place = isFolder || !intoFolder ? target : join(target, basename(path));
      mkdirSync(isFolder ? place : dirname(place), { recursive: true });
      copyTree(
        path,
        place,
        from === undefined ? (inner) => inner === base || !ignored(relative(base, inner)) : undefined,
      );
    }
  }

  async function rootOf(from: string, line: number): Promise<string> {
    const stage = stages.find(({ name }, index) => name === from || String(index) === from);
    if (stage) return stage.rootfs;
    const image = await options.find(from);
    if (!image)
      throw new DockerfileError(line, `COPY --from=${from}: there is no such stage, and no such image on the laptop.`);
    return join(image.directory, 'rootfs');
  }
}

function copyTree(from: string, to: string, filter?: (path: string) => boolean): void {
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    ...(filter && { filter }),
  });
}

/** Whether a path below the context is left out by .dockerignore; the last pattern that fits decides. */
function ignoring(context: string, dockerfile: string): (path: string) => boolean {
  const file = [`${dockerfile}.dockerignore`, join(context, '.dockerignore')].find(existsSync);
  const patterns =
    file === undefined
      ? []
      : readFileSync(file, 'utf8')
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== '' && !line.startsWith('#'));
  const rules = patterns.map((line) => ({
    keep: line.startsWith('!'),
    glob: line.replace(/^!/, '').replace(/^\/|\/$/g, ''),
  }));
  return (path) => {
    const name = path.split(sep).join('/');
    return rules.reduce(
      (out, { keep, glob }) => (matchesGlob(name, glob) || matchesGlob(name, `${glob}/**`) ? !keep : out),
      false,
    );
  };
}
