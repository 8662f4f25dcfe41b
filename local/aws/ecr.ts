/**
 * ECR: repositories over the image store, and the door through which the build's `docker` pushes and pulls with ECR's token.
 * Separate from the store, which the cluster reads without any AWS.
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ImageStore, parseReference, type StoredImage } from '../image-store.ts';
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
interface Query {
  readonly repositoryName: string;
  readonly imageIds?: readonly ImageId[];
  readonly filter?: { readonly tagStatus?: 'TAGGED' | 'UNTAGGED' | 'ANY' };
}

/** The host that image names begin with. */
export function registryHost(account: Pick<Account, 'id' | 'region'>): string {
  return `${account.id}.dkr.ecr.${account.region}.amazonaws.com`;
}

/** The registry of this account. */
export function ecr(account: Account, store: ImageStore, credentials: Credentials) {
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
  const shown = (name: string, { immutable, created }: Repository) => ({
    repositoryName: name,
    repositoryArn: arnOf(account, 'ecr', `repository/${name}`),
    repositoryUri: `${registryHost(account)}/${name}`,
    registryId: account.id,
    createdAt: new Date(created),
    imageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE',
  });
  /** Each asked image with what was found; all images when none is asked for. */
  const asked = ({ repositoryName, imageIds }: Query): { id: ImageId; image: StoredImage | undefined }[] => {
    find(repositoryName);
    if (!imageIds) return store.images(repositoryName).map((image) => ({ id: { imageDigest: image.digest }, image }));
    return imageIds.map((id) => ({ id, image: store.image(repositoryName, id.imageDigest ?? id.imageTag ?? '') }));
  };
  const failures = (all: ReturnType<typeof asked>) =>
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
    DescribeImages(query: Query) {
      const all = asked(query);
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
            imagePushedAt: pushed,
          })),
      };
    },
    ListImages(query: Query) {
      const status = query.filter?.tagStatus ?? 'ANY';
      const ids = store
        .images((find(query.repositoryName), query.repositoryName))
        .flatMap(({ digest, tags }): ImageId[] =>
          tags.length > 0 ? tags.map((imageTag) => ({ imageDigest: digest, imageTag })) : [{ imageDigest: digest }],
        );
      return {
        imageIds: ids.filter(({ imageTag }) => status === 'ANY' || (status === 'TAGGED') === (imageTag !== undefined)),
      };
    },
    BatchGetImage(query: Query) {
      const all = asked(query);
      return {
        images: all.flatMap(({ id, image }) =>
          image
            ? [
                {
                  registryId: account.id,
                  repositoryName: query.repositoryName,
                  imageId: { ...id, imageDigest: image.digest },
                  imageManifest: JSON.stringify(store.blob(image.digest)?.config),
                },
              ]
            : [],
        ),
        failures: failures(all),
      };
    },
    BatchDeleteImage(query: Query) {
      const all = asked({ imageIds: [], ...query });
      for (const { id, image } of all) if (image) store.remove(query.repositoryName, id.imageTag ?? image.digest);
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
            proxyEndpoint: `https://${registryHost(account)}`,
          },
        ],
      };
    },
    /** What the end of a push does; the layers are already in the store. */
    PutImage({
      repositoryName,
      imageTag = 'latest',
      imageDigest = '',
    }: {
      repositoryName: string;
      imageTag?: string;
      imageDigest?: string;
    }) {
      const existing = store.image(repositoryName, imageTag);
      if (find(repositoryName).immutable && existing && existing.digest !== imageDigest)
        throw new AwsError(
          'ImageTagAlreadyExistsException',
          `The image tag '${imageTag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
        );
      if (!store.blob(imageDigest))
        throw new AwsError('LayersNotFoundException', `${imageDigest} is not in the image store.`);
      store.push(repositoryName, imageTag, imageDigest);
      return { image: { registryId: account.id, repositoryName, imageId: { imageTag, imageDigest } } };
    },
  };
  return { service: { name: 'ecr', protocol: json, actions } satisfies Service, declareRepository };
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
