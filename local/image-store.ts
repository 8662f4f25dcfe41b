/**
 * The images on this machine: `STATE/images/<repository>/tags/<tag>` names a digest, `STATE/images/blobs/<digest>/` holds the
 * files and how they start. Separate because builds write it, the ECR API lists it and the cluster runs from it.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  lstatSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FoundImage, ImageConfig, ImageFinder } from './image.ts';

/** A name as people write it: `[registry/]repository[:tag][@sha256:digest]`; the tag defaults to `latest`. */
export interface ImageReference {
  readonly registry?: string | undefined;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string | undefined;
}

/** The parts of an image name. */
export function parseReference(reference: string): ImageReference {
  const [name = '', digest] = reference.split('@');
  const parts = name.split('/');
  const first = parts[0] ?? '';
  const registry = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost') ? parts.shift() : undefined;
  const [, repository = '', tag = 'latest'] = /^([^:]+)(?::(.+))?$/.exec(parts.join('/')) ?? [];
  return { registry, repository, tag, digest };
}

/** An image of one repository. */
export interface StoredImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushed: Date;
}

/** The images below a state directory. */
export class ImageStore implements ImageFinder {
  readonly #folder: string;

  constructor(state: string) {
    this.#folder = join(state, 'images');
  }

  find = async (reference: string): Promise<FoundImage | undefined> => {
    const { repository, tag, digest } = parseReference(reference);
    const image = this.image(repository, digest ?? tag);
    return image && this.blob(image.digest);
  };

  /** What a digest holds. */
  blob(digest: string): FoundImage | undefined {
    const directory = join(this.#folder, 'blobs', digest.replace('sha256:', ''));
    if (!existsSync(join(directory, 'config.json'))) return undefined;
    return { directory, config: JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as ImageConfig };
  }

  /** A manifest as registries have it: the configuration, and all files as one layer. */
  manifest(digest: string): string | undefined {
    const image = this.blob(digest);
    if (!image) return undefined;
    const configuration = ociConfiguration(image.config);
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(configuration),
        size: configuration.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar',
          digest,
          size: sizeOf(join(image.directory, 'rootfs')),
        },
      ],
    });
  }

  /** The configuration with this digest, of whichever image. */
  configuration(digest: string): string | undefined {
    const folder = join(this.#folder, 'blobs');
    if (!existsSync(folder)) return undefined;
    return readdirSync(folder)
      .flatMap((name) => this.blob(`sha256:${name}`) ?? [])
      .map(({ config }) => ociConfiguration(config))
      .find((configuration) => digestOf(configuration) === digest);
  }

  /** All images of a repository, the newest first. */
  images(repository: string): StoredImage[] {
    const tags = this.#list(repository, 'tags').map((tag) => [tag, this.#read(repository, 'tags', tag)] as const);
    return this.#list(repository, 'pushed')
      .map((name) => ({
        digest: `sha256:${name}`,
        tags: tags.filter(([, digest]) => digest === `sha256:${name}`).map(([tag]) => tag),
        pushed: new Date(this.#read(repository, 'pushed', name)),
      }))
      .sort((a, b) => b.pushed.getTime() - a.pushed.getTime());
  }

  /** The image of a repository with this tag or digest. */
  image(repository: string, tagOrDigest: string): StoredImage | undefined {
    return this.images(repository).find(({ digest, tags }) => digest === tagOrDigest || tags.includes(tagOrDigest));
  }

  /** Makes the digest part of the repository under this tag. */
  push(repository: string, tag: string, digest: string): void {
    this.#write(repository, 'pushed', digest.replace('sha256:', ''), new Date().toISOString());
    this.#write(repository, 'tags', tag, digest);
  }

  /** Removes a tag, and with its last tag the image; or an image with all its tags. */
  remove(repository: string, tagOrDigest: string): void {
    const image = this.image(repository, tagOrDigest);
    if (!image) return;
    const tags = tagOrDigest === image.digest ? image.tags : [tagOrDigest];
    for (const tag of tags) rmSync(join(this.#folder, repository, 'tags', tag));
    if (tags.length === image.tags.length)
      rmSync(join(this.#folder, repository, 'pushed', image.digest.replace('sha256:', '')));
  }

  /** Takes a finished file tree into the store and says its digest: equal trees and configurations have equal digests. */
  async add(rootfs: string, config: ImageConfig): Promise<string> {
    const hash = createHash('sha256').update(JSON.stringify(config));
    for (const name of (readdirSync(rootfs, { recursive: true }) as string[]).sort()) {
      const path = join(rootfs, name);
      const stat = lstatSync(path);
      hash.update(`\0${relative(rootfs, path)}\0${stat.isDirectory() ? 'd' : stat.mode & 0o111 ? 'x' : 'f'}`);
      if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
      else if (stat.isFile())
        await pipeline(createReadStream(path), async (chunks) => {
          for await (const chunk of chunks) hash.update(chunk as Buffer);
        });
    }
    const digest = hash.digest('hex');
    const target = join(this.#folder, 'blobs', digest);
    if (!this.blob(`sha256:${digest}`)) {
      mkdirSync(target, { recursive: true });
      rmSync(join(target, 'rootfs'), { recursive: true, force: true });
      renameSync(rootfs, join(target, 'rootfs'));
      writeFileSync(join(target, 'config.json'), JSON.stringify(config));
    }
    return `sha256:${digest}`;
  }

  #list(repository: string, kind: string): string[] {
    const folder = join(this.#folder, repository, kind);
    return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('~')) : [];
  }

  #read(repository: string, kind: string, name: string): string {
    return readFileSync(join(this.#folder, repository, kind, name), 'utf8');
  }

  #write(repository: string, kind: string, name: string, text: string): void {
    const path = join(this.#folder, repository, kind, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}~`, text);
    renameSync(`${path}~`, path);
  }
}

/** An image's configuration in the words of OCI. */
function ociConfiguration({ entrypoint, cmd, env, workingDir, user, labels, history = [] }: ImageConfig): string {
  return JSON.stringify({
    os: 'linux',
    config: {
      User: user,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      Cmd: cmd,
      WorkingDir: workingDir,
      Labels: labels,
    },
    history: history.map((step) => ({ created_by: step })),
  });
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function sizeOf(folder: string): number {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => lstatSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
