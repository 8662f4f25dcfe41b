/**
 * ECR: repositories over the image store, and the door through which the build's `docker` pushes and pulls with ECR's token.
 * Separate from the store, which the cluster reads without any AWS.
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ImageStore, parseReference } from '../image-store.ts';
import { type Account, AwsError, arnOf, type Call, type Caller, type Service } from './api.ts';
import type { Credentials } from './credentials.ts';
import { json } from './protocols.ts';
import type { PathHandler } from './server.ts';
import { listState, writeState } from './state-file.ts';

interface Repository {
  readonly immutable: boolean;
  readonly created: number;
}
interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}
interface Asked {
  readonly id: ImageId;
  readonly image: RegistryImage | undefined;
}
interface Query {
  readonly repositoryName: string;
  readonly imageIds?: readonly ImageId[];
  readonly filter?: { readonly tagStatus?: 'TAGGED' | 'UNTAGGED' | 'ANY' };
}

/** An image of one repository; not every registry knows when it was pushed. */
export interface RegistryImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushed?: Date;
}

/** Where the images are of which ECR tells. */
export interface RegistryImages {
  /** What image names begin with. */
  readonly host: string;
  images(repository: string): Promise<readonly RegistryImage[]>;
  image(repository: string, tagOrDigest: string): Promise<RegistryImage | undefined>;
  manifest(repository: string, digest: string): Promise<string | undefined>;
  /** Where a blob is downloaded: a path on the laptop's own address, or an address elsewhere. */
  blob(repository: string, digest: string): string;
  remove(repository: string, tagOrDigest: string): Promise<void>;
  /** What the end of a push by ECR's own API does; not there where `docker` pushes to the registry itself. */
  push?(repository: string, tag: string, digest: string): Promise<void>;
}

/** The laptop's image store as a registry with the name that ECR would have. */
export function storedImages(account: Pick<Account, 'id' | 'region'>, store: ImageStore): RegistryImages {
  return {
    host: `${account.id}.dkr.ecr.${account.region}.amazonaws.com`,
    images: async (repository) => store.images(repository),
    image: async (repository, tagOrDigest) => store.image(repository, tagOrDigest),
    manifest: async (_repository, digest) => store.manifest(digest),
    blob: (_repository, digest) => `/registry-blobs/${digest}`,
    remove: async (repository, tagOrDigest) => store.remove(repository, tagOrDigest),
    async push(repository, tag, digest) {
      if (!store.blob(digest)) throw new AwsError('LayersNotFoundException', `${digest} is not in the image store.`);
      store.push(repository, tag, digest);
    },
  };
}

