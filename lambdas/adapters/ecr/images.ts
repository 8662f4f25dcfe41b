/** Images in ECR, found by their tag, and what they say of themselves. */
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  GetDownloadUrlForLayerCommand,
  ImageNotFoundException,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { imageTag } from '../../domain/naming/image-tag.ts';
import {
  factsOf,
  isSignature,
  worstOf,
  type ImageConfiguration,
  type ImageManifest,
} from '../../domain/images/image-facts.ts';
import { TransientError } from '../../domain/errors.ts';
import type { Images } from '../../ports/builds.ts';
import { translated } from '../aws/translate-error.ts';

/** Manifests of one platform and lists of them, of Docker and of OCI. */
const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/** Images of one repository, given as `<registry>/<name>`. */
export function ecrImages(client: ECRClient, imageRepository: string): Images {
  const repositoryName = imageRepository.slice(imageRepository.indexOf('/') + 1);
  const manifestOf = async (imageDigest: string): Promise<ImageManifest | undefined> => {
    const { images } = await translated(`Reading the manifest of ${imageDigest}`, () =>
      client.send(
        new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }], acceptedMediaTypes: MANIFESTS }),
      ),
    );
    const text = images?.[0]?.imageManifest;
    return text === undefined ? undefined : (JSON.parse(text) as ImageManifest);
  };
  const configurationOf = async (layerDigest: string): Promise<ImageConfiguration> => {
    const { downloadUrl = '' } = await translated(`Reading the configuration ${layerDigest}`, () =>
      client.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest })),
    );
    return (await download(downloadUrl)) as ImageConfiguration;
  };
  /** What nodes can run of it: the manifest itself, or those of an index that are for Linux. Signatures and attestations are neither. */
  const imagesIn = async (listed: ImageManifest): Promise<readonly ImageManifest[]> => {
    if (listed.manifests === undefined) return isSignature(listed) ? [] : [listed];
    const platforms = listed.manifests.filter(
      // What a build adds to an image besides its platforms (attestations) says `unknown` for its platform.
      ({ platform }) => platform?.os === 'linux' && platform.architecture !== 'unknown',
    );
    const found = await Promise.all(platforms.map((platform) => manifestOf(platform.digest)));
    return found.filter((manifest) => manifest !== undefined).filter((manifest) => !isSignature(manifest));
  };
  return {
    async facts(digest) {
      const listed = await manifestOf(digest);
      const facts = [];
      for (const manifest of listed === undefined ? [] : await imagesIn(listed)) {
        const configuration = manifest.config?.digest;
        if (configuration !== undefined) facts.push(factsOf(manifest, await configurationOf(configuration)));
      }
      return worstOf(facts);
    },
    async digest(repository, commit) {
      const tag = imageTag(repository, commit);
      try {
        const { imageDetails } = await translated(`Reading the image ${tag}`, () =>
          client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: tag }] })),
        );
        return imageDetails?.[0]?.imageDigest;
      } catch (error) {
        if (error instanceof ImageNotFoundException) return undefined;
        throw error;
      }
    },
  };
}

/** A configuration has a few kilobytes; the address is signed and needs nothing else. */
async function download(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (response.ok) return await response.json();
    throw new TransientError(
      `The registry answered ${String(response.status)} when an image's configuration was read.`,
    );
  } catch (error) {
    if (error instanceof TransientError) throw error;
    throw new TransientError(
      `An image's configuration could not be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}
