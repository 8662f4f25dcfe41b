/**
 * How a container becomes a process of this machine: a copy of its image as root directory, its volumes in it, its command, paths
 * and variables turned to what they are here. Separate because these few rules are the whole difference to a real container.
 */
import { constants, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.js';
import type { FoundImage } from '../../image.ts';
import type { Pod } from '../kinds.ts';
import { ConfigurationError, expand } from './pod-values.ts';

/** A process ready to be started. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** A path of the container as the path it has here. */
  readonly here: (value: string) => string;
}

/** Copies an image's files to `root` and puts volumes at their mount paths; `node_modules` are linked, they are large and only read. */
export async function makeRoot(image: FoundImage, root: string, container: Container, volumes: string): Promise<void> {
  const rootfs = join(image.directory, 'rootfs');
  const linked: string[] = [];
  rmSync(root, { recursive: true, force: true });
  await cp(rootfs, root, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => {
      if (basename(source) === 'node_modules') linked.push(source);
      return basename(source) !== 'node_modules';
    },
  });
  for (const source of linked) symlinkSync(source, join(root, relative(rootfs, source)));
  mkdirSync(join(root, 'tmp'), { recursive: true });
  for (const { name, mountPath, subPath = '' } of container.volumeMounts ?? []) {
    const at = join(root, mountPath);
    rmSync(at, { recursive: true, force: true });
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(volumes, name, subPath), at);
  }
}

/** An absolute path that exists in the container, or lies in one of its volumes, as the path it has here. */
function pathHere(root: string, container: Container, value: string): string {
  if (!value.startsWith('/') || value === '/') return value;
  const mounted = (container.volumeMounts ?? []).some(({ mountPath }) =>
    value.startsWith(`${mountPath.replace(/\/$/, '')}/`),
  );
  return mounted || existsSync(join(root, value)) ? join(root, value) : value;
}

/** The process of a container. `own` are the variables that hold whatever the template says (ports and the way to Services). */
export function launchOf(
  pod: Pod,
  container: Container,
  image: FoundImage,
  root: string,
  variables: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Launch {
  const { config } = image;
  const here = (value: string): string => pathHere(root, container, value);
  const given: Record<string, string> = { ...config.env, ...variables, ...own };
  const path = (given.PATH ?? '').split(delimiter).filter((entry) => existsSync(join(root, entry)));
  const env: Record<string, string> = {
    HOSTNAME: pod.metadata.name,
    HOME: root,
    TMPDIR: join(root, 'tmp'),
    CONTAINER_ROOT: root,
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, here(value)])),
    PATH: [...path.map((entry) => join(root, entry)), dirname(process.execPath), process.env.PATH].join(delimiter),
  };
  const start = container.command ?? config.entrypoint;
  const rest = container.args ?? (container.command ? [] : config.cmd);
  const words = [...start, ...rest].map((word) => expand(word, { ...variables, ...own }));
  return { ...commandHere(words, here), env, here, cwd: join(root, container.workingDir ?? config.workingDir) };
}

/** A command as it is started here: `node` is the Node.js that runs this program, unless the image has its own. */
export function commandHere(
  [first = '', ...rest]: readonly string[],
  here: Launch['here'],
): Pick<Launch, 'file' | 'args'> {
  const file = here(first);
  const isNode = basename(first) === 'node' && file === first;
  return { file: isNode ? process.execPath : file, args: rest.map(here) };
}

/** What a real kubelet would refuse, and what only this one cannot do. */
export function refuseUnsupported(pod: Pod, container: Container, image: FoundImage): void {
  const { runAsNonRoot, runAsUser } = { ...pod.spec.securityContext, ...container.securityContext };
  const [user = ''] = image.config.user.split(':');
  if (runAsNonRoot && (runAsUser === 0 || (runAsUser === undefined && ['', 'root', '0'].includes(user))))
    throw new ConfigurationError('container has runAsNonRoot and image will run as root');
  if (runAsNonRoot && runAsUser === undefined && !/^\d+$/.test(user))
    throw new ConfigurationError(
      `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`,
    );
}