/** The registry of this account. */
export function ecr(account: Account, registry: RegistryImages, credentials: Credentials) {
  const folder = join(account.state, 'ecr');
  const key = (name: string) => `${encodeURIComponent(name)}.json`;
  const repositories = () =>
    new Map([...listState<Repository>(folder)].map(([name, facts]) => [decodeURIComponent(name), facts]));

  const find = (name: string): Repository => {
    const found = repositories().get(name);
    if (!found)
      throw new AwsError(
        'RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${account.id}'`,
      );
    return found;
  };
  const declareRepository = (name: string, immutable: boolean) => {
    const created = repositories().get(name)?.created ?? Date.now();
    writeState(join(folder, key(name)), { immutable, created });
  };
  const uriOf = (name: string) => `${registry.host}/${name}`;
  const shown = (name: string, { immutable, created }: Repository) => ({
    repositoryName: name,
    repositoryArn: arnOf(account, 'ecr', `repository/${name}`),
    repositoryUri: uriOf(name),
    registryId: account.id,
    createdAt: new Date(created),
    imageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE',
  });
  /** Each asked image with what was found; all images when none is asked for. */
  const asked = async ({ repositoryName, imageIds }: Query): Promise<Asked[]> => {
    find(repositoryName);
    if (!imageIds)
      return (await registry.images(repositoryName)).map((image) => ({ id: { imageDigest: image.digest }, image }));
    const ask = async (id: ImageId) => ({
      id,
      image: await registry.image(repositoryName, id.imageDigest ?? id.imageTag ?? ''),
    });
    return Promise.all(imageIds.map(ask));
  };
  const failures = (all: readonly Asked[]) =>
    all
      .filter(({ image }) => !image)
      .map(({ id }) => ({ imageId: id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' }));

  const actions = {
    DescribeRepositories({ repositoryNames }: { repositoryNames?: string[] }) {
      const names = repositoryNames ?? [...repositories().keys()];
      return { repositories: names.map((name) => shown(name, find(name))) };
    },
    CreateRepository({ repositoryName, imageTagMutability }: { repositoryName: string; imageTagMutability?: string }) {
      if (repositories().has(repositoryName))
        throw new AwsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${repositoryName}' already exists in the registry with id '${account.id}'`,
        );
      declareRepository(repositoryName, imageTagMutability === 'IMMUTABLE');
      return { repository: shown(repositoryName, find(repositoryName)) };
    },
    async DescribeImages(query: Query) {
      const all = await asked(query);
      const missing = all.find(({ image }) => !image);
      if (missing)
        throw new AwsError(
          'ImageNotFoundException',
          `The image with imageId ${JSON.stringify(missing.id)} does not exist within the repository with name '${query.repositoryName}' in the registry with id '${account.id}'`,
        );
      return {
        imageDetails: all
          .flatMap(({ image }) => image ?? [])
          .map(({ digest, tags, pushed }) => ({
            registryId: account.id,
            repositoryName: query.repositoryName,
            imageDigest: digest,
            ...(tags.length > 0 && { imageTags: tags }),
            ...(pushed && { imagePushedAt: pushed }),
          })),
      };
    },
    async ListImages(query: Query) {
      find(query.repositoryName);
      const status = query.filter?.tagStatus ?? 'ANY';
      const images = await registry.images(query.repositoryName);
      const ids = images.flatMap(({ digest, tags }): ImageId[] =>
        tags.length > 0 ? tags.map((imageTag) => ({ imageDigest: digest, imageTag })) : [{ imageDigest: digest }],
      );
      return {
        imageIds: ids.filter(({ imageTag }) => status === 'ANY' || (status === 'TAGGED') === (imageTag !== undefined)),
      };
    },
    async BatchGetImage(query: Query) {
      const all = await asked(query);
      const found = all.flatMap(({ id, image }) => (image ? [{ id, digest: image.digest }] : []));
      const images = found.map(async ({ id, digest }) => ({
        registryId: account.id,
        repositoryName: query.repositoryName,
        imageId: { ...id, imageDigest: digest },
        imageManifest: await registry.manifest(query.repositoryName, digest),
      }));
      return { images: await Promise.all(images), failures: failures(all) };
    },
    GetDownloadUrlForLayer({ repositoryName, layerDigest }: { repositoryName: string; layerDigest: string }) {
      find(repositoryName);
      const downloadUrl = new URL(registry.blob(repositoryName, layerDigest), account.endpoint).href;
      return { downloadUrl, layerDigest };
    },
    async BatchDeleteImage(query: Query) {
      const all = await asked({ imageIds: [], ...query });
      for (const { id, image } of all)
        if (image) await registry.remove(query.repositoryName, id.imageTag ?? image.digest);
      return {
        imageIds: all.flatMap(({ id, image }) => (image ? { ...id, imageDigest: image.digest } : [])),
        failures: failures(all),
      };
    },
    GetAuthorizationToken(_input: unknown, caller: Caller) {
      const password = credentials.issue(caller).accessKeyId;
      const expiresAt = new Date(Date.now() + 12 * 3_600_000);
      return {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
            expiresAt,
            proxyEndpoint: `https://${registry.host}`,
          },
        ],
      };
    },
    /** What the end of a push does; the layers are already in the store. */
    async PutImage({
      repositoryName,
      imageTag = 'latest',
      imageDigest = '',
    }: {
      repositoryName: string;
      imageTag?: string;
      imageDigest?: string;
    }) {
      if (!registry.push)
        throw new AwsError('UnsupportedOperation', `Push to ${uriOf(repositoryName)}; there is no other way in.`);
      const existing = await registry.image(repositoryName, imageTag);
      if (find(repositoryName).immutable && existing && existing.digest !== imageDigest)
        throw new AwsError(
          'ImageTagAlreadyExistsException',
          `The image tag '${imageTag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
        );
      await registry.push(repositoryName, imageTag, imageDigest);
      return { image: { registryId: account.id, repositoryName, imageId: { imageTag, imageDigest } } };
    },
  };
  return { service: { name: 'ecr', protocol: json, actions } satisfies Service, declareRepository, uriOf };
}

/** What pulling and pushing need: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
const pulling = ['GetDownloadUrlForLayer', 'BatchGetImage'];
const pushing = ['BatchCheckLayerAvailability', 'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'];

/** `GET` and `PUT /registry/<reference>`: pull and push of the build's `docker`, with the token of `docker login`. */
export function registryDoor(
  credentials: Credentials,
  call: Call,
  allow: (caller: Caller, service: string, action: string, input: Record<string, unknown>) => void,
): PathHandler {
  return async (request, response, url) => {
    if (!url.pathname.startsWith('/registry/')) return undefined;
    const { repository, tag, digest } = parseReference(decodeURIComponent(url.pathname.slice('/registry/'.length)));
    const [, password] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64')
      .toString()
      .split(':');
    const caller = credentials.callerOf(password ?? '');
    try {
      if (!caller) throw new AwsError('unauthorized', 'no basic auth credentials', 401);
      for (const action of request.method === 'PUT' ? pushing : pulling)
        allow(caller, 'ecr', action, { repositoryName: repository });
      if (request.method === 'PUT')
        await call(
          'ecr',
          'PutImage',
          { repositoryName: repository, imageTag: tag, imageDigest: await text(request) },
          caller,
        );
      const imageIds = [digest === undefined ? { imageTag: tag } : { imageDigest: digest }];
      const output = (await call(
        'ecr',
        'DescribeImages',
        { repositoryName: repository, imageIds },
        { arn: caller.arn },
      )) as { imageDetails: { imageDigest: string }[] };
      response.end(output.imageDetails[0]?.imageDigest);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response.writeHead(error.status).end(error.message);
    }
    return true;
  };
}

/** `GET /registry-blobs/<digest>`: an image's configuration, where `GetDownloadUrlForLayer` says. */
export function blobDoor(store: ImageStore): PathHandler {
  return async (_request, response, url) => {
    if (!url.pathname.startsWith('/registry-blobs/')) return undefined;
    const blob = store.configuration(url.pathname.slice('/registry-blobs/'.length));
    if (blob === undefined) response.writeHead(404).end();
    else response.end(blob);
    return true;
  };
}
