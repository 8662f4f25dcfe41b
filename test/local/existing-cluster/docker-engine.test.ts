/** What is asked of the machine's Docker, here a script that writes down what it was asked. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dockerVariables, provideBaseImages } from '../../../local/existing-cluster/docker-engine.ts';
import type { Registry } from '../../../local/existing-cluster/registry.ts';

let directory: string;

/** A `docker` whose answer to a command line that begins so is this shell code; else it succeeds silently. */
function docker(answers: Record<string, string>): void {
  const cases = Object.entries(answers).map(([begins, code]) => `"${begins}"*) ${code};;`);
  const script = `#!/bin/sh\necho "$*" >> ${directory}/asked\ncase "$*" in\n${cases.join('\n')}\nesac\n`;
  writeFileSync(join(directory, 'docker'), script);
  chmodSync(join(directory, 'docker'), 0o755);
}

const asked = () => readFileSync(join(directory, 'asked'), 'utf8').trim().split('\n');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'docker-'));
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH']}`);
  vi.stubEnv('DOCKER_HOST', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

describe('the engine', () => {
  it('is found where the environment or the context of this person says', async () => {
    docker({ 'context inspect': 'echo unix:///home/ann/docker.sock' });
    await expect(dockerVariables()).resolves.toEqual({ DOCKER_HOST: 'unix:///home/ann/docker.sock' });
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:2376');
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    await expect(dockerVariables()).resolves.toEqual({ DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1' });
  });

  it('that does not answer is told before anything starts', async () => {
    docker({ version: 'echo Cannot connect to the Docker daemon >&2; exit 1' });
    await expect(dockerVariables()).rejects.toThrow(
      /Cannot connect to the Docker daemon[^]*Start it, or set DOCKER_HOST/,
    );
  });
});

describe('base images of the examples', () => {
  const registry = (...images: string[]) =>
    ({
      host: 'registry.example:5000',
      image: (repository: string, tag: string) =>
        Promise.resolve(images.includes(`${repository}:${tag}`) ? { digest: 'd', tags: [tag] } : undefined),
    }) as unknown as Registry;
  const provide = async (from: Registry) => {
    const example = join(directory, 'examples', 'orders');
    mkdirSync(example, { recursive: true });
    writeFileSync(join(example, 'Dockerfile'), 'ARG BASE_IMAGE=node:24\nFROM ${BASE_IMAGE}\n');
    await provideBaseImages(from, join(directory, 'examples'), () => undefined);
  };

  it('come from the registry when Docker does not have them', async () => {
    docker({ 'image inspect': 'exit 1' });
    await provide(registry('node:24'));
    expect(asked().slice(1)).toEqual([
      'pull --quiet registry.example:5000/node:24',
      'tag registry.example:5000/node:24 node:24',
    ]);
  });

  it('stay as they are when Docker has them, and are left to Docker when the registry has none', async () => {
    docker({});
    await provide(registry('node:24'));
    docker({ 'image inspect': 'exit 1' });
    await provide(registry());
    expect(asked().every((line) => line.startsWith('image inspect'))).toBe(true);
  });
});
