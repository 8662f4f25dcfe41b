/**
 * The machine's Docker, for builds whose images a real cluster pulls: where its engine is, and the base images that it lacks.
 * Separate because builds run with a home of their own and must be told what a person's Docker takes from theirs.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Registry } from './registry.ts';

/** What the environment may say about the engine besides its address. */
const passedOn = ['DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_API_VERSION', 'DOCKER_BUILDKIT'];

/** The variables by which `docker` finds the engine that it finds now; throws when there is none. */
export async function dockerVariables(): Promise<Record<string, string>> {
  try {
    const host =
      process.env['DOCKER_HOST'] ?? (await docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'));
    await docker('version', '--format', '{{.Server.Version}}');
    const given = passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
    return { DOCKER_HOST: host, ...(Object.fromEntries(given) as Record<string, string>) };
  } catch (error) {
    throw new Error(
      `Images for a real cluster are built by Docker, which does not answer: ${(error as Error).message.trim()}\nStart it, or set DOCKER_HOST.`,
      { cause: error },
    );
  }
}

/**
 * Docker gets the base images of the examples from the given registry when it does not have them and the registry does, under
 * their short names; all others it pulls as it always does.
 */
export async function provideBaseImages(
  registry: Registry,
  examples: string,
  log: (line: string) => void,
): Promise<void> {
  for (const image of baseImages(examples)) {
    const [repository = '', tag = 'latest'] = image.split(':');
    if (await isThere(image)) continue;
    if ((await registry.image(repository, tag)) === undefined) continue;
    const full = `${registry.host}/${image}`;
    await docker('pull', '--quiet', full);
    await docker('tag', full, image);
    log(`Docker had no ${image}; it has the one of ${registry.host} now`);
  }
}

/** Every default of the build argument BASE_IMAGE. */
function baseImages(examples: string): readonly string[] {
  const images = globSync('*/Dockerfile*', { cwd: examples }).map(
    (file) => /^ARG BASE_IMAGE=(\S+)$/m.exec(readFileSync(join(examples, file), 'utf8'))?.[1],
  );
  return [...new Set(images)].filter((image) => image !== undefined);
}

function isThere(image: string): Promise<boolean> {
  return docker('image', 'inspect', '--format', '{{.Id}}', image).then(
    () => true,
    () => false,
  );
}

async function docker(...words: string[]): Promise<string> {
  return (await promisify(execFile)('docker', words)).stdout.trim();
}
