/**
 * A registry that is there already, by the API that all of them have. Separate because ECR's API is answered from it where a real
 * cluster pulls the images.
 * https://distribution.github.io/distribution/spec/api/
 */
import type { RegistryImage, RegistryImages } from '../aws/ecr.ts';

/** Manifests of one platform and lists of them, of Docker and of OCI. */
const manifests = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');

/** Images of a registry that takes no sign-in. */
export class Registry implements RegistryImages {
  /** `HOST[:PORT]`, with which image names begin. */
  readonly host: string;
  readonly #base: string;

  private constructor(host: string, base: string) {
    this.host = host;
    this.#base = base;
  }

  /** Finds out how it is spoken to; throws when it does not answer, or not to everybody. */
  static async open(host: string): Promise<Registry> {
    if (!/^[A-Za-z0-9.-]+(:\d+)?$/.test(host))
      throw new Error(`--registry says "${host}"; it is written HOST or HOST:PORT, for example 127.0.0.1:5000.`);
    const failures: string[] = [];
    for (const scheme of ['https', 'http']) {
      const base = `${scheme}://${host}/v2`;
      const answer = await fetch(`${base}/`).catch((error: Error) => error);
      if (answer instanceof Error) failures.push(`${scheme}: ${reasonOf(answer)}`);
      else if (answer.ok) return new Registry(host, base);
      else if (answer.status === 401)
        throw new Error(
          `The registry ${host} wants a sign-in. The laptop uses one without, such as Docker's registry:2.`,
        );
      else failures.push(`${scheme}: status ${answer.status}`);
    }
    throw new Error(`There is no registry at ${host} (${failures.join('; ')}). Start one, or correct --registry.`);
  }

  async image(repository: string, tagOrDigest: string): Promise<RegistryImage | undefined> {
    const response = await this.#ask('HEAD', repository, `manifests/${tagOrDigest}`);
    const digest = response?.headers.get('docker-content-digest');
    if (digest === null || digest === undefined) return undefined;
    return { digest, tags: tagOrDigest === digest ? [] : [tagOrDigest] };
  }

  async images(repository: string): Promise<readonly RegistryImage[]> {
    const response = await this.#ask('GET', repository, 'tags/list');
    const { tags } = ((await response?.json()) ?? {}) as { tags?: readonly string[] | null };
    const found = new Map<string, string[]>();
    for (const tag of tags ?? []) {
      const image = await this.image(repository, tag);
      if (image) found.set(image.digest, [...(found.get(image.digest) ?? []), tag]);
    }
    return [...found].map(([digest, named]) => ({ digest, tags: named }));
  }

  async manifest(repository: string, digest: string): Promise<string | undefined> {
    return (await this.#ask('GET', repository, `manifests/${digest}`))?.text();
  }

  blob(repository: string, digest: string): string {
    return `${this.#base}/${repository}/blobs/${digest}`;
  }

  /** Removes an image with all its tags, as far as the registry lets anybody delete; few of them remove single tags. */
  async remove(repository: string, tagOrDigest: string): Promise<void> {
    const image = await this.image(repository, tagOrDigest);
    if (image) await this.#ask('DELETE', repository, `manifests/${image.digest}`);
  }

  /** Undefined when there is no such thing. */
  async #ask(method: string, repository: string, path: string): Promise<Response | undefined> {
    const url = `${this.#base}/${repository}/${path}`;
    const response = await fetch(url, { method, headers: { accept: manifests } });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`The registry ${this.host} answered ${response.status} to ${method} ${url}.`);
    return response;
  }
}

function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
